import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { OfficeState } from "../../agent/desktop/reports.ts";
import { imeModeOf } from "../../agent/screen/office/ime-mode.ts";
import { Office } from "../../agent/screen/office/office.ts";
import type { ImeMode } from "../../signaling/protocol/ime-modes.ts";

/** An office PC whose clock is vitest's. */
function twin() {
  const state = { ime: "off" as ImeMode | undefined, lastInputAt: -60_000, asked: 0, awake: [] as boolean[] };
  const told: OfficeState[] = [];
  const now = () => Date.now();
  const system = {
    imeMode: () => {
      state.asked++;
      return state.ime;
    },
    idleMs: () => now() - state.lastInputAt,
    keepAwake: (awake: boolean) => state.awake.push(awake),
  };
  return { state, told, open: () => new Office(system, (said) => told.push(said), { now }) };
}

describe("the office PC beside its picture", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("it is kept awake while it is watched", () => {
    const { state, open } = twin();
    const office = open();
    expect(state.awake).toEqual([true]);
    office.close();
    office.close();
    expect(state.awake).toEqual([true, false]);
  });

  test("how the input method is set is told at start and when it changes, quiet at the end", () => {
    const { state, told, open } = twin();
    const office = open();
    office.injected();
    vi.advanceTimersByTime(1000);
    state.ime = "hiragana";
    vi.advanceTimersByTime(1000);
    office.close();
    expect(told.map(({ ime }) => ime)).toEqual(["off", "hiragana", "unknown"]);
  });

  test("a program that does not answer leaves the input method as it was", () => {
    const { state, told, open } = twin();
    state.ime = undefined;
    const office = open();
    for (const ime of ["katakana", undefined, "off"] as const) {
      state.ime = ime;
      office.injected();
      vi.advanceTimersByTime(1000);
    }
    office.close();
    expect(told.map(({ ime }) => ime)).toEqual(["unknown", "katakana", "off", "unknown"]);
  });

  test("the input method is asked four times a second after input, and not at all without", () => {
    const { state, open } = twin();
    const office = open();
    vi.advanceTimersByTime(60_000);
    state.asked = 0;
    vi.advanceTimersByTime(60_000);
    expect(state.asked).toBe(0);
    office.injected();
    vi.advanceTimersByTime(1000);
    expect(state.asked).toBe(4);
    office.close();
  });

  test("input of ours is nobody else's, however the system rounds its time", () => {
    const { state, told, open } = twin();
    const office = open();
    for (let turn = 0; turn < 100; turn++) {
      office.injected();
      state.lastInputAt = Date.now() + 16;
      vi.advanceTimersByTime(333);
    }
    vi.advanceTimersByTime(5000);
    expect(told.some(({ operated }) => operated)).toBe(false);
    office.close();
  });

  test("somebody else's is told, and that it ended ten seconds later", () => {
    const { state, told, open } = twin();
    const office = open();
    office.injected();
    vi.advanceTimersByTime(3000);
    state.lastInputAt = Date.now();
    vi.advanceTimersByTime(1000);
    expect(told.at(-1)?.operated).toBe(true);
    vi.advanceTimersByTime(8000);
    expect(told.at(-1)?.operated).toBe(true);
    vi.advanceTimersByTime(2000);
    expect(told.map(({ operated }) => operated)).toEqual([false, true, false]);
    office.close();
  });

  test("what was done at the office before the session is not told", () => {
    const { state, told, open } = twin();
    state.lastInputAt = Date.now() - 100;
    const office = open();
    vi.advanceTimersByTime(3000);
    expect(told.map(({ operated }) => operated)).toEqual([false]);
    office.close();
  });

  test("that input is refused is told at once; after the end nothing is", () => {
    const { told, open } = twin();
    const office = open();
    office.refusesInput(true);
    expect(told.at(-1)?.refusesInput).toBe(true);
    office.close();
    office.refusesInput(true);
    office.injected();
    vi.advanceTimersByTime(60_000);
    expect(told.map(({ refusesInput }) => refusesInput)).toEqual([false, true, false]);
  });
});

// imm.h: IME_CMODE_NATIVE 1, _KATAKANA 2, _FULLSHAPE 8, _ROMAN 16; what Microsoft's IME has for its five modes
test.each([
  ["none", "unknown"],
  [{ isOpen: false, conversion: 0 }, "off"],
  [{ isOpen: false, conversion: 0x19 }, "off"],
  [{ isOpen: true, conversion: 0x19 }, "hiragana"],
  [{ isOpen: true, conversion: 0x09 }, "hiragana"],
  [{ isOpen: true, conversion: 0x1b }, "katakana"],
  [{ isOpen: true, conversion: 0x13 }, "katakana-half"],
  [{ isOpen: true, conversion: 0x18 }, "latin-full"],
  [{ isOpen: true, conversion: 0x10 }, "off"],
] as const)("an input method that says %o is set to %s", (status, mode) => expect(imeModeOf(status)).toBe(mode));
