import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type CoverMode, UNPROTECTED } from "../../agent/desktop/commands.ts";
import { DesktopFailure } from "../../agent/desktop/problem.ts";
import type { CoverState } from "../../agent/desktop/reports.ts";
import type { CoverHandlers } from "../../agent/screen/cover/cover.ts";
import { Covering } from "../../agent/screen/cover/covering.ts";

let said: CoverState[];
let changes: boolean[];
let opened: number;
let closed: number;
let handlers: CoverHandlers | undefined;
/** What the cover finds when it looks; an Error: it cannot be opened. */
let finding: string | Error | undefined;
let closing: Error | undefined;
let covering: Covering;

beforeEach(() => {
  vi.useFakeTimers();
  [said, changes, opened, closed, finding, handlers] = [[], [], 0, 0, undefined, undefined];
  covering = new Covering(
    async (_words, given) => {
      if (finding instanceof Error) throw finding;
      opened += 1;
      handlers = given;
      const close = async () => {
        if (closing) throw closing;
        closed += 1;
      };
      return { verify: async () => finding as string | undefined, close };
    },
    { changed: () => changes.push(covering.allows), covered: (state) => said.push(state) },
  );
});
afterEach(async () => {
  await covering.close();
  vi.useRealTimers();
});

const set = (cover: CoverMode, words = "") => covering.set({ cover, words, lockWhenAlone: false });
const HOURS = 3_600_000;

test("a cover that cannot be taken away does not keep the next one from being put up", async () => {
  await set("when-possible");
  closing = new Error("stuck");
  await expect(covering.set(UNPROTECTED)).rejects.toThrow("stuck");
  closing = undefined;
  await set("required");
  expect(covering.allows).toBe(true);
});

test("what fails while nobody waits is said, and tried again", async () => {
  await set("when-possible");
  closing = new DesktopFailure("no-cover", "stuck");
  finding = "Another window lies above it.";
  await vi.advanceTimersByTimeAsync(1_000); // a rejection that nobody hears would end this test
  expect(said.at(-1)).toEqual({ ok: false, reason: "stuck" });
  [closing, finding] = [undefined, undefined];
  await vi.advanceTimersByTimeAsync(60_000);
  expect(said.at(-1)).toEqual({ ok: true, reason: "" });
});

test("so does a word of the system that leads to it", async () => {
  await set("when-possible");
  closing = new DesktopFailure("no-cover", "stuck");
  finding = "A monitor was added.";
  handlers?.changed();
  await vi.advanceTimersByTimeAsync(0);
  expect(said.at(-1)).toEqual({ ok: false, reason: "stuck" });
  closing = undefined;
});

test("a required cover after one that cannot be taken away is tried, and allows nothing before it holds", async () => {
  await set("when-possible");
  closing = new Error("stuck");
  finding = "no ramp";
  await expect(set("required", "鈴木")).rejects.toThrow("stuck");
  expect(covering.allows).toBe(false);
  [closing, finding] = [undefined, undefined];
  await vi.advanceTimersByTimeAsync(1_000);
  expect(covering.allows).toBe(true);
});

describe("a required cover", () => {
  test("allows pictures when it is verified, and not before", async () => {
    const done = set("required");
    await vi.advanceTimersByTimeAsync(0);
    await done;
    expect([covering.allows, said]).toEqual([true, [{ ok: true, reason: "" }]]);
    expect(changes).toEqual([false, true]);
  });

  test("allows none while it cannot be put up, and says why after some tries, once", async () => {
    finding = new DesktopFailure("no-cover", "no ramp");
    await set("required");
    expect([covering.allows, said]).toEqual([false, []]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(said).toEqual([{ ok: false, reason: "no ramp" }]);
    await vi.advanceTimersByTimeAsync(HOURS);
    expect(covering.allows).toBe(false);
    expect(said).toHaveLength(1);
  });

  test("that slips is looked at again and again, allows nothing meanwhile, and holds again", async () => {
    await set("required");
    finding = "another window";
    await vi.advanceTimersByTimeAsync(250);
    expect(covering.allows).toBe(false);
    finding = undefined;
    await vi.advanceTimersByTimeAsync(300);
    expect(covering.allows).toBe(true);
    expect(changes).toEqual([false, true, false, true]);
    expect(said).toHaveLength(1); // it was back before anybody had to be told
  });

  test("is verified at once when the monitors change", async () => {
    await set("required");
    finding = "a new monitor is bright";
    handlers?.changed();
    await vi.advanceTimersByTimeAsync(0);
    expect(covering.allows).toBe(false);
  });

  test("holds through the next attempt of the session without being taken away", async () => {
    await set("required", "田中");
    await set("required", "田中");
    expect([opened, closed]).toEqual([1, 0]);
    await set("required", "鈴木");
    expect([opened, closed]).toEqual([2, 1]);
  });
});

test("a cover that is only wished for never stands in the way, but is told of", async () => {
  finding = "no ramp";
  await set("when-possible");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(covering.allows).toBe(true);
  expect(said).toEqual([{ ok: false, reason: "no ramp" }]);
  finding = undefined;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(said.at(-1)).toEqual({ ok: true, reason: "" });
  expect(changes).toEqual([]);
});

test("one that holds stays when it is wished for more or less, and the office never sees what it covers", async () => {
  await set("when-possible");
  await set("required");
  await set("when-possible");
  expect([opened, closed, changes]).toEqual([1, 0, []]);
  finding = "a window lies over it";
  await set("required");
  expect(covering.allows).toBe(false);
});

test("a wish that becomes weaker lets pictures through at once", async () => {
  finding = "no ramp";
  await set("required");
  await set("when-possible");
  expect(changes).toEqual([false, true]);
});

test("without a wish the monitors are given back, and nothing is looked at any more", async () => {
  await set("required");
  await covering.set(UNPROTECTED);
  expect([opened, closed, covering.allows]).toEqual([1, 1, true]);
  finding = "must not be asked";
  await vi.advanceTimersByTimeAsync(HOURS);
  expect(said).toHaveLength(1);
});
