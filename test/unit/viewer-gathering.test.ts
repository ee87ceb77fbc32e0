import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Gathering } from "../../viewer/session/gathering.ts";

let stalled: number;
let gathering: Gathering;
beforeEach(() => {
  vi.useFakeTimers();
  stalled = 0;
  gathering = new Gathering(() => {
    stalled += 1;
  });
});
afterEach(() => void vi.useRealTimers());

test("no candidate at all: the browser looks for no way", () => {
  gathering.begun();
  vi.advanceTimersByTime(60_000);
  expect(stalled).toBe(1);
});

test.each([
  ["one came", () => gathering.found()],
  ["the attempt is over", () => gathering.close()],
])("nothing is said when %s", (_, happens) => {
  gathering.begun();
  vi.advanceTimersByTime(1_000);
  happens();
  vi.advanceTimersByTime(60_000);
  expect(stalled).toBe(0);
});

test("a candidate that came before the answer counts", () => {
  gathering.found();
  gathering.begun();
  vi.advanceTimersByTime(60_000);
  expect(stalled).toBe(0);
});
