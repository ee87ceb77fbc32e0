/**
 * A lock on a whole town while everybody works: how long from the act, done by another process as the command line does it, until
 * the last page and the last office PC have heard that their session is over, and until the last office PC keeps the lock.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Passwords } from "../../signaling/auth/password.ts";
import { operatorAs } from "../../signaling/auth/principal.ts";
import { setLock } from "../../signaling/organisations/locks.ts";
import { openStore } from "../../signaling/store/open.ts";
import { Sealer } from "../../signaling/store/sealer.ts";
import { OfficePcs } from "./crowd/office-pcs.ts";
import { type Arrival, arrive } from "./crowd/person-at-nine.ts";
import { fill } from "./crowd/rows.ts";
import { type Crowd, type LongestTurn, openServer, type Server, sumOf, usedSince } from "./crowd/server.ts";
import { type Durations, durations, round } from "./stats.ts";

export interface LockResult extends Crowd {
  readonly live: number;
  /** From the act to the session's end at the page. */
  readonly pages: Durations;
  /** To the last one; null where that did not happen in time. */
  readonly lastPageSeconds: number | null;
  readonly lastOfficeSeconds: number | null;
  readonly keptSeconds: number | null;
  readonly serverCpuSeconds: number;
  readonly longest: LongestTurn;
}

const SPREAD_MS = 60_000;
const SET_UP_MS = 1_000;
const CONNECT_LIMIT_MS = 180_000;
const SETTLE_MS = 5_000;
const END_LIMIT_MS = 60_000;
const LOOK_MS = 50;

/** Each person has a line of their own. */
const address = (i: number): string => `127.1.${1 + Math.floor(i / 200)}.${1 + (i % 200)}`;

export async function lockOn2000Sessions(
  folder: string,
  crowd: Crowd,
  say: (what: string) => void,
): Promise<LockResult> {
  const server = await openServer(folder, crowd);
  let pcs: OfficePcs | undefined;
  let arrivals: Arrival[] = [];
  try {
    say("rows");
    const rows = await fill(server, crowd);
    await server.start();
    pcs = await OfficePcs.open(server, rows, { setUpMs: SET_UP_MS });
    say(`${crowd.agents} office PCs connect`);
    await pcs.start(CONNECT_LIMIT_MS);
    say(`${crowd.people} people arrive within ${SPREAD_MS / 1000} s`);
    arrivals = await Promise.all(
      rows.people.map(async (person, i) => {
        await pause((i / crowd.people) * SPREAD_MS);
        return arrive(server, person, address(i));
      }),
    );
    await pause(SET_UP_MS + SETTLE_MS);
    const { live } = await pcs.count();
    say(`${live} sessions are live: locked`);
    const [since, cpuBefore, begun] = [Date.now(), server.cpuSeconds(), performance.now()];
    await lockTown(server);
    const [ends, offices] = await Promise.all([
      Promise.all(arrivals.map(({ ended }) => Promise.race([ended, pause(END_LIMIT_MS, undefined)]))),
      untilEnded(pcs, { live, agents: crowd.agents, begun }),
    ]);
    const heard = ends.filter((at) => at !== undefined).map((at) => at - begun);
    await pause(SETTLE_MS);
    return {
      ...crowd,
      live,
      pages: durations(heard),
      lastPageSeconds: heard.length < live ? null : round(Math.max(...heard) / 1000),
      ...offices,
      serverCpuSeconds: round(sumOf(usedSince(cpuBefore, server.cpuSeconds()))),
      longest: server.longestTurn(since),
    };
  } finally {
    for (const { leave } of arrivals) leave();
    await pcs?.close();
    await server.close();
  }
}

async function lockTown({ stateDir, storeKey }: Server): Promise<void> {
  const store = await openStore({ stateDir });
  try {
    const desk = { store, sealer: new Sealer(storeKey), passwords: new Passwords(), now: Date.now };
    const principal = operatorAs("administrator:bench");
    await setLock({ ...desk, principal, reason: "bench" }, { kind: "organisation", organisation: undefined }, null);
  } finally {
    await store.close();
  }
}

async function untilEnded(
  pcs: OfficePcs,
  { live, agents, begun }: { live: number; agents: number; begun: number },
): Promise<Pick<LockResult, "lastOfficeSeconds" | "keptSeconds">> {
  let lastOfficeSeconds: number | null = null;
  let keptSeconds: number | null = null;
  for (;;) {
    const { ended, kept } = await pcs.count();
    const elapsed = performance.now() - begun;
    if (ended >= live) lastOfficeSeconds ??= round(elapsed / 1000);
    if (kept >= agents) keptSeconds ??= round(elapsed / 1000);
    const isOver = lastOfficeSeconds !== null && keptSeconds !== null;
    if (isOver || elapsed > END_LIMIT_MS) return { lastOfficeSeconds, keptSeconds };
    await pause(LOOK_MS);
  }
}
