import { describe, expect, test } from "vitest";
import { Held } from "../../agent/screen/input/held.ts";

const key = (code: "KeyA" | "ShiftLeft" | "ControlLeft", down: boolean) => ({ type: "key", code, down }) as const;
const button = (number: number, down: boolean) => ({ type: "button", button: number, down }) as const;

describe("held keys and buttons", () => {
  test("a press counts once", () => {
    const held = new Held();
    expect([held.apply(key("KeyA", true)), held.apply(key("KeyA", true))]).toEqual([true, false]);
  });

  test("a release of what is not held is dropped", () => {
    const held = new Held();
    expect([held.apply(key("KeyA", false)), held.apply(button(0, false))]).toEqual([false, false]);
  });

  test("everything held is released once, keys newest first", () => {
    const held = new Held();
    for (const press of [key("ControlLeft", true), key("ShiftLeft", true), key("KeyA", true), button(2, true)])
      held.apply(press);
    held.apply(key("ShiftLeft", false));
    expect(held.releaseAll()).toEqual([key("KeyA", false), key("ControlLeft", false), button(2, false)]);
    expect(held.releaseAll()).toEqual([]);
    expect(held.apply(key("KeyA", true))).toBe(true);
  });
});
