/** What policy says: which rule wins, who may come from where, and when. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { type HourRules, hoursAt } from "../../../signaling/organisations/policy-hours.ts";
import { answerOf, sessionEnd, whySessionEnds } from "../../../signaling/organisations/policy-now.ts";
import {
  agentPolicyOf,
  isPlaceAllowed,
  type Layer,
  resolve,
  unknownPlaces,
} from "../../../signaling/organisations/policy-resolve.ts";
import {
  AgentPolicy,
  type Calendar,
  type DayHours,
  ELSEWHERE,
  POLICY_RULES,
  PolicyRules,
  type WeekHours,
} from "../../../signaling/protocol/policy.ts";
import { seeded } from "../../support/random.ts";

const VALUES: { readonly [R in keyof PolicyRules]-?: readonly NonNullable<PolicyRules[R]>[] } = {
  places: [[], [{ name: "庁内", networks: ["10.0.0.0/8"] }]],
  from: [["庁内"], ["庁内", ELSEWHERE]],
  hours: [Array(7).fill(null), Array(7).fill({ from: 0, to: 1_440 })],
  approvals: [1, 2],
  overtimeUntil: [1, 24],
  calendar: [
    { holidays: true, days: [] },
    { holidays: false, days: [{ name: "年末年始", on: "12-29", to: "01-03", hours: null }] },
  ],
  endNotices: [
    { firstMin: 90, everyMin: 30, lastMin: 10, graceMin: 30 },
    { firstMin: 30, everyMin: 30, lastMin: 5, graceMin: 0 },
  ],
  shutDown: ["never", "after-hours"],
  idleMinutes: [5, 25],
  sessionHours: [1, 24],
  signInHours: [1, 12],
  signInWays: ["app", "app-or-mail"],
  lockBefore: ["required", "never"],
  lockOn: ["interrupted", "end"],
  cover: ["required", "when-possible", "off"],
  viewOnly: [true, false],
  kbps: [30, 100],
  wake: [true, false],
  retentionDays: [30, 3_650],
};

describe("which rule wins", () => {
  const { below } = seeded(20);
  const layers = (): Layer<number>[] =>
    Array.from({ length: below(7) }, (_, place) => ({
      place,
      rules: Object.fromEntries(
        POLICY_RULES.filter(() => below(5) < 2).map((rule) => [rule, VALUES[rule][below(VALUES[rule].length)]]),
      ),
    }));

  test("is the nearest, rule by rule, whatever else is set; and it is said where it comes from", () => {
    for (let i = 0; i < 500; i += 1) {
      const all = layers();
      const { inForce, from } = resolve(all);
      for (const rule of POLICY_RULES) {
        const nearest = all.findLast(({ rules }) => rules[rule] !== undefined);
        expect(inForce[rule]).toBe(nearest?.rules[rule]);
        expect(from[rule]).toBe(nearest?.place);
      }
      expect(Object.keys(inForce).sort()).toEqual(Object.keys(from).sort());
    }
  });

  test("a layer that sets nothing changes nothing, and what is set and false is set", () => {
    for (let i = 0; i < 100; i += 1) {
      const all = layers();
      const at = below(all.length + 1);
      expect(resolve(all.toSpliced(at, 0, { place: 99, rules: {} }))).toEqual(resolve(all));
    }
    const [above, here] = [true, false].map((viewOnly, place) => ({ place, rules: { viewOnly } }));
    expect(resolve([above, here] as Layer<number>[])).toEqual({ inForce: { viewOnly: false }, from: { viewOnly: 1 } });
  });

  test("what an office PC is told is its part, by a name that only its content gives", async () => {
    expect((await agentPolicyOf({ hours: VALUES.hours[0] as WeekHours, wake: false })).rules).toEqual({});
    const one = await agentPolicyOf({ wake: true, kbps: 60, viewOnly: true });
    const other = await agentPolicyOf({ viewOnly: true, sessionHours: 3, kbps: 60 });
    expect(one).toEqual(other);
    expect(AgentPolicy.parse(one).rules).toEqual({ viewOnly: true, kbps: 60 });
    expect((await agentPolicyOf({ kbps: 61, viewOnly: true })).id).not.toBe(one.id);
  });
});

describe("from where", () => {
  const rules = (from?: readonly string[]): PolicyRules => ({
    places: [
      { name: "庁内", networks: ["10.1.0.0/16", "2001:db8:1::/48"] },
      { name: "会議室", networks: ["10.1.2.0/24"] },
      { name: "窓口", networks: ["192.0.2.7"] },
    ],
    ...(from && { from: [...from] }),
  });

  test.each([
    ["10.1.9.9", ["庁内"], true],
    ["10.2.0.1", ["庁内"], false],
    ["::ffff:10.1.9.9", ["庁内"], true],
    ["2001:db8:1:5::9", ["庁内"], true],
    ["2001:db8:1:5::/64", ["庁内"], true],
    ["2001:db8:2::1", ["庁内"], false],
    ["192.0.2.7", ["窓口"], true],
    ["192.0.2.8", ["窓口"], false],
    ["203.0.113.5", [ELSEWHERE], true],
    ["10.1.9.9", [ELSEWHERE], false],
    // one of several is enough
    ["10.1.2.3", ["会議室"], true],
    ["10.1.2.3", ["庁内"], true],
    ["10.1.2.3", ["窓口", ELSEWHERE], false],
    ["10.1.2.3", ["今はない名前"], false],
  ])("%s, where %j is allowed: %s", (address, from, allowed) => {
    expect(isPlaceAllowed(rules(from), address)).toBe(allowed);
    expect(isPlaceAllowed(rules(), address)).toBe(true);
  });

  test("names that nothing has are found", () => {
    expect(unknownPlaces(rules(["庁内", ELSEWHERE, "倉庫"]))).toEqual(["倉庫"]);
    expect(unknownPlaces({ from: [ELSEWHERE] })).toEqual([]);
  });
});

describe("hours", () => {
  const office: DayHours = { from: 8 * 60 + 30, to: 17 * 60 + 15 };
  const week: WeekHours = [office, office, office, office, office, null, null];
  // 2 November 2026 is a Monday
  const at = (day: number, hour: number, minute = 0): number => new Date(2026, 10, 1 + day, hour, minute).getTime();
  afterEach(() => vi.unstubAllEnvs());

  test("begin and end to the minute; the end is outside", () => {
    expect(hoursAt({ hours: week }, at(1, 8, 29))).toEqual({ open: false, next: at(1, 8, 30) });
    expect(hoursAt({ hours: week }, at(1, 8, 30))).toEqual({ open: true, until: at(1, 17, 15) });
    expect(hoursAt({ hours: week }, at(1, 17, 15) - 1)).toEqual({ open: true, until: at(1, 17, 15) });
    expect(hoursAt({ hours: week }, at(1, 17, 15))).toEqual({ open: false, next: at(2, 8, 30) });
  });

  test("after Friday comes Monday", () => {
    expect(hoursAt({ hours: week }, at(5, 18))).toEqual({ open: false, next: at(8, 8, 30) });
    expect(hoursAt({ hours: week }, at(6, 12))).toEqual({ open: false, next: at(8, 8, 30) });
    expect(hoursAt({ hours: week }, at(7, 23, 59))).toEqual({ open: false, next: at(8, 8, 30) });
  });

  test("that end at midnight go on when the next day begins with it", () => {
    const late: DayHours = { from: 22 * 60, to: 1_440 };
    const early: DayHours = { from: 0, to: 6 * 60 };
    expect(hoursAt({ hours: [late, early, null, null, null, null, null] }, at(1, 23))).toEqual({
      open: true,
      until: at(2, 6),
    });
    expect(hoursAt({ hours: [late, null, null, null, null, null, null] }, at(1, 23))).toEqual({
      open: true,
      until: at(2, 0),
    });
    // from Sunday to Monday too
    expect(hoursAt({ hours: [early, null, null, null, null, null, late] }, at(7, 23))).toEqual({
      open: true,
      until: at(8, 6),
    });
  });

  test("on one day only come again in a week; on none, never; all day every day have no end", () => {
    const monday: WeekHours = [office, null, null, null, null, null, null];
    expect(hoursAt({ hours: monday }, at(1, 17, 15))).toEqual({ open: false, next: at(8, 8, 30) });
    expect(hoursAt({ hours: Array(7).fill(null) }, at(1, 12))).toEqual({ open: false, next: undefined });
    const always: WeekHours = Array(7).fill({ from: 0, to: 1_440 });
    for (let hour = 0; hour < 24 * 7; hour += 5)
      expect(hoursAt({ hours: always }, at(1, hour))).toEqual({ open: true, until: undefined });
    const gap: WeekHours = always.with(0, office);
    expect(hoursAt({ hours: gap }, at(1, 12))).toEqual({ open: true, until: at(1, 17, 15) });
    expect(hoursAt({ hours: gap }, at(2, 12))).toEqual({ open: true, until: at(8, 0) });
    const late: WeekHours = always.with(0, { from: 600, to: 1_440 });
    expect(hoursAt({ hours: late }, at(1, 12))).toEqual({ open: true, until: at(8, 0) });
  });

  test("last until the end that was approved for today, where it is later: also when they were over, also past midnight", () => {
    const hours = { hours: week };
    expect(hoursAt(hours, at(1, 12), at(1, 20))).toEqual({ open: true, until: at(1, 20) });
    expect(hoursAt(hours, at(1, 18), at(1, 20))).toEqual({ open: true, until: at(1, 20) });
    expect(hoursAt(hours, at(1, 20), at(1, 20))).toEqual({ open: false, next: at(2, 8, 30) });
    expect(hoursAt(hours, at(1, 12), at(1, 16))).toEqual({ open: true, until: at(1, 17, 15) });
    expect(hoursAt(hours, at(1, 8), at(1, 20))).toEqual({ open: false, next: at(1, 8, 30) });
    expect(hoursAt(hours, at(1, 23), at(2, 1))).toEqual({ open: true, until: at(2, 1) });
    expect(hoursAt(hours, at(2, 0, 30), at(2, 1))).toEqual({ open: true, until: at(2, 1) });
    // into the hours of the next day, which it does not shorten
    expect(hoursAt(hours, at(1, 23), at(2, 8, 30))).toEqual({ open: true, until: at(2, 17, 15) });
  });

  test("are none on public holidays, where the calendar says so; an organisation's own days come before them", () => {
    // 3 November 2026 is 文化の日, 23 November 勤労感謝の日
    expect(hoursAt({ hours: week }, at(2, 12))).toEqual({ open: true, until: at(2, 17, 15) });
    const calendar: Calendar = { holidays: true, days: [] };
    expect(hoursAt({ hours: week, calendar }, at(2, 12))).toEqual({ open: false, next: at(3, 8, 30) });
    expect(hoursAt({ hours: week, calendar }, at(1, 12))).toEqual({ open: true, until: at(1, 17, 15) });
    expect(hoursAt({ hours: week, calendar: { ...calendar, holidays: false } }, at(2, 12)).open).toBe(true);
    const on = "2026-11-03";
    const moved = { ...calendar, days: [{ name: "法律が変わった", on, hours: "weekday" as const }] };
    expect(hoursAt({ hours: week, calendar: moved }, at(2, 12))).toEqual({ open: true, until: at(2, 17, 15) });
    const short = { ...calendar, days: [{ name: "臨時開庁", on, hours: { from: 540, to: 720 } }] };
    expect(hoursAt({ hours: week, calendar: short }, at(2, 10))).toEqual({ open: true, until: at(2, 12) });
    const sunday = { ...calendar, days: [{ name: "休日開庁", on: "11-08", hours: { from: 540, to: 720 } }] };
    expect(hoursAt({ hours: week, calendar: sunday }, at(7, 10))).toEqual({ open: true, until: at(7, 12) });
  });

  test("are all day where nothing but days off is decided", () => {
    const calendar: Calendar = { holidays: true, days: [] };
    expect(hoursAt({ calendar }, at(1, 12))).toEqual({ open: true, until: at(2, 0) });
    expect(hoursAt({ calendar }, at(2, 12))).toEqual({ open: false, next: at(3, 0) });
    expect(hoursAt({ calendar }, at(3, 12))).toEqual({ open: true, until: undefined }); // the next is not within a week
    expect(hoursAt({ calendar: { holidays: false, days: [] } }, at(2, 12))).toEqual({ open: true, until: undefined });
  });

  test("are none from the end of a year to the beginning of the next, and after it they are found again", () => {
    const days = [{ name: "年末年始", on: "12-29", to: "01-03", hours: null }];
    const rules = { hours: week, calendar: { holidays: true, days } };
    const newYear = (year: number, month: number, day: number, hour: number) =>
      new Date(year, month, day, hour).getTime();
    expect(hoursAt(rules, newYear(2026, 11, 28, 12)).open).toBe(true);
    for (const [year, month, day] of [
      [2026, 11, 29],
      [2026, 11, 31],
      [2027, 0, 1],
    ] as const)
      expect(hoursAt(rules, newYear(year, month, day, 12))).toEqual({
        open: false,
        next: newYear(2027, 0, 4, 8) + 30 * 60_000,
      });
    const once = {
      hours: week,
      calendar: { holidays: false, days: [{ ...days[0], on: "2026-11-02", to: "2026-11-03" }] },
    };
    expect(hoursAt(once as HourRules, at(1, 12))).toEqual({ open: false, next: at(3, 8, 30) });
    expect(
      PolicyRules.safeParse({ calendar: { holidays: true, days: [{ ...days[0], to: "2027-01-03" }] } }).success,
    ).toBe(false);
  });

  test("an approved end of another day, or on a day off, changes nothing", () => {
    const hours = { hours: week };
    expect(hoursAt(hours, at(2, 18), at(1, 20))).toEqual({ open: false, next: at(3, 8, 30) });
    expect(hoursAt(hours, at(2, 12), at(1, 20))).toEqual({ open: true, until: at(2, 17, 15) });
    expect(hoursAt(hours, at(1, 18), at(2, 20))).toEqual({ open: false, next: at(2, 8, 30) });
    expect(hoursAt(hours, at(6, 12), at(6, 20))).toEqual({ open: false, next: at(8, 8, 30) });
    expect(hoursAt(hours, at(7, 12), at(7, 20))).toEqual({ open: false, next: at(8, 8, 30) });
    expect(hoursAt({ hours: Array(7).fill(null) }, at(1, 12), at(1, 20))).toEqual({ open: false, next: undefined });
    expect(hoursAt({}, at(1, 12), at(1, 20))).toEqual({ open: true, until: undefined });
  });

  test("are those on the clock where a day has 23 or 25 hours", () => {
    vi.stubEnv("TZ", "Europe/Berlin");
    const daily: WeekHours = Array(7).fill(office);
    for (const [month, day] of [
      [2, 29],
      [9, 25],
    ] as const) {
      const local = (hour: number, minute = 0, more = 0) => new Date(2026, month, day + more, hour, minute).getTime();
      expect(hoursAt({ hours: daily }, local(7))).toEqual({ open: false, next: local(8, 30) });
      expect(hoursAt({ hours: daily }, local(12))).toEqual({ open: true, until: local(17, 15) });
      expect(hoursAt({ hours: daily }, local(18, 0, -1))).toEqual({ open: false, next: local(8, 30) });
    }
  });
});

describe("when a session ends", () => {
  const noon = new Date(2026, 10, 2, 12).getTime();
  const hours: WeekHours = Array(7).fill({ from: 480, to: 17 * 60 });

  test("is what comes first of hours and length", () => {
    const end = (rules: PolicyRules) => sessionEnd(rules, { since: noon, from: undefined }, noon);
    expect(end({})).toBeUndefined();
    expect(end({ hours })).toEqual({ at: noon + 5 * 3_600_000, by: "hours" });
    expect(end({ hours, sessionHours: 2 })).toEqual({ at: noon + 2 * 3_600_000, by: "session-hours" });
    expect(end({ hours, sessionHours: 9 })).toEqual({ at: noon + 5 * 3_600_000, by: "hours" });
    expect(end({ hours: Array(7).fill({ from: 0, to: 1_440 }) })).toBeUndefined();
  });

  test("is the grace after hours for one that began within them, also when it comes back; none begins then", async () => {
    const rules: PolicyRules = { hours, endNotices: { firstMin: 90, everyMin: 30, lastMin: 10, graceMin: 30 } };
    const five = noon + 5 * 3_600_000;
    const end = { at: five + 30 * 60_000, by: "hours" };
    const began = { since: noon, from: undefined };
    expect(sessionEnd(rules, began, noon)).toEqual(end);
    expect(sessionEnd(rules, began, five + 60_000)).toEqual(end);
    expect(whySessionEnds(rules, began, five + 29 * 60_000)).toBeUndefined();
    expect(whySessionEnds(rules, began, five + 30 * 60_000)).toBe("hours-over");
    const refusal = async (since: number, now: number) =>
      (await answerOf(rules, { since, from: undefined }, now)).refusal;
    expect(await refusal(noon, five + 60_000)).toBeUndefined();
    expect((await refusal(five + 60_000, five + 60_000))?.kind).toBe("hours");
    expect((await refusal(five, five))?.kind).toBe("hours");
    expect((await refusal(noon, five + 30 * 60_000))?.kind).toBe("hours");
    // an order puts it off, the grace with it
    const ordered = { ...began, extendedUntil: five + 3_600_000 };
    expect(sessionEnd(rules, ordered, five + 60_000)).toEqual({ at: five + 90 * 60_000, by: "hours" });
  });

  test("is now where it is outside its hours, too long, or in a place that is not allowed", () => {
    const why = (rules: PolicyRules, from?: string, later = 0) =>
      whySessionEnds(rules, { since: noon, from }, noon + later);
    expect(why({ hours, sessionHours: 3 })).toBeUndefined();
    expect(why({ hours }, undefined, 5 * 3_600_000)).toBe("hours-over");
    expect(why({ sessionHours: 1 }, undefined, 3_600_000)).toBe("session-too-long");
    expect(why({ from: ["庁内"] }, "203.0.113.5")).toBe("place-not-allowed");
    // where it is now is not known while its page is away
    expect(why({ from: ["庁内"] })).toBeUndefined();
  });
});

test("every rule has values here that its schema takes", () => {
  for (const rule of POLICY_RULES)
    for (const value of VALUES[rule]) expect(PolicyRules.safeParse({ [rule]: value }).success, rule).toBe(true);
});
