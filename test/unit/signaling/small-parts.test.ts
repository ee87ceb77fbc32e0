import { expect, test } from "vitest";
import { Budget } from "../../../signaling/budget.ts";
import { ClockWatch, timeZoneProblem } from "../../../signaling/clock-watch.ts";
import { slices } from "../../../signaling/slices.ts";

test("a budget gives its burst, then so much a minute, to each its own, and forgets who spent nothing lately", () => {
  const budget = new Budget<string>({ burst: 3, perMinute: 1 });
  const taken = (key: string, now: number) => budget.take(key, now);
  expect([0, 0, 0, 0].map((now) => taken("a", now))).toEqual([true, true, true, false]);
  expect(taken("b", 0)).toBe(true);
  expect([59_000, 60_000, 60_000].map((now) => taken("a", now))).toEqual([false, true, false]);
  expect(taken("a", 0)).toBe(false); // a clock that goes back gives nothing
  budget.tick(60_000);
  expect(budget.size).toBe(1);
  budget.tick(60_000 * 10);
  expect(budget.size).toBe(0);
});

test("a clock that jumps is noticed once, in which direction ever; one that is slewed is not", () => {
  let wall = 1_000_000;
  let monotonic = 0;
  const watch = new ClockWatch({ wall: () => wall, monotonic: () => monotonic });
  const after = (elapsed: number, wallElapsed: number) => {
    monotonic += elapsed;
    wall += wallElapsed;
    return watch.look();
  };
  expect(after(1_000, 1_000.5)).toBeUndefined();
  expect(after(1_000, 3_601_000)).toBe(3_600_000);
  expect(after(1_000, 1_000)).toBeUndefined();
  expect(after(1_000, -3_599_000)).toBe(-3_600_000);
  for (let i = 0; i < 10_000; i += 1) expect(after(1_000, 1_000.5)).toBeUndefined();
  expect(watch.jumps).toBe(2);
});

test("slices are the whole, in order, none larger than asked for", () => {
  expect([...slices([1, 2, 3, 4, 5], 2)]).toEqual([[1, 2], [3, 4], [5]]);
  expect([...slices([])]).toEqual([]);
});

test.each([
  ["Asia/Tokyo", undefined],
  ["Asia/Seoul", undefined],
  ["UTC", /counted in UTC, 0 min from UTC: set TZ=Asia\/Tokyo/],
  ["America/New_York", /America\/New_York/],
])("a server whose zone is %s", (zone, problem) => {
  const before = process.env["TZ"];
  try {
    process.env["TZ"] = zone;
    const found = timeZoneProblem(Date.UTC(2026, 10, 30));
    if (problem) expect(found).toMatch(problem);
    else expect(found).toBeUndefined();
  } finally {
    if (before === undefined) delete process.env["TZ"];
    else process.env["TZ"] = before;
  }
});
