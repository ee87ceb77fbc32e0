import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LockDemand } from "../../agent/protection/lock-demand.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function person() {
  const demanded: string[] = [];
  let isAway = false;
  const lock = new LockDemand({ lockOn: "interrupted", demand: async (cause) => void demanded.push(cause) });
  return {
    demanded,
    lock,
    comes: () => {
      isAway = false;
      lock.live();
    },
    isCutOff: () => {
      isAway = true;
      lock.interrupted(() => isAway);
    },
  };
}

test("an interruption of three seconds locks the PC, and several shorter ones do not", () => {
  const { demanded, comes, isCutOff } = person();
  comes();
  for (let i = 0; i < 5; i++) {
    isCutOff();
    vi.advanceTimersByTime(2_000);
    comes();
    vi.advanceTimersByTime(500);
  }
  expect(demanded).toEqual([]);
  isCutOff();
  vi.advanceTimersByTime(3_000);
  expect(demanded).toEqual(["interrupted"]);
});

test("goes by the rule that holds at the end", async () => {
  const { demanded, lock, comes } = person();
  comes();
  lock.lockOn = "end";
  await lock.ended("viewer-left");
  expect(demanded).toEqual(["ended"]);
});

test("an end that the clock gave locks the PC of whoever was cut off by it", async () => {
  for (const reason of ["hours-over", "session-too-long"] as const) {
    const { demanded, lock, comes } = person();
    comes();
    await lock.ended(reason);
    expect(demanded).toEqual(["ended"]);
  }
});

test("the end decides at once, and nothing is left to wait for", async () => {
  const { demanded, lock, comes, isCutOff } = person();
  comes();
  isCutOff();
  await lock.ended("viewer-left");
  expect(vi.getTimerCount()).toBe(0);
  expect(demanded).toEqual([]);
});
