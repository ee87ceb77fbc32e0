/** A CSV file of people: which of its columns is which. */
import { clean, type FileLine } from "../organisations/people-import.ts";
import { IMPORT_COLUMNS, type ImportColumn } from "../protocol/console-import.ts";
import { plainCell } from "../protocol/csv.ts";
import { fold } from "../store/rows/folded.ts";
import { readCsv, type Unreadable } from "./csv-file.ts";

export interface PeopleFile {
  readonly header: readonly string[];
  /** What stands above columns that are not read. */
  readonly ignored: readonly string[];
  readonly lines: readonly FileLine[];
}

const COLUMN_OF = new Map(
  Object.entries(IMPORT_COLUMNS).flatMap(([column, names]) =>
    names.map((name) => [fold(name), column as ImportColumn]),
  ),
);

export function readPeople(bytes: Uint8Array): PeopleFile | Unreadable {
  const file = readCsv(bytes);
  if (!("rows" in file)) return file;
  const [first, ...rows] = file.rows;
  if (!first) return { problem: "empty" };
  const header = first.cells.map(plainCell);
  const columns = header.map((name) => COLUMN_OF.get(fold(name)));
  const known = columns.filter((column) => column !== undefined);
  if (new Set(known).size < known.length) return { problem: "column-twice" };
  if (!known.includes("login")) return { problem: "no-login" };
  if (!known.includes("name")) return { problem: "no-name" };
  if (rows.length === 0) return { problem: "empty" };
  const width = header.findLastIndex((name) => name.trim() !== "") + 1;
  const lines = rows.map(({ row, cells }): FileLine => {
    const plain = cells.map(plainCell);
    const of = (column: ImportColumn): string | undefined =>
      known.includes(column) ? (plain[columns.indexOf(column)] ?? "") : undefined;
    return {
      ...{ row, cells: plain, login: of("login") ?? "", name: of("name") ?? "" },
      ...{ organisation: of("organisation"), division: of("division") },
      isTooLong: plain.slice(width).some((cell) => clean(cell) !== ""),
    };
  });
  const ignored = header.filter((name, i) => name.trim() !== "" && columns[i] === undefined);
  return { header, ignored, lines };
}
