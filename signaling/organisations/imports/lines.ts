/** Lines of a file: as they came, and on the way to their fate. What every kind of import asks of one is asked here. */
import type { ImportColumn, ImportLine, LineProblem } from "../../protocol/console-import.ts";

/** A line as it came. */
export interface FileLine {
  readonly row: number;
  readonly cells: readonly string[];
  /** By what stands above them. Undefined: the file has no such column, and so nothing to say about it. */
  readonly values: Readonly<Partial<Record<ImportColumn, string>>>;
  /** It has more cells than the header: a comma that is none of CSV's moved them. */
  readonly isTooLong: boolean;
}

export interface File {
  readonly lines: readonly FileLine[];
  /** Minutes that the clock of who reads it is ahead of UTC. */
  readonly offset: number;
}

/** A line with its fate and what is to be done, where it comes to something. */
export interface PlannedLine<Deed> {
  readonly line: ImportLine;
  readonly deed: Deed | undefined;
}

export type Changes = ImportLine["changes"];

const MAX_NAME_CHARS = 200;

/** Full-width letters and half-width kana are what they stand for; spaces, however many and wide, are one. */
export const clean = (text: string): string => text.normalize("NFKC").replace(/\s+/g, " ").trim();

/**
 * To compare by. What goes through Shift_JIS comes back with another wave dash, minus or bar than it went (JIS X 0208 and
 * Microsoft's table differ there): these are not told apart.
 */
export const key = (text: string): string =>
  clean(text)
    .replace(/[\u301c\uff5e]/g, "~")
    .replace(/[\u2010-\u2015\u2212\u2500]/g, "-")
    .replace(/\u2225/g, "\u2016");

/** `総務部/総務課`, to compare by; empty for none. */
export const pathKey = (path: string): string => path.split(/[/／]/).map(key).filter(Boolean).join("/");

export const textOf = ({ values }: FileLine, column: ImportColumn): string => clean(values[column] ?? "");

/** One line on its way to its fate. */
export class LinePlan {
  readonly #line: FileLine;
  readonly #problems: ImportLine["problems"] = [];

  constructor(line: FileLine, first: ImportColumn) {
    this.#line = line;
    if (line.isTooLong) this.wrong(first, "too-many-cells");
  }

  wrong(column: ImportColumn, problem: LineProblem, fact?: string): void {
    this.#problems.push({ column, problem, ...(fact !== undefined && { fact }) });
  }

  has(column: ImportColumn): boolean {
    return this.#line.values[column] !== undefined;
  }

  text(column: ImportColumn): string {
    return textOf(this.#line, column);
  }

  /** What something is called. */
  name(column: ImportColumn): string {
    const name = this.text(column);
    if (name === "") this.wrong(column, "missing");
    else if (name.length > MAX_NAME_CHARS || /\p{Cc}/u.test(name)) this.wrong(column, "bad-name");
    this.lookForLost(column);
    return name;
  }

  /** What Shift_JIS has no letter for is saved as a question mark. */
  lookForLost(column: ImportColumn): void {
    if (/[?\uFFFD]/.test(this.text(column))) this.wrong(column, "lost-letter");
  }

  /** `deed`: left out where nothing is to be done. */
  made<Deed extends { readonly type: "add" | "change" }>(
    values: ImportLine["values"],
    deed: Deed | undefined,
    changes: Changes = [],
  ): PlannedLine<Deed> {
    const isWrong = this.#problems.length > 0;
    const fate = isWrong ? "wrong" : (deed?.type ?? "same");
    const line: ImportLine = {
      ...{ row: this.#line.row, fate, values, problems: this.#problems },
      changes: fate === "change" ? changes : [],
      ...(isWrong && { cells: [...this.#line.cells] }),
    };
    return { line, deed: isWrong ? undefined : deed };
  }
}

/** The line as it was shown, refused. */
export function refused(
  line: ImportLine,
  { cells }: FileLine,
  column: ImportColumn,
  problem: LineProblem,
  fact?: string,
): PlannedLine<never> {
  const problems = [...line.problems, { column, problem, ...(fact !== undefined && { fact }) }];
  return { line: { ...line, fate: "wrong", changes: [], problems, cells: [...cells] }, deed: undefined };
}

/** How lines are told apart. */
export interface Sayings {
  /** About what a line is; undefined: about nothing that is known. */
  about(line: FileLine): string | undefined;
  /** What it says of that. */
  says(line: FileLine): string;
}

/** Which lines are about what others are about too, and which others. Of lines that say the same the first one counts. */
export function twinsIn(lines: readonly FileLine[], { about, says }: Sayings): Map<FileLine, string> {
  const found = new Map<FileLine, string>();
  for (const [what, alike] of Map.groupBy(lines, about)) {
    const [first, ...others] = alike;
    if (what === undefined || !first || others.length === 0) continue;
    const isOneSaying = others.every((line) => says(line) === says(first));
    for (const line of isOneSaying ? others : alike) {
      const rest = alike.filter((one) => one !== line).slice(0, 5);
      found.set(line, isOneSaying ? `${first.row}` : rest.map(({ row }) => row).join(", "));
    }
  }
  return found;
}
