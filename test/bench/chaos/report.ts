/** What a run found, for people: the invariant, the history around it, and how to play it again. Pure. */
import type { Violation } from "./check.ts";
import type { FaultKind, Line } from "./history.ts";

/** Of the history around what is wrong. */
const AROUND_MS = 30_000;
const MOST_LINES = 40;
/** So many with their history; of the others that is in the files that are kept. */
const WITH_HISTORY = 12;

export interface Reported {
  readonly seed: number;
  readonly nodes: number;
  readonly store: string;
  readonly minutes: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly signIns: number;
  readonly signInsUnknown: number;
  readonly pictures: number;
  readonly revocations: number;
  readonly enrolments: number;
  readonly backSeconds: number | null;
  readonly violations: readonly (Violation & { readonly history: readonly string[] })[];
}

/** The lines that name what it is about, with the faults of that time; those nearest to it. */
export function around(lines: readonly Line[], { at, about }: Violation): string[] {
  const named = lines.filter((line) => about.some((name) => name !== "" && JSON.stringify(line).includes(`"${name}"`)));
  const when = at ?? named.at(-1)?.at ?? lines.at(-1)?.at ?? 0;
  const isNear = (line: Line) => Math.abs(line.at - when) < AROUND_MS;
  const all = [...new Set([...named.filter(isNear), ...lines.filter((line) => line.kind === "fault" && isNear(line))])];
  const nearest = all.sort((a, b) => Math.abs(a.at - when) - Math.abs(b.at - when)).slice(0, MOST_LINES);
  return nearest.sort((a, b) => a.at - b.at).map((line) => lineWords(line, when));
}

/** Seconds before or after, and all that it says. */
function lineWords({ at, kind, ...rest }: Line, when: number): string {
  const facts = Object.entries(rest).filter(([, value]) => value !== undefined);
  const seconds = ((at - when) / 1_000).toFixed(3).padStart(8);
  return `${seconds} s  ${kind.padEnd(7)} ${facts.map(([name, value]) => `${name}=${value}`).join(" ")}`;
}

export const command = ({ seed, nodes, store }: Pick<Reported, "seed" | "nodes" | "store">, minutes: number): string =>
  `npm run bench -- chaos --minutes ${minutes} --seed ${seed} --nodes ${nodes} --store ${store}`;

export function chaosWords(result: Reported, { again, kept }: { again: string; kept: string | undefined }): string {
  const { violations, faults, minutes, nodes, store, seed } = result;
  const done = Object.entries(faults).map(([fault, times]) => `${times} × ${fault}`);
  const { signIns, signInsUnknown, pictures, revocations, enrolments, backSeconds } = result;
  return [
    `seed ${seed}, ${nodes} ${nodes === 1 ? "node" : "nodes"} on ${store}, ${minutes} minutes: ${done.join(", ")}`,
    `${signIns} sign-ins (${signInsUnknown} without an answer), ${pictures} pictures, ${revocations} revocations, ${enrolments} enrolments`,
    ...(backSeconds === null ? [] : [`after a kill the last office PC was back ${backSeconds} s after the node`]),
    violations.length === 0 ? "nothing was broken" : `${violations.length} times something was broken:`,
    ...violations.flatMap(({ invariant, words, history }, index) => [
      ...(index <= WITH_HISTORY ? [""] : []),
      `${invariant}: ${words}`,
      ...(index < WITH_HISTORY ? history.map((line) => `  ${line}`) : []),
    ]),
    ...(violations.length === 0 ? [] : ["", `again: ${again}`]),
    ...(kept === undefined ? [] : [`history and logs: ${kept}`]),
  ].join("\n");
}
