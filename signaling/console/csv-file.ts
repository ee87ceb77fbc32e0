/** A CSV file as it comes out of a spreadsheet: in which letters it is written, and its rows. */
import type { FileProblem, ImportColumn } from "../protocol/console-import.ts";
import { MAX_IMPORT_LINES } from "../protocol/console-import.ts";

/** The rows as the spreadsheet numbers them: the first is 1. Those with nothing in them are left out. */
export interface CsvRow {
  readonly row: number;
  readonly cells: readonly string[];
}

/** It cannot be read. `row`: where, if it is one place; `column`: that there is not. */
export interface Unreadable {
  readonly problem: FileProblem;
  readonly row?: number;
  readonly column?: ImportColumn;
}

export type CsvFile = { readonly rows: readonly CsvRow[] } | Unreadable;

export function readCsv(bytes: Uint8Array): CsvFile {
  const text = decoded(bytes);
  if (typeof text !== "string") return text;
  const parsed = rowsOf(text);
  if (!("rows" in parsed)) return parsed;
  const rows = parsed.rows.filter(({ cells }) => cells.some((cell) => cell.trim() !== ""));
  if (rows.length === 0) return { problem: "empty" };
  return rows.length > MAX_IMPORT_LINES + 1 ? { problem: "too-many-lines" } : { rows };
}

/** What is no UTF-8 is Shift_JIS, as Japanese Excel saves CSV: a text with Japanese in it is hardly ever both. */
function decoded(bytes: Uint8Array): string | Unreadable {
  // a zip archive (xlsx), or the older format of Excel's own
  if (startsWith(bytes, [0x50, 0x4b, 3, 4]) || startsWith(bytes, [0xd0, 0xcf, 0x11, 0xe0])) return { problem: "excel" };
  if (bytes.includes(0)) return { problem: "not-text" }; // UTF-16 too
  for (const encoding of ["utf-8", "shift_jis"]) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes); // takes the byte order mark off
    } catch {
      // not in this one
    }
  }
  return { problem: "not-text" };
}

const startsWith = (bytes: Uint8Array, magic: readonly number[]): boolean =>
  magic.every((byte, i) => bytes[i] === byte);

/** One match is one cell with what ends it: a comma, the end of the line, or of the text. */
const CELL = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n][^,\r\n]*)?)(,|\r\n|\r|\n|$)/y;

/** RFC 4180, with any end of line. A quote inside a cell that does not begin with one is a letter, as in spreadsheets. */
function rowsOf(text: string): { rows: CsvRow[] } | Unreadable {
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  for (let at = 0; at < text.length || cells.length > 0; ) {
    CELL.lastIndex = at;
    const match = CELL.exec(text);
    if (!match) return { problem: "quotes", row: rows.length + 1 };
    const [, quoted, bare = "", end] = match;
    cells.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    at = CELL.lastIndex;
    if (end === ",") continue;
    rows.push({ row: rows.length + 1, cells });
    cells = [];
  }
  return { rows };
}
