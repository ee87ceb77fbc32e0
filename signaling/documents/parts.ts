/** What documents are put together from. */
import type { Block, Line, Run } from "../protocol/console-documents.ts";

/** A cell or line may be said without brackets where it is words alone. */
export type Said = string | Line;

export const lineOf = (said: Said): Line => (typeof said === "string" ? [said] : [...said]);

export const heading = (text: string): Block => ({ kind: "heading", text });
export const text = (said: Said): Block => ({ kind: "text", line: lineOf(said) });
export const note = (...lines: Said[]): Block => ({ kind: "note", lines: lines.map(lineOf) });
export const list = (...lines: Said[]): Block => ({ kind: "list", isOrdered: false, lines: lines.map(lineOf) });
export const steps = (...lines: Said[]): Block => ({ kind: "list", isOrdered: true, lines: lines.map(lineOf) });
export const table = (caption: string, head: readonly string[], rows: readonly (readonly Said[])[]): Block => ({
  kind: "table",
  caption,
  head: [...head],
  rows: rows.map((row) => row.map(lineOf)),
});

/** Whoever uses the document has to decide or to find out: what belongs there. */
export const blank = (what: string): Run => ({ blank: what });
/** As it is typed. */
export const code = (typed: string): Run => ({ code: typed });

/** `a、b` with runs between. */
export const joined = (runs: readonly Run[], between = "、"): Line =>
  runs.flatMap((run, index) => (index === 0 ? [run] : [between, run]));
