/**
 * A change of policy for a whole server while everybody works: how long from the act, done by another process as the command line does
 * it, until the last office PC has said that it has the new rules, and the last session has been told that they hold for it.
 */
import { setTimeout as pause } from "node:timers/promises";
import { setPolicy } from "../../signaling/organisations/policies.ts";
import { SERVER } from "../../signaling/organisations/policy-tree.ts";
import { type Crowd, type LongestTurn, sumOf, usedSince } from "./crowd/server.ts";
import { actAtDesk, SETTLE_MS, type Town, townAtWork } from "./crowd/town-at-work.ts";
import { round } from "./stats.ts";

export interface PolicyResult extends Crowd {
  readonly live: number;
  /** From the act to the last office PC's answer that it has the rules, and the last session's news; null where that did not happen in time. */
  readonly policySeconds: number | null;
  readonly sessionSeconds: number | null;
  readonly serverCpuSeconds: number;
  readonly longest: LongestTurn;
}

const LIMIT_MS = 60_000;
const LOOK_MS = 50;

export function policyFor2000(folder: string, crowd: Crowd, say: (what: string) => void): Promise<PolicyResult> {
  return townAtWork(folder, crowd, say, (town) => {
    say(`${town.live} sessions are live: policy is set`);
    return setForAll(crowd, town);
  });
}

async function setForAll(crowd: Crowd, { server, pcs, live }: Town): Promise<PolicyResult> {
  const [since, cpuBefore, begun] = [Date.now(), server.cpuSeconds(), performance.now()];
  const change = { place: SERVER, rules: { viewOnly: true, sessionHours: 9 }, basedOn: 0, because: "bench" };
  await actAtDesk(server, (desk) => setPolicy(desk, change));
  let policySeconds: number | null = null;
  let sessionSeconds: number | null = null;
  while (performance.now() - begun < LIMIT_MS && (policySeconds === null || sessionSeconds === null)) {
    const { ruled, sessionsRuled } = await pcs.count();
    const elapsed = round((performance.now() - begun) / 1000);
    // an office PC that nobody may use has no rules to know
    if (ruled >= crowd.people) policySeconds ??= elapsed;
    if (sessionsRuled >= live) sessionSeconds ??= elapsed;
    await pause(LOOK_MS);
  }
  await pause(SETTLE_MS);
  const serverCpuSeconds = round(sumOf(usedSince(cpuBefore, server.cpuSeconds())));
  return { ...crowd, live, policySeconds, sessionSeconds, serverCpuSeconds, longest: server.longestTurn(since) };
}
