/** A CSV file that is to come in: which of its columns is which. */
import { clean, type FileLine } from "../organisations/imports/lines.ts";
import { IMPORT_COLUMNS, IMPORT_NEEDED, type ImportColumn, type ImportKind } from "../protocol/console-import.ts";
import { plainCell } from "../protocol/csv.ts";
import { fold } from "../store/rows/folded.ts";
import { readCsv, type Unreadable } from "./csv-file.ts";

export interface ImportFile {
  readonly header: readonly string[];
  /** What stands above columns that are not read. */
  readonly ignored: readonly string[];
  readonly lines: readonly FileLine[];
}

const columnsOf = (kind: ImportKind): ReadonlyMap<string, ImportColumn> =>
  new Map(
    Object.entries<readonly string[]>(IMPORT_COLUMNS[kind]).flatMap(([column, names]) =>
      names.map((name) => [fold(name), column as ImportColumn]),
    ),
  );

export function readImport(kind: ImportKind, bytes: Uint8Array): ImportFile | Unreadable {
  const file = readCsv(bytes);
  if (!("rows" in file)) return file;
  const [first, ...rows] = file.rows;
  if (!first) return { problem: "empty" };
  const header = first.cells.map(plainCell);
  const columnOf = columnsOf(kind);
  const columns = header.map((name) => columnOf.get(fold(name)));
  const known = columns.filter((column) => column !== undefined);
  if (new Set(known).size < known.length) return { problem: "column-twice" };
  const missing = IMPORT_NEEDED[kind].find((column) => !known.includes(column));
  if (missing !== undefined) return { problem: "no-column", column: missing };
  if (rows.length === 0) return { problem: "empty" };
  const width = header.findLastIndex((name) => name.trim() !== "") + 1;
  const lines = rows.map(({ row, cells }): FileLine => {
    const plain = cells.map(plainCell);
    const values = Object.fromEntries(known.map((column) => [column, plain[columns.indexOf(column)] ?? ""]));
    return { row, cells: plain, values, isTooLong: plain.slice(width).some((cell) => clean(cell) !== "") };
  });
  const ignored = header.filter((name, i) => name.trim() !== "" && columns[i] === undefined);
  return { header, ignored, lines };
}
