/**
 * A lock on a whole town while everybody works: how long from the act, done by another process as the command line does it, until
 * the last page and the last office PC have heard that their session is over, and until the last office PC keeps the lock.
 */
import { setTimeout as pause } from "node:timers/promises";
import { setLock } from "../../signaling/organisations/locks.ts";
import type { OfficePcs } from "./crowd/office-pcs.ts";
import { type Crowd, type LongestTurn, sumOf, usedSince } from "./crowd/server.ts";
import { actAtDesk, SETTLE_MS, type Town, townAtWork } from "./crowd/town-at-work.ts";
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

const END_LIMIT_MS = 60_000;
const LOOK_MS = 50;

export function lockOn2000Sessions(folder: string, crowd: Crowd, say: (what: string) => void): Promise<LockResult> {
  return townAtWork(folder, crowd, say, (town) => {
    say(`${town.live} sessions are live: locked`);
    return lockTown(crowd, town);
  });
}

async function lockTown(crowd: Crowd, { server, pcs, arrivals, live }: Town): Promise<LockResult> {
  const [since, cpuBefore, begun] = [Date.now(), server.cpuSeconds(), performance.now()];
  await actAtDesk(server, (desk) =>
    setLock({ ...desk, reason: "bench" }, { kind: "organisation", organisation: undefined }, null),
  );
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
