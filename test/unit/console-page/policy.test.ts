/** The page of policy: what is typed, what is changed and not saved yet, and what rules say in words. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { changedBy, differing, rulesWith, withChange } from "../../../signaling/console/page/policy/draft.ts";
import { Said } from "../../../signaling/console/page/policy/said.ts";
import { placesOf, typedWeek, weekOf } from "../../../signaling/console/page/policy/typed.ts";
import { policyEn } from "../../../signaling/console/page/words/policy-en.ts";
import { policyJa } from "../../../signaling/console/page/words/policy-ja.ts";
import { ELSEWHERE, POLICY_RULES, PolicyRules } from "../../../signaling/protocol/policy.ts";

const OFFICE = { from: 510, to: 1_035 };
const week = [OFFICE, OFFICE, OFFICE, OFFICE, { from: 510, to: 720 }, null, null];

describe("a draft", () => {
  const here = { kbps: 80, viewOnly: true };

  test("changes and inherits rule by rule, whatever else is there", () => {
    let changes = withChange(here, {}, "kbps", 100);
    changes = withChange(here, changes, "viewOnly", null);
    changes = withChange(here, changes, "hours", week);
    expect(rulesWith(here, changes)).toEqual({ kbps: 100, hours: week });
    // somebody else has changed what this one does not touch
    expect(rulesWith({ ...here, wake: false }, changes)).toEqual({ kbps: 100, hours: week, wake: false });
    expect(PolicyRules.safeParse(rulesWith(here, changes)).success).toBe(true);
  });

  test("holds nothing that is so already", () => {
    const changes = withChange(here, withChange(here, {}, "kbps", 100), "kbps", 80);
    expect(changes).toEqual({});
    expect(withChange(here, {}, "wake", null)).toEqual({});
  });

  test("the first version changed what it has; of the oldest that is known nobody knows", () => {
    const versions = [
      { version: 2, rules: { kbps: 100 } },
      { version: 1, rules: { kbps: 80, viewOnly: true } },
    ];
    expect(changedBy(versions, 0)?.map(({ rule }) => rule)).toEqual(["viewOnly", "kbps"]);
    expect(changedBy(versions, 1)?.map(({ rule }) => rule)).toEqual(["viewOnly", "kbps"]);
    expect(changedBy([{ version: 7, rules: {} }], 0)).toBeUndefined();
    expect(differing({ hours: week }, { hours: [...week] })).toEqual([]);
  });
});

describe("what is typed", () => {
  test("of a week comes back as it was, midnight at the end of a day too", () => {
    const all = [...week.slice(0, 6), { from: 0, to: 1_440 }];
    expect(weekOf(typedWeek(all))).toEqual(all);
  });

  test("a day that ends before it begins is named", () => {
    const typed = typedWeek(week).map((day, index) => (index === 2 ? { ...day, from: "18:00", to: "09:00" } : day));
    expect(weekOf(typed)).toEqual({ wrong: 2 });
    expect(weekOf(typed.map((day) => ({ ...day, from: "" })))).toEqual({ wrong: 0 });
  });

  test("a week that nobody decided begins with an office's", () => {
    expect(weekOf(typedWeek(undefined))).toEqual([OFFICE, OFFICE, OFFICE, OFFICE, OFFICE, null, null]);
  });

  test("networks are read in any width, one a line or behind commas", () => {
    const typed = [{ key: 0, name: "出張所", networks: "１０.０.０.０／８、192.0.2.7\n2001:db8::/32" }];
    expect(placesOf(typed)).toEqual([{ name: "出張所", networks: ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"] }]);
  });

  test("a place that has no name, no network or the name of another is named", () => {
    const good = { key: 0, name: "支所", networks: "10.0.0.0/8" };
    expect(placesOf([good, { ...good, key: 1, name: " " }])).toEqual({ wrong: 1 });
    expect(placesOf([{ ...good, networks: "10.0.0.0/33" }])).toEqual({ wrong: 0 });
    expect(placesOf([good, { ...good, key: 1, name: "支所 " }])).toEqual({ twice: "支所" });
  });
});

describe.each([
  ["ja", policyJa],
  ["en", policyEn],
] as const)("the words in %s", (language, words) => {
  const said = new Said(words);

  test("say days with the same hours at once", () => {
    const ja = "月曜日～木曜日 8:30～17:15、金曜日 8:30～12:00";
    expect(said.hours(week)).toBe(language === "ja" ? ja : "Monday～Thursday 8:30–17:15, Friday 8:30–12:00");
    expect(said.hours(Array.from({ length: 7 }, () => null))).toBe(words.text.hoursNever);
  });

  test("say every rule's name, hint, and what every value of it is", () => {
    const values: Required<PolicyRules> = {
      ...{ places: [{ name: "支所", networks: ["10.0.0.0/8"] }], from: ["支所", ELSEWHERE], hours: week },
      ...{
        idleMinutes: 10,
        sessionHours: 8,
        signInHours: 10,
        kbps: 100,
        retentionDays: 365,
        approvals: 2,
        overtimeUntil: 21,
      },
      signInWays: "app",
      ...{ lockBefore: "required", lockOn: "end", cover: "off", viewOnly: false, wake: true },
    };
    for (const rule of POLICY_RULES) {
      const { name, hint, unset } = words.rules[rule];
      expect(Math.min(name.length, hint.length, unset.length), rule).toBeGreaterThan(3);
      expect(said.value(rule, values)?.length, rule).toBeGreaterThan(1);
      expect(said.value(rule, {}), rule).toBeUndefined();
    }
  });

  test("have the same facts as the Japanese, none is empty, and all are used", () => {
    const sources = readdirSync("signaling/console/page/policy")
      .map((name) => readFileSync(join("signaling/console/page/policy", name), "utf8"))
      .join("\n");
    const placeholders = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();
    for (const [key, text] of Object.entries(words.text)) {
      expect(text.trim(), key).not.toBe("");
      expect(placeholders(text), key).toEqual(placeholders(policyJa.text[key as keyof typeof policyJa.text]));
      expect(sources.includes(`"${key}"`), key).toBe(true);
    }
  });
});
