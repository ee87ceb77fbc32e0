/** The page of the import has a word for everything the server can say; lines come back as they were. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { wrongLines } from "../../../signaling/console/page/import/lines-csv.ts";
import { IMPORT_DICTIONARIES } from "../../../signaling/console/page/import/said.ts";
import type { OwnKey } from "../../../signaling/console/page/words/import-words.ts";
import { DICTIONARIES, type Language } from "../../../signaling/console/page/words/words.ts";
import {
  FATES,
  FILE_PROBLEMS,
  IMPORT_COLUMNS,
  IMPORT_KINDS,
  type ImportLine,
  ImportUndone,
  LINE_PROBLEMS,
} from "../../../signaling/protocol/console-import.ts";

const sorted = (names: Iterable<string>): string[] => [...names].sort();
const placeholders = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();

describe.each(Object.keys(DICTIONARIES) as Language[])("in %s", async (language) => {
  const words = await IMPORT_DICTIONARIES[language]();
  const japanese = await IMPORT_DICTIONARIES.ja();
  const { columns } = await DICTIONARIES[language]();

  test("every fate, file, problem and reason has words, with the same facts as in Japanese", () => {
    expect(sorted(Object.keys(words.fates))).toEqual(sorted(FATES));
    expect(sorted(Object.keys(words.files))).toEqual(sorted(FILE_PROBLEMS));
    expect(sorted(Object.keys(words.problems))).toEqual(sorted(LINE_PROBLEMS));
    expect(sorted(Object.keys(words.whys))).toEqual(sorted(ImportUndone.shape.left.element.shape.why.options));
    for (const part of ["text", "fates", "files", "problems", "whys"] as const)
      for (const [key, text] of Object.entries(words[part])) {
        expect(text.trim(), key).not.toBe("");
        expect(placeholders(text), key).toEqual(placeholders((japanese[part] as Record<string, string>)[key] ?? ""));
      }
    for (const kind of IMPORT_KINDS)
      for (const [key, text] of Object.entries(japanese.kinds[kind])) {
        const spoken = words.kinds[kind][key as OwnKey];
        expect(spoken.trim() === "", `${kind} ${key}`).toBe(text === "");
        expect(placeholders(spoken), `${kind} ${key}`).toEqual(placeholders(text));
      }
  });

  test("the columns that are read are called as the export calls them", () => {
    for (const kind of Object.values(IMPORT_COLUMNS))
      for (const [column, names] of Object.entries<readonly string[]>(kind)) expect(names).toContain(columns[column]);
  });
});

test("every word is used", async () => {
  const folder = "signaling/console/page/import";
  const sources = readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, "utf8"));
  const { text } = await IMPORT_DICTIONARIES.ja();
  expect(Object.keys(text).filter((key) => !sources.some((source) => source.includes(`"${key}"`)))).toEqual([]);
});

const line = (row: number, fate: ImportLine["fate"], cells?: string[]): ImportLine => ({
  ...{ row, fate, values: {}, changes: [], problems: [] },
  ...(cells && { cells }),
});

test("wrong lines come back with one more column, which is not added twice", () => {
  const header = ["備考", "名前", "職員ID"];
  const lines = [line(2, "add"), line(3, "wrong", ["x", "佐藤", "サトウ"]), line(4, "wrong", ["", "森"])];
  const once = wrongLines(header, lines, ({ row }) => `${row}行目`, "直すところ");
  expect(once).toEqual([
    ["備考", "名前", "職員ID", "直すところ"],
    ["x", "佐藤", "サトウ", "3行目"],
    ["", "森", "", "4行目"],
  ]);
  const [again = [], ...rows] = once;
  const twice = wrongLines(
    again,
    rows.map((cells, i) => line(i, "wrong", cells)),
    () => "まだ",
    "To mend",
  );
  expect(twice).toEqual([
    ["備考", "名前", "職員ID", "To mend"],
    ["x", "佐藤", "サトウ", "まだ"],
    ["", "森", "", "まだ"],
  ]);
});
