/** When overtime can be asked for, and what a month of it comes to. */
import { describe, expect, test } from "vitest";
import {
  type Asked,
  labourDays,
  monthFrom,
  monthOf,
  type Worked,
} from "../../../signaling/organisations/labour-days.ts";
import { overtimeAt, whyNoOvertime } from "../../../signaling/organisations/overtime.ts";
import type { PolicyRules, WeekHours } from "../../../signaling/protocol/policy.ts";

/** Monday. */
const at = (hour: number, minute = 0, day = 30): number => new Date(2026, 10, day, hour, minute).getTime();
const OFFICE = { from: 8 * 60 + 30, to: 17 * 60 + 15 };
const hours: WeekHours = [...Array(5).fill(OFFICE), null, null];
const rules: PolicyRules = { hours };

describe("what can be asked for", () => {
  test("is from the end of today's hours until the hour that policy names, or 22:00", () => {
    expect(overtimeAt(rules, { now: at(16) })).toEqual({ from: at(17, 15), latest: at(22) });
    expect(overtimeAt({ ...rules, overtimeUntil: 20 }, { now: at(16) })).toEqual({ from: at(17, 15), latest: at(20) });
    expect(overtimeAt({ ...rules, overtimeUntil: 24 }, { now: at(16) })?.latest).toBe(at(0, 0, 31));
  });

  test("begins now, after that end", () =>
    expect(overtimeAt(rules, { now: at(19) })).toEqual({ from: at(19), latest: at(22) }));

  test("begins where hours ended in the grace after it, in which sessions go on", () => {
    const endNotices = { firstMin: 90, everyMin: 30, lastMin: 10, graceMin: 30 };
    expect(overtimeAt({ ...rules, endNotices }, { now: at(17, 40) })?.from).toBe(at(17, 15));
    expect(overtimeAt({ ...rules, endNotices }, { now: at(17, 45) })?.from).toBe(at(17, 45));
    expect(overtimeAt({ ...rules, endNotices }, { now: at(20, 10), extendedUntil: at(20) })?.from).toBe(at(20));
  });

  test.each([
    ["without hours", {}, at(16)],
    ["on a day off", rules, at(16, 0, 29)],
    ["when it is too late", rules, at(22)],
    ["where hours go on beyond it", { ...rules, overtimeUntil: 17 }, at(16)],
    ["where they never end", { hours: Array(7).fill({ from: 0, to: 1_440 }) as WeekHours }, at(16)],
    ["before they begin", rules, at(7)],
  ])("is nothing %s", (_, some, now) => {
    expect(overtimeAt(some, { now: now })).toBeUndefined();
  });

  test.each([
    ["request-no-hours", {}, at(18)],
    ["request-too-late", rules, at(22, 1)],
    ["request-needless", rules, at(17)],
    [undefined, rules, at(17, 16)],
    [undefined, rules, at(22)],
  ])("is refused by its name: %s", (code, some, until) => {
    expect(whyNoOvertime(some, until, { now: at(16) })?.code).toBe(code);
  });

  test("begins where an end that was approved already lies, and that is not asked for again", () => {
    const then = { now: at(16), extendedUntil: at(20) };
    expect(overtimeAt(rules, then)).toEqual({ from: at(20), latest: at(22) });
    expect(whyNoOvertime(rules, at(20), then)?.code).toBe("request-needless");
    expect(whyNoOvertime(rules, at(19), then)?.code).toBe("request-needless");
    expect(whyNoOvertime(rules, at(21), then)).toBeUndefined();
    expect(overtimeAt(rules, { now: at(16), extendedUntil: at(22) })).toBeUndefined();
  });

  test.each([
    ["at night", at(0, 30, 31), at(6, 0, 31)],
    ["in the morning", at(7, 0, 31), at(8, 0, 31)],
    ["on the first night of a day off", at(0, 30, 28), at(8, 0, 28)],
  ])("makes yesterday's hours no longer %s: of that day it is too late", (_, now, until) => {
    expect(whyNoOvertime({ ...rules, overtimeUntil: 24 }, until, { now })?.code).toBe("request-day-off");
  });

  test("makes hours longer that began at midnight", () => {
    const early: WeekHours = [...Array(6).fill({ from: 0, to: 5 * 60 }), null];
    expect(whyNoOvertime({ hours: early }, at(8, 0, 28), { now: at(0, 30, 28) })).toBeUndefined();
  });

  test("is refused by its name on a day off", () =>
    expect(whyNoOvertime(rules, at(20, 0, 29), { now: at(16, 0, 29) })?.code).toBe("request-day-off"));
});

describe("the labour log", () => {
  const worked = (from: number, to: number | null, regularUntil: number | null = at(17, 15)): Worked => ({
    ...{ liveAt: from, endedAt: to, regularUntil },
  });
  const asked = (until: number, more: Partial<Asked> = {}): Asked => ({
    ...{ since: at(17, 15), until, state: "approved", purpose: "決算", decidedAt: at(16) },
    ...more,
  });
  const HOUR = 3_600_000;
  const days = (sessions: Worked[], requests: Asked[] = [], now = at(23)) => labourDays(sessions, requests, now);

  test("says nothing of what lies within regular hours, some seconds more included", () => {
    expect(days([worked(at(9), at(17))])).toEqual([]);
    expect(days([worked(at(9), at(17, 15) + 20_000)])).toEqual([]);
    expect(days([worked(at(9), at(23), null)])).toEqual([]);
  });

  test("marks what was worked as it was approved", () => {
    expect(days([worked(at(9), at(19, 15))], [asked(at(20))])).toEqual([
      {
        ...{ day: "2026-11-30", purposes: ["決算"], requestedUntil: at(20), approvedUntil: at(20) },
        ...{ approvedMs: 2.75 * HOUR, workedUntil: at(19, 15), workedMs: 2 * HOUR, unapprovedMs: 0 },
        mark: "as-approved",
      },
    ]);
  });

  test.each([
    ["over", [worked(at(9), at(21))], [asked(at(20))], HOUR],
    ["unapproved", [worked(at(9), at(19, 15))], [], 2 * HOUR],
    ["unapproved", [worked(at(9), at(19, 15))], [asked(at(20), { state: "refused" })], 2 * HOUR],
    ["unused", [worked(at(9), at(17, 15))], [asked(at(20))], 0],
    [undefined, [], [asked(at(20), { state: "lapsed" })], 0],
  ] as const)("marks the difference: %s", (mark, sessions, requests, unapprovedMs) => {
    const [day] = days([...sessions], [...requests]);
    expect({ mark: day?.mark, unapprovedMs: day?.unapprovedMs }).toEqual({ mark, unapprovedMs });
  });

  test.each(["taken-back", "given-up"] as const)("is approved until it was %s, and not beyond", (state) => {
    const back = (decidedAt: number) => [asked(at(20), { state, decidedAt })];
    const [day] = days([worked(at(9), at(19, 15))], back(at(18, 15)));
    expect(day).toMatchObject({ requestedUntil: at(20), approvedUntil: at(18, 15), approvedMs: HOUR });
    expect(day).toMatchObject({ workedMs: 2 * HOUR, unapprovedMs: HOUR, mark: "over" });
    expect(days([worked(at(9), at(18, 15))], back(at(18, 15)))[0]).toMatchObject({ mark: "as-approved" });
    // before it began: nothing was approved
    const [early] = days([worked(at(9), at(18, 15))], back(at(16)));
    expect(early).toMatchObject({ approvedMs: 0, unapprovedMs: HOUR, mark: "unapproved" });
    expect(early?.approvedUntil).toBeUndefined();
    expect(days([], back(at(16)))[0]).toMatchObject({ requestedUntil: at(20), workedMs: 0 });
  });

  test("has no mark for what may still be used", () => {
    expect(days([], [asked(at(20))], at(18))[0]?.mark).toBeUndefined();
    expect(days([], [asked(at(20))], at(20))[0]?.mark).toBe("unused");
  });

  test("counts a session that goes on until now, one that began outside from its beginning, and two at once as one", () => {
    expect(days([worked(at(18), null, at(18))], [], at(19))[0]).toMatchObject({ workedMs: HOUR, workedUntil: at(19) });
    expect(days([worked(at(9), at(19, 15)), worked(at(10), at(18, 15))])[0]?.workedMs).toBe(2 * HOUR);
  });

  test("puts two days into two lines, the first one first", () => {
    const friday = worked(at(9, 0, 27), at(18, 15, 27), at(17, 15, 27));
    expect(days([worked(at(9), at(18, 15)), friday]).map(({ day }) => day)).toEqual(["2026-11-27", "2026-11-30"]);
  });

  test("is of a month by the clock of this server", () => {
    expect(monthFrom("2026-12")).toEqual({ from: at(0, 0, 31), to: new Date(2027, 0, 1).getTime() });
    expect(monthOf(at(23, 59))).toBe("2026-11");
  });
});
