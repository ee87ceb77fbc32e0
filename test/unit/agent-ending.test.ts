import { describe, expect, test } from "vitest";
import { Ending, marksOf } from "../../agent/session/ending.ts";
import { Term } from "../../agent/session/term.ts";
import { type EndNotices, PolicyId } from "../../signaling/protocol/policy.ts";

const MIN = 60_000;
const id = PolicyId.parse("A".repeat(22));

describe("the end that the clock gives a session", () => {
  const ending = (endsInMs: number | undefined, endsBy: "hours" | "session-hours" = "hours", notices?: EndNotices) => {
    const one = new Ending();
    one.follow({ id, endsInMs, endsBy }, notices, 1_000);
    return one;
  };

  test("comes so long after it was said, by this PC's own counting", () => {
    const one = ending(8 * 60 * MIN);
    expect([one.over(1_000), one.over(1_000 + 8 * 60 * MIN - 1), one.over(1_000 + 8 * 60 * MIN)]).toEqual([
      undefined,
      undefined,
      "hours-over",
    ]);
    expect(ending(0, "session-hours").over(1_000)).toBe("session-too-long");
  });

  test("is told from 15, 5 and 1 minutes before", () => {
    const one = ending(20 * MIN);
    const marks = [0, 5 * MIN - 1, 5 * MIN, 15 * MIN, 19 * MIN, 20 * MIN, 30 * MIN].map((ms) => one.near(1_000 + ms));
    expect(marks.map((near) => near && [near.mark / MIN, near.leftMs / MIN])).toEqual([
      undefined,
      undefined,
      [15, 15],
      [5, 5],
      [1, 1],
      [1, 0],
      [1, 0],
    ]);
  });

  const neyagawa: EndNotices = { firstMin: 90, everyMin: 30, lastMin: 10, graceMin: 30 };

  test("of hours is told as the policy has it: from so long before them, again and again, and each minute at last", () => {
    // hours end at 17:30: told at 16:00, 16:30, 17:00, 17:30, from 17:50 each minute; off at 18:00
    expect(marksOf(neyagawa).map((ms) => ms / MIN)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30, 60, 90, 120]);
    const one = ending(121 * MIN, "hours", neyagawa);
    expect(one.near(1_000)).toBeUndefined();
    const marks = [1, 30, 31, 112, 121].map((minute) => one.near(1_000 + minute * MIN)?.mark);
    expect(marks.map((mark) => mark && mark / MIN)).toEqual([120, 120, 90, 9, 1]);
    // not a mark twice, and none that the minutes have already
    expect(marksOf({ firstMin: 5, everyMin: 5, lastMin: 5, graceMin: 0 }).map((ms) => ms / MIN)).toEqual([
      1, 2, 3, 4, 5,
    ]);
  });

  test("of a session's longest time is told as ever", () => {
    expect(ending(20 * MIN, "session-hours", neyagawa).near(1_000)).toBeUndefined();
  });

  test("is another one, or none, once the server says so", () => {
    const one = ending(MIN);
    one.follow({ id, endsInMs: 60 * MIN, endsBy: "session-hours" }, undefined, 1_000);
    expect([one.near(1_000), one.over(1_000 + MIN)]).toEqual([undefined, undefined]);
    one.follow({ id }, undefined, 1_000);
    expect([one.near(1_000 + 60 * MIN), one.over(1_000 + 60 * MIN)]).toEqual([undefined, undefined]);
  });
});

test("a session that is used all the time ends all the same when its time is over", () => {
  const rules = { idle: { endMs: 15 * MIN, warnMs: MIN }, endNotices: undefined };
  const term = new Term(rules, { id, endsInMs: 60 * MIN, endsBy: "session-hours" }, 0);
  term.live(0);
  for (let now = 0; now < 60 * MIN; now += MIN) {
    term.input(now);
    expect(term.over(now)).toBeUndefined();
  }
  expect(term.over(60 * MIN)).toBe("session-too-long");
});

test("one that nobody uses ends before that, for want of input", () => {
  const rules = { idle: { endMs: 15 * MIN, warnMs: MIN }, endNotices: undefined };
  const term = new Term(rules, undefined, 0);
  term.follow({ ...rules, idle: { endMs: 5 * MIN, warnMs: MIN } }, { id, endsInMs: 60 * MIN, endsBy: "hours" }, 0);
  expect(term.over(10 * MIN)).toBeUndefined(); // nothing is shown yet
  term.live(10 * MIN);
  expect([term.over(15 * MIN - 1), term.over(15 * MIN)]).toEqual([undefined, "idle"]);
});
