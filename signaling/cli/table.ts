/** A table for a terminal, written as its rows come. */

export class Table<Row> {
  readonly #columns: Readonly<Record<string, (row: Row) => string>>;
  readonly #widths: number[];
  #begun = false;

  constructor(columns: Readonly<Record<string, (row: Row) => string>>) {
    this.#columns = columns;
    this.#widths = Object.keys(columns).map(widthOf);
  }

  get isEmpty(): boolean {
    return !this.#begun;
  }

  /** The lines of these rows, with the names above the first. A column is as wide as its widest cell so far. */
  rows(rows: readonly Row[]): string {
    const names = Object.keys(this.#columns);
    const lines = rows.map((row) => names.map((name) => printable(this.#columns[name]?.(row) ?? "")));
    for (const line of lines)
      for (const [i, cell] of line.entries()) this.#widths[i] = Math.max(this.#widths[i] ?? 0, widthOf(cell));
    if (!this.#begun) lines.unshift(names);
    this.#begun = true;
    return lines.map((line) => this.#line(line)).join("\n");
  }

  #line(cells: readonly string[]): string {
    return cells
      .map((cell, i) => cell + " ".repeat((this.#widths[i] ?? 0) - widthOf(cell)))
      .join("  ")
      .trimEnd();
  }
}

/** Names come from outside: control characters must not reach a terminal. */
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, "?");

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/g;

/** Columns on a terminal: East Asian letters take two. */
function widthOf(text: string): number {
  let letters = 0;
  for (const _ of text) letters += 1;
  return letters + (text.match(WIDE)?.length ?? 0);
}
