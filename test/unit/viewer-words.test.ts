import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { END_REASONS, ERROR_CODES } from "../../signaling/protocol/errors.ts";
import { quarters } from "../../viewer/pages/asking.ts";
import { RequestWords } from "../../viewer/words/request-words.ts";
import { requestsEn } from "../../viewer/words/requests-en.ts";
import { type RequestKey, requestsJa } from "../../viewer/words/requests-ja.ts";
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

describe("the words of requests", () => {
  test("have no empty one, and the same facts in both languages", () => {
    expect(Object.keys(requestsEn).sort()).toEqual(Object.keys(requestsJa).sort());
    for (const [key, text] of Object.entries(requestsEn)) {
      expect(text.trim() && requestsJa[key as RequestKey].trim(), key).not.toBe("");
      expect(placeholders(text), key).toEqual(placeholders(requestsJa[key as RequestKey]));
    }
  });

  test("are all used", () => {
    const sources = ["asking", "requests-card", "approvals"].map((name) =>
      readFileSync(`viewer/pages/${name}.ts`, "utf8"),
    );
    // how it stands, and what it is, are said as the server calls them
    const contract = readFileSync("signaling/protocol/requests.ts", "utf8");
    const all = [...sources, contract].join("\n");
    expect(Object.keys(requestsJa).filter((key) => !all.includes(`"${key}"`))).toEqual([]);
  });

  test("say why something is refused, with its facts; of what is not known, what every failure says", () => {
    const say = new RequestWords(new Words("ja"));
    const failure = { code: "ACT_REFUSED", retryAfterS: undefined } as const;
    expect(say.failure({ ...failure, refusal: { why: "request-too-late", facts: { hour: 20 } } })).toContain(
      "20 時まで",
    );
    expect(say.failure({ ...failure, refusal: { why: "newer", facts: {} } })).toContain(
      new Words("ja").error("ACT_REFUSED").what,
    );
  });

  test("the quarters of an hour until which one can ask end with the latest", () => {
    const at = (hour: number, minute = 0) => new Date(2026, 10, 30, hour, minute).getTime();
    expect(quarters(at(17, 15), at(18))).toEqual([at(17, 30), at(17, 45), at(18)]);
    expect(quarters(at(21, 50), at(22))).toEqual([at(22)]);
  });
});
