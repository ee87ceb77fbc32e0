/**
 * The end of hours for a whole town at once: how long from the moment on the clock until the last page has heard that its session is
 * over, and until the server's records have it of every office PC that its monitors were covered, that it is locked, and that hours
 * ended the session. Office PCs count the end by themselves, as the agent does (agent/session/ending.ts), and take a second to lock.
 */

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { setPolicy } from "../../signaling/organisations/policies.ts";
import { SERVER } from "../../signaling/organisations/policy-tree.ts";
import { DATABASE_FILE } from "../../signaling/store/open.ts";
import { type Crowd, type LongestTurn, sumOf, usedSince } from "./crowd/server.ts";
import { actAtDesk, SETTLE_MS, type Town, townAtWork } from "./crowd/town-at-work.ts";
import { type Durations, durations, round } from "./stats.ts";

export interface DayEndResult extends Crowd {
  readonly live: number;
  /** From the end of hours to its news at the page. */
  readonly pages: Durations;
  /** To the last page; to the last record; null where that did not happen in time. */
  readonly lastPageSeconds: number | null;
  readonly reportedSeconds: number | null;
  /** What the records had at the end. */
  readonly ended: number;
  readonly covered: number;
  readonly locked: number;
  readonly serverCpuSeconds: number;
  readonly longest: LongestTurn;
}

const LIMIT_MS = 60_000;
const LOOK_MS = 100;
/** Until then every office PC has heard of it. */
const AHEAD_MS = 20_000;
const MINUTE_MS = 60_000;

export function dayEndFor2000(folder: string, crowd: Crowd, say: (what: string) => void): Promise<DayEndResult> {
  return townAtWork(folder, crowd, say, async (town) => {
    const end = await nextEnd();
    say(`${town.live} sessions are live: hours end at ${new Date(end).toLocaleTimeString("ja-JP")}`);
    const day = { from: 0, to: minutesOf(end) };
    const rules = {
      hours: Array.from({ length: 7 }, () => day),
      endNotices: { firstMin: 90, everyMin: 30, lastMin: 10, graceMin: 0 },
      shutDown: "after-hours",
      cover: "when-possible",
    } as const;
    await actAtDesk(town.server, (desk) =>
      setPolicy(desk, { place: SERVER, rules: { ...rules, hours: [...rules.hours] }, basedOn: 0, because: "bench" }),
    );
    return measure(crowd, town, end);
  });
}

/** Hours end at a full minute, and on the day on which they began. */
async function nextEnd(): Promise<number> {
  for (;;) {
    const end = Math.ceil((Date.now() + AHEAD_MS) / MINUTE_MS) * MINUTE_MS;
    if (new Date(end).getDate() === new Date().getDate()) return end;
    await pause(MINUTE_MS);
  }
}

const minutesOf = (at: number): number => new Date(at).getHours() * 60 + new Date(at).getMinutes();

async function measure(crowd: Crowd, { server, arrivals, live }: Town, end: number): Promise<DayEndResult> {
  await pause(end - Date.now());
  const [since, cpuBefore, begun] = [Date.now(), server.cpuSeconds(), performance.now()];
  const [ends, reported] = await Promise.all([
    Promise.all(arrivals.map(({ ended }) => Promise.race([ended, pause(LIMIT_MS, undefined)]))),
    untilReported(server.stateDir, live, begun),
  ]);
  const heard = ends.filter((at) => at !== undefined).map((at) => at - begun);
  await pause(SETTLE_MS);
  return {
    ...crowd,
    live,
    pages: durations(heard),
    lastPageSeconds: heard.length < live ? null : round(Math.max(...heard) / 1000),
    ...reported,
    serverCpuSeconds: round(sumOf(usedSince(cpuBefore, server.cpuSeconds()))),
    longest: server.longestTurn(since),
  };
}

type Reported = Pick<DayEndResult, "reportedSeconds" | "ended" | "covered" | "locked">;

async function untilReported(stateDir: string, live: number, begun: number): Promise<Reported> {
  const store = new DatabaseSync(join(stateDir, DATABASE_FILE), { readOnly: true });
  try {
    const sessions = store.prepare(
      "select count(*) as ended, sum(lock = 'locked') as locked from sessions where reason = 'hours-over'",
    );
    const covers = store.prepare("select count(*) as covered from audit where event = 'session.covered'");
    for (;;) {
      const { ended, locked } = sessions.get() as { ended: number; locked: number | null };
      const elapsed = performance.now() - begun;
      const isOver = ended >= live && (locked ?? 0) >= live;
      if (isOver || elapsed > LIMIT_MS) {
        const { covered } = covers.get() as { covered: number };
        const reportedSeconds = isOver && covered >= live ? round(elapsed / 1000) : null;
        return { reportedSeconds, ended, covered, locked: locked ?? 0 };
      }
      await pause(LOOK_MS);
    }
  } finally {
    store.close();
  }
}
