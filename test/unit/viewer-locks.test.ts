import { describe, expect, test } from "vitest";
import type { KeyLike, Platform } from "../../viewer/input/keys.ts";
import { Locks } from "../../viewer/input/locks.ts";

interface Flags {
  readonly caps?: boolean;
  readonly num?: boolean;
  readonly key?: string;
  readonly ctrlKey?: boolean;
  readonly repeat?: boolean;
}

const event = (type: "keydown" | "keyup", code: string, flags: Flags = {}): KeyLike => ({
  type,
  code,
  key: flags.key ?? code,
  repeat: flags.repeat ?? false,
  timeStamp: 0,
  shiftKey: false,
  ctrlKey: flags.ctrlKey ?? false,
  altKey: false,
  metaKey: false,
  getModifierState: (name) =>
    (name === "CapsLock" && (flags.caps ?? false)) || (name === "NumLock" && (flags.num ?? false)),
});
const down = (code: string, flags?: Flags) => event("keydown", code, flags);

const OFF = { caps: false, num: false, kana: false };
function locks(platform: Platform = "windows"): Locks {
  const all = new Locks(platform);
  all.office = OFF;
  return all;
}

describe("the locks of the keyboard at home", () => {
  test("go before the first key, and again only when they have changed", () => {
    const all = locks();
    expect(all.before(down("KeyA", { num: true }))).toEqual({ caps: false, num: true });
    expect(all.before(event("keyup", "KeyA", { num: true }))).toBeUndefined();
    expect(all.before(down("KeyB", { num: true }))).toBeUndefined();
    expect(all.before(down("KeyB", { num: true, caps: true }))).toEqual({ caps: true, num: true });
  });

  test("are not told to an agent that does not know of them", () => {
    const all = new Locks("windows");
    expect(all.before(down("KeyA", { caps: true }))).toBeUndefined();
    const mac = new Locks("mac");
    expect([mac.isAll(down("CapsLock")), mac.before(down("CapsLock"))]).toEqual([false, undefined]);
  });

  test("wait for a key they matter for: no modifier, no shortcut, no repetition", () => {
    const all = locks();
    for (const code of ["ShiftLeft", "ControlRight", "AltLeft", "MetaLeft"])
      expect(all.before(down(code, { caps: true }))).toBeUndefined();
    expect(all.before(down("KeyC", { caps: true, ctrlKey: true }))).toBeUndefined();
    expect(all.before(down("KeyC", { caps: true, repeat: true }))).toBeUndefined();
    expect(all.before(down("KeyC", { caps: true }))).toEqual({ caps: true, num: false });
  });

  test("are told anew after the focus was away, and after a lock key, which travels itself", () => {
    const all = locks();
    all.before(down("KeyA"));
    all.forget();
    expect(all.before(down("KeyA"))).toEqual({ caps: false, num: false });
    expect(all.before(down("CapsLock", { caps: true }))).toBeUndefined();
    expect(all.isAll(down("CapsLock"))).toBe(false);
    expect(all.before(down("KeyA"))).toEqual({ caps: false, num: false });
  });

  test("are told anew when somebody changed the office's, not when the wish was fulfilled", () => {
    const all = locks();
    expect(all.before(down("KeyA", { caps: true }))).toEqual({ caps: true, num: false });
    all.office = { ...OFF, caps: true };
    expect(all.before(down("KeyA", { caps: true }))).toBeUndefined();
    all.office = { ...OFF, caps: true };
    expect(all.before(down("KeyA", { caps: true }))).toBeUndefined();
    all.office = OFF;
    expect(all.before(down("KeyA", { caps: true }))).toEqual({ caps: true, num: false });
    expect(all.before(down("KeyA", { caps: true }))).toBeUndefined();
  });

  test("an office that does not do as it is told is told once, not with each key", () => {
    const all = locks();
    expect(all.before(down("KeyA", { caps: true }))).toBeDefined();
    all.office = OFF;
    for (let n = 0; n < 5; n++) expect(all.before(down("KeyA", { caps: true }))).toBeUndefined();
  });

  test("of the next connection are told to its agent", () => {
    const all = locks();
    all.before(down("KeyA"));
    all.office = undefined;
    all.office = OFF;
    expect(all.before(down("KeyA"))).toBeDefined();
  });
});

describe("a Mac", () => {
  test("its CapsLock goes down when the lock goes on and up when it goes off: that is told, no key", () => {
    const all = locks("mac");
    expect(all.isAll(down("CapsLock"))).toBe(true);
    expect(all.before(down("CapsLock", { caps: true }))).toEqual({ caps: true, num: null });
    expect(all.before(down("KeyA", { caps: true }))).toBeUndefined();
    expect(all.before(event("keyup", "CapsLock"))).toEqual({ caps: false, num: null });
  });

  test("it has no NumLock: the office's stays, but a digit of the keypad is a digit", () => {
    const all = locks("mac");
    expect(all.before(down("KeyA"))).toEqual({ caps: false, num: null });
    expect(all.before(down("Numpad7", { key: "7" }))).toEqual({ caps: false, num: true });
    expect(all.before(down("Numpad7", { key: "7" }))).toBeUndefined();
    expect(all.before(down("KeyA"))).toBeUndefined();
  });
});

test("a keypad that types digits without telling of NumLock does not turn the office's on and off", () => {
  const all = locks("other");
  expect(all.before(down("KeyA"))).toEqual({ caps: false, num: false });
  expect(all.before(down("Numpad7", { key: "7" }))).toEqual({ caps: false, num: true });
  expect(all.before(down("KeyA"))).toBeUndefined();
  expect(all.before(down("Numpad7", { key: "Home" }))).toBeUndefined();
});
