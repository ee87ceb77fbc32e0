/**
 * What is done to the server, and when: a plan from a seed. The same seed and options give the same plan, whatever comes of it.
 *
 *   … well for a while ──fault──▶ for some seconds ──put right──▶ well for a while …
 *
 * Now and then a second fault begins in the middle of the first.
 */
import { seeded } from "../../support/random.ts";
import type { FaultKind } from "./history.ts";

export interface PlannedFault {
  readonly fault: FaultKind;
  /** Which node. */
  readonly of: number;
  /** From the beginning, ms. */
  readonly atMs: number;
  readonly lastsMs: number;
  /** By how much the clock goes wrong, s. */
  readonly seconds?: number;
}

export interface NemesisOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly store: "sqlite" | "postgres";
  /** How long faults may go on. */
  readonly forMs: number;
  /** The longest that a process is stopped, or something cut off. */
  readonly longestMs: number;
  /** The longest that a killed process is away. */
  readonly longestDownMs: number;
  /** Between two faults all is well for so long. */
  readonly wellMs: Range;
}

interface Range {
  readonly least: number;
  readonly most: number;
}

/** After the kill of one of several nodes it is left alone until it can be seen whether everybody is back. */
const BACK_MS = 11_000;
const LEAST_MS = 5_000;
/** As soon as a service manager starts it again. */
const LEAST_DOWN_MS = 500;
const DISK_MS = { least: 4_000, most: 12_000 } as const;
/** Of a clock: what a wrong NTP server or a virtual machine that was moved does. */
const CLOCK_S = [-120, -31, -5, 5, 31, 120] as const;
const SECOND_IN = 4;

/** How often each comes. */
const WEIGHTS: Readonly<Record<FaultKind, number>> = {
  kill: 5,
  restart: 2,
  stop: 4,
  "cut-agents": 2,
  "cut-pages": 2,
  "cut-front": 3,
  "cut-nodes": 1,
  "cut-database": 3,
  clock: 2,
  "disk-full": 2,
  "database-kill": 3,
};

export function possible({ nodes, store }: Pick<NemesisOptions, "nodes" | "store">): FaultKind[] {
  const common: FaultKind[] = ["kill", "restart", "stop", "cut-agents", "cut-pages", "clock", "disk-full"];
  return [
    ...common,
    ...(nodes > 1 ? (["cut-front", "cut-nodes"] as const) : []),
    ...(store === "postgres" ? (["cut-database", "database-kill"] as const) : []),
  ];
}

export function planOf(options: NemesisOptions): PlannedFault[] {
  const { seed, nodes, forMs, longestMs, longestDownMs, wellMs } = options;
  const random = seeded(seed);
  const between = ({ least, most }: Range) => least + random.below(Math.max(1, most - least));
  // each kind once in turn, in a drawn order, before weights decide: a short run has seen as many as it can
  const pool = shuffled(possible(options), random.below);
  const weighted = possible(options).flatMap((kind) => Array.from({ length: WEIGHTS[kind] }, () => kind));
  const draw = (atMs: number): PlannedFault => {
    const fault = pool.pop() ?? weighted[random.below(weighted.length)] ?? "kill";
    const of = random.below(nodes);
    const lastsMs =
      fault === "kill" || fault === "restart" || fault === "database-kill"
        ? between({ least: LEAST_DOWN_MS, most: longestDownMs })
        : fault === "disk-full"
          ? between(DISK_MS)
          : between({ least: LEAST_MS, most: longestMs });
    const seconds = CLOCK_S[random.below(CLOCK_S.length)] ?? 5;
    return { fault, of, atMs, lastsMs, ...(fault === "clock" && { seconds }) };
  };
  const plan: PlannedFault[] = [];
  let now = between(wellMs);
  while (now < forMs) {
    const first = draw(now);
    plan.push(first);
    let ends = first.atMs + first.lastsMs;
    const isLeftAlone = first.fault === "kill" && nodes > 1;
    if (isLeftAlone) ends = Math.max(ends, first.atMs + BACK_MS);
    else if (random.below(SECOND_IN) === 0) {
      const second = draw(first.atMs + random.below(Math.max(1, first.lastsMs)));
      if (isBeside(first, second)) {
        plan.push(second);
        ends = Math.max(ends, second.atMs + second.lastsMs);
      }
    }
    now = ends + between(wellMs);
  }
  return plan.filter(({ atMs, lastsMs }) => atMs + lastsMs <= forMs);
}

const OF_PROCESS: readonly FaultKind[] = ["kill", "restart", "stop"];
const OF_STORE: readonly FaultKind[] = ["disk-full", "cut-database", "database-kill"];

/**
 * Two at once make sense where one does not undo the other. A process that dies while nothing can be kept takes along what waited to be
 * kept, and says how much that was: no server can do better, so nobody tries it.
 */
function isBeside({ fault: one }: PlannedFault, { fault: other }: PlannedFault): boolean {
  const both = (kinds: readonly FaultKind[], others: readonly FaultKind[]) =>
    (kinds.includes(one) && others.includes(other)) || (kinds.includes(other) && others.includes(one));
  return one !== other && !both(OF_PROCESS, OF_PROCESS) && !both(OF_PROCESS, OF_STORE);
}

function shuffled<T>(all: readonly T[], below: (limit: number) => number): T[] {
  const left = [...all];
  return all.map(() => left.splice(below(left.length), 1)[0] as T);
}
