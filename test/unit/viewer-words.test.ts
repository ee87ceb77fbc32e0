import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { END_REASONS, ERROR_CODES } from "../../signaling/protocol/errors.ts";
import { DICTIONARIES, type Language, Words } from "../../viewer/words/strings.ts";

const LANGUAGES = Object.keys(DICTIONARIES) as Language[];
const placeholders = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();

describe.each(LANGUAGES)("the words in %s", (language) => {
  const words = new Words(language);
  const dictionary = DICTIONARIES[language];

  test("explain every error code: what happened, and what to do", () => {
    for (const code of [...ERROR_CODES, "unreachable"] as const) {
      expect(words.error(code).what.length, code).toBeGreaterThan(3);
      expect(words.error(code).todo.length, code).toBeGreaterThan(3);
    }
  });

  test("explain every reason for an end", () => {
    expect(Object.keys(dictionary.ends).sort()).toEqual([...END_REASONS].sort());
    for (const reason of END_REASONS) {
      expect(words.end(reason).what.length, reason).toBeGreaterThan(3);
      expect(words.end(reason).todo.length, reason).toBeGreaterThan(3);
    }
  });

  test("have no empty one, and the same facts as the Japanese", () => {
    expect(Object.keys(dictionary.text).sort()).toEqual(Object.keys(DICTIONARIES.ja.text).sort());
    for (const [key, text] of Object.entries(dictionary.text)) {
      expect(text.trim(), key).not.toBe("");
      expect(placeholders(text), key).toEqual(placeholders(DICTIONARIES.ja.text[key as keyof typeof dictionary.text]));
    }
  });
});

test("every word is used", () => {
  const sources = readdirSync("viewer", { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !/^(dist|words)\//.test(path))
    .concat("words/strings.ts")
    .map((path) => readFileSync(join("viewer", path), "utf8"))
    .join("\n");
  const unused = Object.keys(DICTIONARIES.ja.text).filter((key) => !sources.includes(`"${key}"`));
  expect(unused).toEqual([]);
});

test("facts are put in, unknown ones leave a gap", () => {
  const words = new Words("ja");
  expect(words.text("waitSeconds", { seconds: 5 })).toContain("5");
  expect(words.text("waitSeconds")).not.toContain("{");
});

test("a time of another day says the day", () => {
  const now = new Date(2025, 10, 21, 15, 0).getTime();
  const words = new Words("ja");
  expect(words.time(new Date(2025, 10, 21, 9, 15).getTime(), now)).toBe("9:15");
  expect(words.time(new Date(2025, 10, 20, 9, 15).getTime(), now)).toContain("20");
});
