/** The table of errors as a README shows it, to be compared with the one it comes from. */
import { ERRORS, type ErrorCode, errorFacts } from "../../signaling/protocol/error-table.ts";
import { ERROR_WORDS } from "../../signaling/protocol/error-words.ts";

type Row = readonly [code: string, http: string, words: string, meaning: string, todo: string];

/** Code, status and words of each row; a row that explains nothing is none. */
export function errorRows(section: string): string[][] {
  const rows = [...section.matchAll(/^\| `[A-Z_]+` +\|.*\|$/gm)].map(([line]) =>
    line
      .slice(1, -1)
      .split(" | ")
      .map((cell) => cell.trim()),
  ) as unknown as Row[];
  return rows
    .filter(([, , , meaning, todo]) => meaning && todo)
    .map(([code, http, words]) => [code.replaceAll("`", ""), http, words]);
}

export const errorRowsOf = (language: "ja" | "en"): string[][] =>
  (Object.keys(ERRORS) as ErrorCode[]).map((code) => [
    code,
    String(errorFacts(code).http ?? "–"),
    ERROR_WORDS[code][language].what,
  ]);
