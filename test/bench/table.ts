export type Row = readonly (string | number)[];

/** Columns as wide as their widest cell; the first to the left, the others to the right. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => row.map(String));
  const widths = (cells[0] ?? []).map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  const pad = (text: string, i: number) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0));
  return cells.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}
