/**
 * CSV as the console writes it and takes it back: UTF-8 with a byte order mark, so that Excel opens it as it is, CRLF, RFC 4180
 * quotes, and no cell that would be run as a formula. Such a one gets a `'` before it, and so does what looks as if it had got
 * one already: taking one off again gives what there was, always.
 */
export const MARK = "\uFEFF";
/** What a spreadsheet takes for the beginning of a formula; the full-width ones become half-width when Japanese Excel reads them. */
const FORMULA = /^'*(?:[\s\u3000]*[=+\-@＝＋－＠]|[\t\r\n])/u;

export const csv = (rows: readonly (readonly string[])[]): string => MARK + csvLines(rows);

/** Without the mark, which only the beginning of a file has. */
export const csvLines = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");

function cell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** What stood in a cell before it was made safe. */
export const plainCell = (text: string): string => (text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text);
