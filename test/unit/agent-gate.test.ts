import { beforeEach, describe, expect, test } from "vitest";
import { Gate } from "../../agent/session/gate.ts";

let gate: Gate;
let seq: number;

beforeEach(() => {
  gate = new Gate({ control: true });
  gate.screen = { width: 100, height: 50 };
  seq = 0;
});

const control = (message: object, now = 0) => gate.control(JSON.stringify({ seq: ++seq, ...message }), now);
const key = (down: boolean, code = "KeyA") => ({ type: "key", code, down });

describe("the gate", () => {
  test("lets a key through and knows that it is held", () => {
    expect(control(key(true))).toEqual({ kind: "inject", events: [{ type: "key", code: "KeyA", down: true }] });
    expect(gate.holdsSomething).toBe(true);
    control(key(false));
    expect(gate.holdsSomething).toBe(false);
  });

  test("moves a position outside the screen to its edge", () => {
    const moved = gate.pointer(JSON.stringify({ type: "move", seq: 1, x: 5_000, y: -3 }), 0);
    expect(moved).toEqual({ kind: "inject", events: [{ type: "move", x: 99, y: 0 }] });
  });

  test("lets no position through before the size of the screen is known", () => {
    const blind = new Gate({ control: true });
    expect(blind.pointer('{"type":"move","seq":1,"x":1,"y":1}', 0)).toEqual({ kind: "ignore" });
  });

  test("drops what is repeated or late, on each channel by itself", () => {
    const first = JSON.stringify({ seq: 5, ...key(true) });
    expect(gate.control(first, 0).kind).toBe("inject");
    expect(gate.control(first, 0)).toEqual({ kind: "ignore" });
    expect(gate.control(JSON.stringify({ seq: 4, ...key(false) }), 0)).toEqual({ kind: "ignore" });
    expect(gate.pointer('{"type":"move","seq":1,"x":1,"y":1}', 0).kind).toBe("inject");
  });

  test.each([
    ["no JSON", "{"],
    ["an unknown type", '{"type":"clipboard","seq":1}'],
    ["an unknown key", '{"type":"key","seq":1,"code":"Power","down":true}'],
    ["an extra field", '{"type":"key","seq":1,"code":"KeyA","down":true,"also":1}'],
    ["a sequence that is no whole number", '{"type":"key","seq":0.5,"code":"KeyA","down":true}'],
    ["text that is too long", JSON.stringify({ type: "text", seq: 1, text: "x".repeat(257) })],
  ])("refuses %s", (_, text) => {
    expect(gate.control(text, 0)).toMatchObject({ kind: "refuse", why: "bad-message" });
  });

  test("takes 500 events in a second, refuses the next, and takes again when the first is a second old", () => {
    for (let i = 0; i < 500; i++) expect(control({ type: "wheel", dx: 0, dy: 1 }, i).kind).toBe("inject");
    expect(control({ type: "wheel", dx: 0, dy: 1 }, 999)).toEqual({ kind: "refuse", why: "too-many" });
    expect(control({ type: "wheel", dx: 0, dy: 1 }, 1_000).kind).toBe("inject");
  });

  test("lets the locks of the keyboard at home through, known or not", () => {
    expect(control({ type: "locks", caps: true, num: null })).toEqual({
      kind: "inject",
      events: [{ type: "locks", caps: true, num: null }],
    });
    expect(control({ type: "locks", caps: true })).toMatchObject({ kind: "refuse" });
  });

  test("always lets the release of a held key through", () => {
    control(key(true));
    for (let i = 0; i < 499; i++) control({ type: "wheel", dx: 0, dy: 1 });
    expect(control(key(false, "KeyB"))).toEqual({ kind: "refuse", why: "too-many" });
    expect(control(key(false))).toMatchObject({ kind: "inject" });
  });

  test("lets a viewer without control look, and stay alive", () => {
    gate = new Gate({ control: false });
    gate.screen = { width: 100, height: 50 };
    expect(control(key(true))).toEqual({ kind: "refuse", why: "not-allowed" });
    expect(control({ type: "heartbeat", at: 12 })).toEqual({ kind: "heartbeat", at: 12 });
    expect(gate.pointer('{"type":"move","seq":1,"x":1,"y":1}', 0)).toEqual({ kind: "ignore" });
    expect(control({ type: "here" })).toEqual({ kind: "here" });
  });

  test.each([
    ["a key", key(true)],
    ["a button", { type: "button", button: 0, down: true, x: 1, y: 1 }],
    ["the wheel", { type: "wheel", dx: 0, dy: 1 }],
    ["the locks of a keyboard", { type: "locks", caps: true, num: null }],
    ["text", { type: "text", text: "あ" }],
  ])("lets nothing of a viewer without control through: %s", (_, message) => {
    gate = new Gate({ control: false });
    gate.screen = { width: 100, height: 50 };
    expect(control(message)).toMatchObject({ kind: "refuse", why: "not-allowed" });
    const again = { type: "again", control: [{ seq: 2, ...message }] };
    expect(gate.pointer(JSON.stringify(again), 0)).toMatchObject({
      kind: "several",
      verdicts: [{ kind: "refuse", why: "not-allowed" }],
    });
  });

  test("has no word for what goes up after control was taken away, and a release still passes", () => {
    control(key(true));
    gate.permissions = { control: false };
    gate.forgetHeld();
    expect(control(key(false))).toEqual({ kind: "ignore" });
    expect(control({ type: "button", button: 0, down: false, x: 1, y: 1 })).toEqual({ kind: "ignore" });
    expect(control({ type: "release-all" })).toEqual({ kind: "release-all" });
    gate.permissions = { control: true };
    expect(control(key(true))).toMatchObject({ kind: "inject" });
  });

  test("does not take the sign that somebody is there for work where there is work to be seen", () =>
    expect(control({ type: "here" })).toEqual({ kind: "ignore" }));
});
