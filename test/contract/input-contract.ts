/** What every way of input promises: one suite, run on each adapter, watched from outside. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { InputEvent } from "../../agent/desktop/commands.ts";
import type { Injector } from "../../agent/screen/input/injector.ts";
import { KEY_CODES, type PhysicalKey } from "../../signaling/protocol/keys.ts";

/** What can be seen from outside; each answer is true when everything injected before has arrived. */
export interface Witness {
  heldKeys(): PhysicalKey[];
  /** One bit each: 1 left, 2 middle, 4 right. */
  heldButtons(): number;
  pointer(): { x: number; y: number };
}

export interface Subject {
  readonly injector: Injector;
  readonly witness: Witness;
  /** The screen's, in pixels; larger than 123 × 456. */
  readonly size: { readonly width: number; readonly height: number };
}

export const key = (code: PhysicalKey, down: boolean): InputEvent => ({ type: "key", code, down });
export const button = (number: number, down: boolean): InputEvent => ({ type: "button", button: number, down });

/** This process was away from its work for that long: whatever a timer should have done meanwhile may not be asked for. */
const STALL_MS = 50;

/** A desktop serves each program in its own time. */
export const seen = <T>(look: () => T): ReturnType<typeof expect.poll> =>
  expect.poll(look, { interval: 1, timeout: 10_000 });

/** Holds a key until this is so, looked for again and again. Returns how long it was held, and how much of it this process stood still. */
export async function holdKey(
  injector: Injector,
  code: PhysicalKey,
  isEnough: (heldMs: number) => boolean,
): Promise<{ heldMs: number; stalledMs: number }> {
  const from = performance.now();
  let [stalledMs, last] = [0, from];
  injector.inject(key(code, true));
  await seen(() => {
    const now = performance.now();
    if (now - last > STALL_MS) stalledMs += now - last;
    last = now;
    return isEnough(now - from);
  }).toBe(true);
  injector.inject(key(code, false));
  return { heldMs: performance.now() - from, stalledMs };
}

export function inputContract(name: string, open: () => Promise<Subject>) {
  describe(`input: ${name}`, () => {
    let injector: Injector;
    let witness: Witness;
    let size: Subject["size"];
    beforeEach(async () => {
      ({ injector, witness, size } = await open());
    });
    afterEach(() => injector.close());

    test("every key of the table goes down and up", async () => {
      for (const code of KEY_CODES) {
        injector.inject(key(code, true));
        await seen(() => witness.heldKeys()).toEqual([code]);
        injector.inject(key(code, false));
        await seen(() => witness.heldKeys()).toEqual([]);
      }
    });

    test("buttons go down and up", async () => {
      for (const [number, bit] of [
        [0, 1],
        [1, 2],
        [2, 4],
      ] as const) {
        injector.inject(button(number, true));
        await seen(() => witness.heldButtons()).toBe(bit);
        injector.inject(button(number, false));
        await seen(() => witness.heldButtons()).toBe(0);
      }
    });

    test("the pointer goes where it is sent, and no farther than the screen", async () => {
      for (const [x, y, toX, toY] of [
        [123, 456, 123, 456],
        [-50, 10, 0, 10],
        [30_000, 30_000, size.width - 1, size.height - 1],
      ] as const) {
        injector.inject({ type: "move", x, y });
        await seen(() => witness.pointer()).toEqual({ x: toX, y: toY });
      }
    });

    test("everything held is released at once", async () => {
      for (const event of [key("ControlLeft", true), key("KeyC", true), button(0, true)]) injector.inject(event);
      await seen(() => witness.heldKeys().length).toBe(2);
      injector.releaseAll();
      await seen(() => [witness.heldKeys(), witness.heldButtons()]).toEqual([[], 0]);
    });

    test("closing releases everything; afterwards nothing is injected", async () => {
      injector.inject(key("ShiftRight", true));
      await seen(() => witness.heldKeys()).toEqual(["ShiftRight"]);
      await injector.close();
      await injector.close();
      await seen(() => witness.heldKeys()).toEqual([]);
      injector.inject(key("KeyA", true));
      expect(witness.heldKeys()).toEqual([]);
    });
  });
}
