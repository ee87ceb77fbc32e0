/**
 * Nine o'clock: within a minute everybody signs in and connects to their office PC, over lines on which setting up takes seconds.
 * How many get in, how long they wait, and how long the server's event loop stands still, then and afterwards with all of them live.
 */
import { setTimeout as pause } from "node:timers/promises";
import { OfficePcs } from "./crowd/office-pcs.ts";
import { type Arrival, arrive } from "./crowd/person-at-nine.ts";
import { fill } from "./crowd/rows.ts";
import { type Crowd, type LongestTurn, openServer, type PerProcess, sumOf, usedSince } from "./crowd/server.ts";
import { type Durations, durations, round } from "./stats.ts";

export interface NineResult extends Crowd {
  readonly connected: number;
  readonly signedIn: number;
  readonly live: number;
  /** From the first time of asking to the offer. */
  readonly offer: Durations;
  readonly signIn: Durations;
  readonly refusals: Readonly<Record<string, number>>;
  /** Of all processes of the server, and of each. */
  readonly serverCpuSeconds: number;
  readonly cpuSecondsEach: PerProcess;
  readonly rush: LongestTurn;
  /** With everybody live, over two looks at everybody's rights. */
  readonly held: LongestTurn;
  readonly heldCpuSecondsPerMinute: number;
  readonly memoryMB: number;
  readonly memoryMBEach: PerProcess;
}

const SPREAD_MS = 60_000;
const SET_UP_MS = 3_000;
const CONNECT_LIMIT_MS = 180_000;
const SETTLE_MS = 5_000;
const HELD_MS = 35_000;

/** Each person has a line of their own. */
const address = (i: number): string => `127.1.${1 + Math.floor(i / 200)}.${1 + (i % 200)}`;

export async function measureNine(folder: string, crowd: Crowd, say: (what: string) => void): Promise<NineResult> {
  const server = await openServer(folder, crowd);
  let pcs: OfficePcs | undefined;
  let arrivals: Arrival[] = [];
  try {
    say("rows");
    const rows = await fill(server, crowd);
    await server.start();
    pcs = await OfficePcs.open(server, rows, { setUpMs: SET_UP_MS });
    say(`${crowd.agents} office PCs connect`);
    const { up } = await pcs.start(CONNECT_LIMIT_MS);
    await pause(SETTLE_MS);
    say(`${crowd.people} people arrive within ${SPREAD_MS / 1000} s`);
    const [rushFrom, cpuBefore] = [Date.now(), server.cpuSeconds()];
    arrivals = await Promise.all(
      rows.people.map(async (person, i) => {
        await pause((i / crowd.people) * SPREAD_MS + Math.random() * 200);
        return arrive(server, person, address(i));
      }),
    );
    await pause(SET_UP_MS + 1_000);
    const used = usedSince(cpuBefore, server.cpuSeconds());
    const rush = server.longestTurn(rushFrom);
    const { live } = await pcs.count();
    say(`${live} sessions are live`);
    await pause(SETTLE_MS);
    const [heldFrom, heldCpu] = [Date.now(), server.cpuSeconds()];
    await pause(HELD_MS);
    const memoryMBEach = server.residentMB();
    const perMinute = (sumOf(usedSince(heldCpu, server.cpuSeconds())) * 60_000) / (Date.now() - heldFrom);
    return {
      ...crowd,
      connected: up,
      signedIn: arrivals.filter(({ signInMs }) => signInMs !== undefined).length,
      live,
      signIn: durations(arrivals.map(({ signInMs }) => signInMs ?? null)),
      offer: durations(arrivals.map(({ offerMs }) => offerMs ?? null)),
      refusals: counted(arrivals.flatMap(({ refusals }) => refusals)),
      serverCpuSeconds: round(sumOf(used)),
      cpuSecondsEach: used,
      rush,
      held: server.longestTurn(heldFrom),
      heldCpuSecondsPerMinute: round(perMinute),
      memoryMB: sumOf(memoryMBEach),
      memoryMBEach,
    };
  } finally {
    for (const { leave } of arrivals) leave();
    await pcs?.close();
    await server.close();
  }
}

function counted(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
