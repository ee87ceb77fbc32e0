/** The history of each session put together from what its office PC and its page saw; and when a PC could be reached. Pure. */
import type { FaultKind, Line } from "./history.ts";

export interface Span {
  readonly from: number;
  /** Infinity: until the end of the history. */
  readonly to: number;
}

export interface SessionSeen {
  readonly id: string;
  readonly login: string;
  readonly terminal: string;
  /** When its office PC was told of it. */
  readonly openAt: number;
  /** While it was in control. */
  readonly control: readonly Span[];
  /** Undefined: its office PC never came to an end of it. */
  readonly end: { readonly at: number; readonly reason: string; readonly by: "server" | "itself" } | undefined;
}

export function sessionsSeen(lines: readonly Line[]): Map<string, SessionSeen> {
  const seen = new Map<string, SessionSeen & { control: Span[]; end: SessionSeen["end"] }>();
  for (const line of lines) {
    if (line.kind !== "pc" || line.session === undefined) continue;
    const { session: id, login = "", terminal, at, what } = line;
    const known = seen.get(id) ?? { id, login, terminal, openAt: at, control: [], end: undefined };
    seen.set(id, known);
    if (what === "live") known.control.push({ from: at, to: Number.POSITIVE_INFINITY });
    if (what === "interrupted" || what === "end") {
      const last = known.control.at(-1);
      if (last?.to === Number.POSITIVE_INFINITY) known.control.splice(-1, 1, { from: last.from, to: at });
    }
    if (what === "in-use") known.end ??= { at, reason: "in-use", by: "itself" };
    if (what === "end") known.end ??= { at, reason: line.reason ?? "", by: line.by ?? "server" };
  }
  return seen;
}

/** By these an office PC is out of reach, although its line may look open at both ends. */
const HINDERING: ReadonlySet<FaultKind> = new Set([
  ...(["kill", "restart", "stop", "cut-agents", "cut-front", "cut-nodes", "cut-database", "database-kill"] as const),
]);

/** When each fault began and was put right. */
export function faultSpans(lines: readonly Line[], isMeant: (fault: FaultKind) => boolean): Span[] {
  const spans: Span[] = [];
  const open = new Map<string, number>();
  for (const line of lines) {
    if (line.kind !== "fault" || !isMeant(line.fault)) continue;
    const key = `${line.fault} ${line.of}`;
    if (line.phase === "begin") open.set(key, line.at);
    const from = open.get(key);
    if (line.phase !== "ready" || from === undefined) continue;
    open.delete(key);
    spans.push({ from, to: line.at });
  }
  return [...spans, ...[...open.values()].map((from) => ({ from, to: Number.POSITIVE_INFINITY }))];
}

export class Reach {
  readonly #hindrances: readonly Span[];
  readonly #up = new Map<string, Span[]>();

  constructor(lines: readonly Line[]) {
    this.#hindrances = faultSpans(lines, (fault) => HINDERING.has(fault));
    for (const line of lines) {
      if (line.kind !== "pc" || (line.what !== "up" && line.what !== "down")) continue;
      const spans = this.#up.get(line.terminal) ?? [];
      this.#up.set(line.terminal, spans);
      const last = spans.at(-1);
      if (last?.to === Number.POSITIVE_INFINITY) spans.splice(-1, 1, { from: last.from, to: line.at });
      if (line.what === "up") spans.push({ from: line.at, to: Number.POSITIVE_INFINITY });
    }
  }

  /** Whether within this span it could be reached for so long without a break. */
  hasStretch(terminal: string, span: Span, ms: number): boolean {
    return this.afterStretch(terminal, span.from, ms) < span.to;
  }

  /** From when on it had been reachable for so long without a break, since then. Infinity: it never was. */
  afterStretch(terminal: string, from: number, ms: number): number {
    const stretches = (this.#up.get(terminal) ?? []).flatMap((up) =>
      without({ from: Math.max(up.from, from), to: up.to }, this.#hindrances),
    );
    return Math.min(
      ...stretches.filter((stretch) => stretch.to - stretch.from > ms).map((stretch) => stretch.from + ms),
    );
  }

  /** The longest time in which it could not be reached, of those that began within this span, to their own end. */
  longestAway(terminal: string, { from, to }: Span): number {
    const up = (this.#up.get(terminal) ?? []).flatMap((span) => without(span, this.#hindrances));
    const gaps = without({ from, to: Number.POSITIVE_INFINITY }, up).filter((gap) => gap.from < to);
    return Math.max(0, ...gaps.map((gap) => gap.to - gap.from));
  }
}

function without(span: Span, holes: readonly Span[]): Span[] {
  let left = [span];
  for (const hole of holes)
    left = left.flatMap(({ from, to }) => {
      if (hole.to <= from || hole.from >= to) return [{ from, to }];
      return [
        { from, to: hole.from },
        { from: hole.to, to },
      ].filter((piece) => piece.to > piece.from);
    });
  return left.filter(({ from, to }) => to > from);
}
