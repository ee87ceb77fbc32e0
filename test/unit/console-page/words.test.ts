/** The console's page has a word for everything the server can say, in both languages. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AUDIT_EVENTS } from "../../../signaling/audit/events.ts";
import { EFFECT_WORDS } from "../../../signaling/console/page/acts/effect-words.ts";
import { FIELD_WORDS } from "../../../signaling/console/page/acts/field-words.ts";
import { SHAPES } from "../../../signaling/console/page/acts/subject.ts";
import { APPROVAL_WORDS } from "../../../signaling/console/page/approvals/approval-words.ts";
import { DRAWER_WORDS } from "../../../signaling/console/page/drawer/drawer-words.ts";
import { LABOUR_WORDS } from "../../../signaling/console/page/labour/labour-words.ts";
import { MISHEARD_WORDS } from "../../../signaling/console/page/list/misheard-words.ts";
import { columnsOf } from "../../../signaling/console/page/list/shown-columns.ts";
import { TREE_WORDS } from "../../../signaling/console/page/list/tree-words.ts";
import { SHEET_WORDS } from "../../../signaling/console/page/sheets/words.ts";
import type { OwnWords } from "../../../signaling/console/page/state/own-words.ts";
import { CHART_WORDS } from "../../../signaling/console/page/today/large-chart-words.ts";
import { actEn } from "../../../signaling/console/page/words/act-en.ts";
import { actJa } from "../../../signaling/console/page/words/act-ja.ts";
import { RECORDS } from "../../../signaling/console/page/words/record-words.ts";
import { DICTIONARIES, type Language, Words } from "../../../signaling/console/page/words/words.ts";
import { PasswordProblem } from "../../../signaling/protocol/api.ts";
import { Figure, LISTS, STATES } from "../../../signaling/protocol/console.ts";
import { ACTS } from "../../../signaling/protocol/console-acts.ts";
import { END_REASONS, ERROR_CODES } from "../../../signaling/protocol/errors.ts";

const LANGUAGES = Object.keys(DICTIONARIES) as Language[];
const PAGE = "signaling/console/page";
const placeholders = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();
const sourcesWithout = (others: RegExp): string =>
  readdirSync(PAGE, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/.test(path) && !others.test(path))
    .map((path) => readFileSync(join(PAGE, path), "utf8"))
    .join("\n");
const OWN = {
  sheets: SHEET_WORDS,
  fields: FIELD_WORDS,
  effects: EFFECT_WORDS,
  "the drawer": DRAWER_WORDS,
  "the tree": TREE_WORDS,
  "IDs that were misheard": MISHEARD_WORDS,
  "the large chart": CHART_WORDS,
  approvals: APPROVAL_WORDS,
  "the labour log": LABOUR_WORDS,
};
const sorted = (names: Iterable<string>): string[] => [...names].sort();

describe.each(LANGUAGES)("the words in %s", async (language) => {
  const dictionary = await DICTIONARIES[language]();
  const japanese = await DICTIONARIES.ja();
  const words = await Words.load(language);
  const records = await RECORDS[language]();

  test("explain every failure: what happened, and what to do", () => {
    for (const code of [...ERROR_CODES, "unreachable"] as const) {
      const { what, todo } = words.failure({ code, retryAfterS: undefined });
      expect(Math.min(what.length, todo.length), code).toBeGreaterThan(3);
    }
  });

  test("name every list, state, figure, act, event and reason", () => {
    for (const list of LISTS) {
      expect(words.list(list)).not.toBe("");
      expect(sorted(Object.keys(dictionary.states[list])), list).toEqual(sorted(STATES[list]));
    }
    expect(sorted(Object.keys(dictionary.figures))).toEqual(sorted(Figure.shape.kind.options));
    expect(sorted(Object.keys(dictionary.acts))).toEqual(sorted(ACTS));
    expect(sorted(Object.keys(records.events))).toEqual(sorted(AUDIT_EVENTS));
    expect(sorted(Object.keys(dictionary.kinds))).toEqual(
      sorted(new Set(AUDIT_EVENTS.map((event) => event.split(".")[0] ?? ""))),
    );
    expect(sorted(Object.keys(dictionary.reasons))).toEqual(sorted(END_REASONS));
    expect(sorted(Object.keys(dictionary.passwords))).toEqual(sorted(PasswordProblem.options));
  });

  test("name every column", () => {
    const keys = LISTS.flatMap((list) => columnsOf(list).map(({ key }) => key));
    expect(keys.filter((key) => !Object.hasOwn(dictionary.columns, key))).toEqual([]);
  });

  test("have no empty one, and the same facts as the Japanese", () => {
    for (const [key, text] of Object.entries(dictionary.text)) {
      expect(text.trim(), key).not.toBe("");
      expect(placeholders(text), key).toEqual(placeholders(japanese.text[key as keyof typeof japanese.text]));
    }
  });
});

test("the dialog of each act has words, with the same facts in both languages", () => {
  for (const type of ACTS) {
    expect(actEn[type].what.trim() && actJa[type].what.trim(), type).not.toBe("");
    expect(placeholders(actEn[type].title), type).toEqual(placeholders(actJa[type].title));
  }
});

describe.each(Object.entries(OWN))("the words of %s", (_, own) => {
  const all = own as OwnWords<string>;

  test("have no empty one, and the same facts in both languages", () => {
    for (const [key, text] of Object.entries(all.en)) {
      expect(text.trim() && all.ja[key]?.trim(), key).not.toBe("");
      expect(placeholders(text), key).toEqual(placeholders(all.ja[key] ?? ""));
    }
  });

  test("are all used", () => {
    // or it is what the server calls something
    const contract = ["console", "labour", "requests"]
      .map((name) => readFileSync(`signaling/protocol/${name}.ts`, "utf8"))
      .join("");
    const sources = sourcesWithout(/(^dist\/|^words\/|(-words|words-\w+)\.ts$)/) + contract;
    expect(Object.keys(all.ja).filter((key) => !sources.includes(`"${key}"`))).toEqual([]);
  });
});

test("every act says what it is made of", () => expect(sorted(Object.keys(SHAPES))).toEqual(sorted(ACTS)));

test("every word is used", async () => {
  const sources = sourcesWithout(/^(dist|words)\//);
  const { text } = await DICTIONARIES.ja();
  expect(Object.keys(text).filter((key) => !sources.includes(`"${key}"`))).toEqual([]);
});
