import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { KeyRepeat, type RepeatRate, repeatRate } from "../../agent/screen/input/repeat.ts";
import { KEY_CODES, type PhysicalKey } from "../../signaling/protocol/keys.ts";

describe("the rate of repetition", () => {
  test("is what the control panel says", () => {
    expect(repeatRate({ delay: 0, speed: 31 })).toEqual({ delayMs: 250, periodMs: 1000 / 30 });
    expect(repeatRate({ delay: 3, speed: 0 })).toEqual({ delayMs: 1000, periodMs: 400 });
  });

  test.each([
    [undefined],
    [{ delay: 4, speed: 32 }],
    [{ delay: -1, speed: 0.5 }],
    [{ delay: 4_294_967_295, speed: Number.NaN }],
  ])("is Windows' default when it says %o", (settings) => {
    expect(repeatRate(settings)).toEqual({ delayMs: 500, periodMs: 1000 / 30 });
  });
});

describe("a held key", () => {
  let rate: RepeatRate = { delayMs: 500, periodMs: 50 };
  let typed: PhysicalKey[];
  let repeat: KeyRepeat;
  /** What the timer does not know of: the process did not run. */
  let stoodStillMs: number;
  beforeEach(() => {
    vi.useFakeTimers();
    rate = { delayMs: 500, periodMs: 50 };
    typed = [];
    stoodStillMs = 0;
    repeat = new KeyRepeat({
      rate: () => rate,
      again: (code) => typed.push(code),
      now: () => performance.now() + stoodStillMs,
    });
  });
  afterEach(() => void vi.useRealTimers());

  test("waits for the delay, then comes once a period", () => {
    repeat.press("ArrowLeft");
    vi.advanceTimersByTime(499);
    expect(typed).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(typed).toEqual(["ArrowLeft"]);
    vi.advanceTimersByTime(500);
    expect(typed.length).toBe(11);
  });

  test("keeps its rate when the timer's steps are longer than the period", () => {
    rate = { delayMs: 500, periodMs: 1000 / 30 };
    repeat.press("Backspace");
    vi.advanceTimersByTime(500 + 1000);
    expect(typed.length).toBe(31);
  });

  test("does not make up for a pause of the whole process", () => {
    repeat.press("Backspace");
    vi.advanceTimersByTime(500);
    stoodStillMs = 20_000;
    vi.advanceTimersByTime(50);
    expect(typed.length).toBe(1 + 3);
    vi.advanceTimersByTime(50);
    expect(typed.length).toBe(1 + 4);
  });

  test("gives way to a newer one, and does not come back when that is released", () => {
    repeat.press("KeyA");
    vi.advanceTimersByTime(400);
    repeat.press("KeyB");
    vi.advanceTimersByTime(500);
    expect(typed).toEqual(["KeyB"]);
    repeat.release("KeyB");
    vi.advanceTimersByTime(5000);
    expect(typed).toEqual(["KeyB"]);
  });

  test("goes on when another one is released, and ends with its own release", () => {
    repeat.press("KeyA");
    repeat.press("KeyB");
    repeat.release("KeyA");
    vi.advanceTimersByTime(500);
    expect(typed).toEqual(["KeyB"]);
    repeat.release("KeyB");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("that stops itself while it repeats is not asked again", () => {
    const once = new KeyRepeat({ rate: () => rate, again: (code) => typed.push(code) && once.stop() });
    once.press("KeyA");
    vi.advanceTimersByTime(5000);
    expect(typed).toEqual(["KeyA"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is no modifier, no lock, and none that changes the input method", () => {
    const still = KEY_CODES.filter((code) => {
      typed = [];
      repeat.press(code);
      vi.advanceTimersByTime(1000);
      return typed.length === 0;
    });
    expect(still).toEqual([
      ...["CapsLock", "ShiftLeft", "ShiftRight", "ControlLeft", "ControlRight", "AltLeft", "AltRight", "MetaLeft"],
      ...["MetaRight", "ContextMenu", "Convert", "NonConvert", "KanaMode", "Lang1", "Lang2", "NumLock", "PrintScreen"],
      ...["ScrollLock", "Pause"],
    ]);
  });

  test("stops", () => {
    repeat.press("KeyA");
    repeat.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
