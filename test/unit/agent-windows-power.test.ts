/** Switching off through Windows, with functions that stand in for its own: nobody's work is cut off by it. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { windowsPower } from "../../agent/screen/power/windows.ts";

describe("a Windows PC that goes off", () => {
  let others: boolean;
  let calls: string[];
  const open = () =>
    windowsPower({
      initiateShutdown: () => void calls.push("initiate"),
      abortShutdown: () => void calls.push("abort"),
      hasOtherUsers: () => others,
      failed: (why) => void calls.push(why),
    });
  beforeEach(() => {
    vi.useFakeTimers();
    others = false;
    calls = [];
  });
  afterEach(() => vi.useRealTimers());

  test("does not begin to while somebody else is signed in", async () => {
    others = true;
    expect(await open().off(60, "")).toContain("somebody else");
    expect(calls).toEqual([]);
  });

  test("stays on when somebody else signs in from its lock screen meanwhile", async () => {
    expect(await open().off(60, "")).toBeUndefined();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(calls).toEqual(["initiate"]);
    others = true;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(calls).toEqual(["initiate", "abort", "somebody else is signed in to this PC"]);
  });

  test("is taken back by the successor of a process that died meanwhile: Windows counts on without it", async () => {
    await open().off(60, "");
    open().stayOn();
    expect(calls).toEqual(["initiate", "abort"]);
  });

  test("is not taken back by who asks for it first: somebody else may have begun one", async () => {
    const power = open();
    await power.off(60, "");
    expect(calls).toEqual(["initiate"]);
    await power.off(60, "");
    expect(calls).toEqual(["initiate", "abort", "initiate"]);
  });
});
