/** Lines of a file that come back to be mended: as they were, with one more column that says what is wrong. */
import { type ImportLine, PROBLEM_COLUMN } from "../../../protocol/console-import.ts";

/** `words`: what is wrong in a line, in words. A column of an earlier round is left out. */
export function wrongLines(
  header: readonly string[],
  lines: readonly ImportLine[],
  words: (line: ImportLine) => string,
  title: string,
): string[][] {
  const kept = header.flatMap((name, i) => ((PROBLEM_COLUMN as readonly string[]).includes(name.trim()) ? [] : [i]));
  const row = (cells: readonly string[], last: string): string[] => [...kept.map((i) => cells[i] ?? ""), last];
  const wrong = lines.filter(({ fate }) => fate === "wrong");
  return [row(header, title), ...wrong.map((line) => row(line.cells ?? [], words(line)))];
}
