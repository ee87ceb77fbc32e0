/** The page of policy: what is typed, what is changed and not saved yet, and what rules say in words. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { changedBy, differing, rulesWith, withChange } from "../../../signaling/console/page/policy/draft.ts";
import { withPreset } from "../../../signaling/console/page/policy/presets.ts";
import { Said } from "../../../signaling/console/page/policy/said.ts";
import { placesOf, typedWeek, weekOf } from "../../../signaling/console/page/policy/typed.ts";
import { daysOf, typedDays } from "../../../signaling/console/page/policy/typed-days.ts";
import { policyEn } from "../../../signaling/console/page/words/policy-en.ts";
import { policyJa } from "../../../signaling/console/page/words/policy-ja.ts";
import { type Calendar, ELSEWHERE, POLICY_RULES, PolicyRules } from "../../../signaling/protocol/policy.ts";

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

describe("days of one's own", () => {
  const days: Calendar["days"] = [
    { name: "年末年始", on: "12-29", to: "01-03", hours: null },
    { name: "臨時開庁 本庁", on: "2026-11-03", hours: { from: 540, to: 750 } },
    { name: "祝日の移動", on: "2026-10-12", hours: "weekday" },
  ];

  test.each([policyJa, policyEn])("come back as they were", ({ text }) => {
    expect(daysOf(typedDays(days, text.calendarAsWeekday))).toEqual(days);
  });

  test("are read in any width, with slashes, without zeros, with empty lines between", () => {
    const typed =
      "１２／２９〜１/３　年末年始\n\n 2026/11/3 9:00～12:30 臨時開庁 本庁\n２０２６-10-12 平日どおり 祝日の移動\n";
    expect(daysOf(typed)).toEqual(days);
  });

  test.each([
    "年末年始",
    "12-29",
    "13-01 何か",
    "2026-10-02～2026-10-01 逆さま",
    "12-29～2027-01-03 混ざった",
    "10-01 12:00-9:00 逆さま",
  ])("the line %s is named as wrong", (line) => {
    expect(daysOf(`12-31 大みそか\n${line}`)).toEqual({ wrong: line });
  });
});

describe("a known way to end the day", () => {
  const at = (hours: number, minutes = 0): number => hours * 60 + minutes;

  test("寝屋川型 keeps the hours that hold, and decides an office's where there are none", () => {
    const changes = withPreset("neyagawa", {}, {}, {});
    expect(changes).toEqual({
      hours: [...Array(5).fill({ from: at(8, 30), to: at(17, 30) }), null, null],
      endNotices: { firstMin: 90, everyMin: 30, lastMin: 10, graceMin: 30 },
      shutDown: "after-hours",
    });
    // set above: it is written down here too, so that what was looked at is what holds
    expect(withPreset("neyagawa", {}, { hours: week }, {}).hours).toEqual(week);
    expect(withPreset("neyagawa", { hours: week }, { hours: week }, {}).hours).toBeUndefined();
  });

  test("養父型 ends Wednesdays at 18:30 and leaves all other days", () => {
    const all = { from: 0, to: 1_440 };
    expect(withPreset("yabu", {}, {}, {}).hours).toEqual([all, all, { from: 0, to: at(18, 30) }, all, all, all, all]);
    const long = week.map((day) => day && { ...day, to: at(22) });
    expect(withPreset("yabu", {}, { hours: long }, {}).hours).toEqual(long.with(2, { from: 510, to: at(18, 30) }));
    const closed = week.with(2, null);
    expect(withPreset("yabu", { hours: closed }, { hours: closed }, {}).hours).toBeUndefined();
  });

  test("leaves what else is drafted", () => {
    const changes = withPreset("yabu", {}, {}, { kbps: 80 });
    expect(changes.kbps).toBe(80);
    expect(PolicyRules.safeParse(rulesWith({}, changes)).success).toBe(true);
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
      calendar: { holidays: true, days: [{ name: "年末年始", on: "12-29", to: "01-03", hours: null }] },
      ...{ endNotices: { firstMin: 90, everyMin: 30, lastMin: 10, graceMin: 30 }, shutDown: "after-hours" },
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
