/**
 * The server dies and comes back, and so do all office PCs: how long until the last one is connected, what it costs the server,
 * and how long its event loop stood still meanwhile. All office PCs have one address, as behind address translation.
 */
import { setTimeout as pause } from "node:timers/promises";
import { OfficePcs, type Return } from "./crowd/office-pcs.ts";
import { machineSeconds } from "./crowd/process-figures.ts";
import { fill } from "./crowd/rows.ts";
import { type Crowd, type LongestTurn, openServer, type PerProcess, sumOf, usedSince } from "./crowd/server.ts";
import { round } from "./stats.ts";

export interface FleetResult {
  readonly agents: number;
  readonly connected: number;
  /** Of the server, all processes and each. */
  readonly memoryMB: number;
  readonly memoryMBEach: PerProcess;
  /** From SIGKILL to the last one of so many, s. */
  readonly back: Return["seconds"];
  /** Of it, until the new process was ready. */
  readonly readySeconds: number;
  readonly backUp: number;
  /** From when signaling's new process was ready until all were back: of all processes, and of each. */
  readonly serverCpuSeconds: number;
  readonly cpuSecondsEach: PerProcess;
  readonly longestTurn: LongestTurn;
  /** Attempts that came to nothing, beside those while signaling was not there. */
  readonly failed: number;
  readonly problems: Readonly<Record<string, number>>;
  /** Processors in use meanwhile on the whole machine, and how many there are. */
  readonly coresBusy: number;
}

const CONNECT_LIMIT_MS = 180_000;
const RETURN_LIMIT_MS = 120_000;
const SETTLE_MS = 5_000;

export async function measureFleet(folder: string, crowd: Crowd, say: (what: string) => void): Promise<FleetResult> {
  const server = await openServer(folder, crowd);
  let pcs: OfficePcs | undefined;
  try {
    say("rows");
    const rows = await fill(server, crowd);
    await server.start();
    pcs = await OfficePcs.open(server, rows, { setUpMs: 0 });
    say(`${crowd.agents} office PCs connect`);
    const first = await pcs.start(CONNECT_LIMIT_MS);
    await pause(SETTLE_MS);
    const memoryMBEach = server.residentMB();
    await pcs.count({ reset: true });
    say("SIGKILL");
    const killed = performance.now();
    const before = machineSeconds();
    await server.killAndRestart();
    const readySeconds = round((performance.now() - killed) / 1000);
    const [readyAt, startCpu] = [Date.now(), server.cpuSeconds()];
    await pcs.count({ reset: true }); // until now the edge had nobody to hand them to
    const back = await pcs.untilUp(RETURN_LIMIT_MS, killed);
    const used = usedSince(startCpu, server.cpuSeconds());
    const after = machineSeconds();
    const busy = after.all - before.all - (after.idle - before.idle);
    await pause(1_000); // the last turns are said once a second
    const problems = withoutRefused(back.problems);
    return {
      agents: crowd.agents,
      connected: first.up,
      memoryMB: sumOf(memoryMBEach),
      memoryMBEach,
      back: back.seconds,
      readySeconds,
      backUp: back.up,
      serverCpuSeconds: round(sumOf(used)),
      cpuSecondsEach: used,
      longestTurn: server.longestTurn(readyAt + 1_000), // the first second has the end of loading the program in it
      failed: Object.values(problems).reduce((sum, times) => sum + times, 0),
      problems,
      coresBusy: round((busy * 1000) / (performance.now() - killed)),
    };
  } finally {
    await pcs?.close();
    await server.close();
  }
}

/** While nobody listens, and the end of the old connections: no fault of the new server's. */
function withoutRefused(problems: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(problems).filter(([words]) => !/ECONNREFUSED|^1006$/.test(words)));
}
