import { describe, expect, test } from "vitest";
import { KEY_CODES } from "../../signaling/protocol/keys.ts";
import { Held } from "../../viewer/input/held.ts";
import { type KeyLike, Keys, type Platform } from "../../viewer/input/keys.ts";

type Flags = Partial<Pick<KeyLike, "shiftKey" | "ctrlKey" | "altKey" | "metaKey" | "repeat" | "timeStamp" | "key">>;

const event = (type: "keydown" | "keyup", code: string, flags: Flags & { altGraph?: boolean } = {}): KeyLike => ({
  type,
  code,
  key: flags.key ?? code,
  repeat: flags.repeat ?? false,
  timeStamp: flags.timeStamp ?? 0,
  shiftKey: flags.shiftKey ?? false,
  ctrlKey: flags.ctrlKey ?? false,
  altKey: flags.altKey ?? false,
  metaKey: flags.metaKey ?? false,
  getModifierState: (name) => name === "AltGraph" && (flags.altGraph ?? false),
});
const down = (code: string, flags?: Flags & { altGraph?: boolean }) => event("keydown", code, flags);
const up = (code: string, flags?: Flags & { altGraph?: boolean }) => event("keyup", code, flags);

const typed = (platform: Platform, ...events: KeyLike[]): string[] => {
  const keys = new Keys(platform);
  return events.flatMap((one) => keys.read(one)).map(({ code, down }) => `${code}${down ? "↓" : "↑"}`);
};

describe("physical keys", () => {
  test("every key of the wire goes down and up once", () => {
    for (const code of KEY_CODES) {
      expect(typed("other", down(code), up(code)), code).toEqual([`${code}↓`, `${code}↑`]);
    }
  });

  test("auto-repeat is dropped", () => {
    const held = down("KeyA", { repeat: true });
    expect(typed("windows", down("KeyA"), held, held, up("KeyA"))).toEqual(["KeyA↓", "KeyA↑"]);
  });

  test("a key-up for a key that is not held is dropped", () => {
    expect(typed("windows", up("KeyA"))).toEqual([]);
  });

  test("keys that are not of the wire are dropped", () => {
    expect(typed("windows", down("BrowserBack"), up("BrowserBack"), down(""))).toEqual([]);
  });

  test("半角/全角 that reports a key-down and never a key-up is a press and a release each time", () => {
    const events = [down("Backquote", { key: "Zenkaku" }), down("Backquote", { key: "Hankaku" })];
    expect(typed("windows", ...events)).toEqual(["Backquote↓", "Backquote↑", "Backquote↓", "Backquote↑"]);
  });

  test("半角/全角 that reports the key-up of its other half is released once", () => {
    const events = [down("Backquote", { key: "Hankaku" }), up("Backquote", { key: "Zenkaku" })];
    expect(typed("windows", ...events)).toEqual(["Backquote↓", "Backquote↑"]);
  });

  test("the same place on a US keyboard is an ordinary key", () => {
    expect(typed("windows", down("Backquote", { key: "`" }))).toEqual(["Backquote↓"]);
  });

  test("カタカナひらがな without a key-up is released, and its repetition ignored", () => {
    const events = [down("KanaMode"), down("KanaMode", { repeat: true }), down("KanaMode")];
    expect(typed("windows", ...events)).toEqual(["KanaMode↓", "KanaMode↑", "KanaMode↓", "KanaMode↑"]);
  });

  test("英数 of a Japanese input method is released at once, CapsLock is not", () => {
    expect(typed("windows", down("CapsLock", { key: "Alphanumeric" }))).toEqual(["CapsLock↓", "CapsLock↑"]);
    expect(typed("windows", down("CapsLock", { key: "CapsLock" }))).toEqual(["CapsLock↓"]);
  });

  test("変換 and 無変換 can be held", () => {
    expect(typed("windows", down("Convert"), down("NonConvert"))).toEqual(["Convert↓", "NonConvert↓"]);
  });

  test("PrintScreen, of which Windows shows the key-up alone, is a whole press", () => {
    expect(typed("windows", up("PrintScreen"))).toEqual(["PrintScreen↓", "PrintScreen↑"]);
  });

  test("the false Ctrl that Windows puts before AltGr is taken back", () => {
    const events = [
      down("ControlLeft", { timeStamp: 100, ctrlKey: true }),
      down("AltRight", { timeStamp: 101, key: "AltGraph", altGraph: true }),
      down("KeyQ", { altGraph: true }),
    ];
    expect(typed("windows", ...events)).toEqual(["ControlLeft↓", "ControlLeft↑", "AltRight↓", "KeyQ↓"]);
  });

  test("a real Ctrl, held long before AltGr, stays", () => {
    const events = [
      down("ControlLeft", { timeStamp: 100, ctrlKey: true }),
      down("AltRight", { timeStamp: 900, key: "AltGraph", altGraph: true, ctrlKey: true, altKey: true }),
    ];
    expect(typed("windows", ...events)).toEqual(["ControlLeft↓", "AltRight↓"]);
  });

  test("a modifier whose key-up went to another window is released by the next event", () => {
    const events = [down("AltLeft", { altKey: true }), down("KeyA")];
    expect(typed("windows", ...events)).toEqual(["AltLeft↓", "AltLeft↑", "KeyA↓"]);
  });

  test("a mouse event shows a lost modifier too", () => {
    const keys = new Keys("windows");
    keys.read(down("ShiftLeft", { shiftKey: true }));
    expect(keys.readModifiers(up("", { shiftKey: true }))).toEqual([]);
    expect(keys.readModifiers(up(""))).toEqual([{ code: "ShiftLeft", down: false }]);
  });

  test("AltGr under Linux, which hides altKey, is not taken for lost", () => {
    const events = [down("AltRight", { key: "AltGraph", altGraph: true }), down("KeyE", { altGraph: true })];
    expect(typed("other", ...events)).toEqual(["AltRight↓", "KeyE↓"]);
  });

  test("letting Command go on a Mac releases what was pressed with it", () => {
    const events = [down("MetaLeft", { metaKey: true }), down("KeyC", { metaKey: true }), up("MetaLeft")];
    expect(typed("mac", ...events)).toEqual(["MetaLeft↓", "KeyC↓", "MetaLeft↑", "KeyC↑"]);
  });

  test("CapsLock on a Mac is a whole press when it goes on and when it goes off", () => {
    expect(typed("mac", down("CapsLock"), up("CapsLock"))).toEqual([
      "CapsLock↓",
      "CapsLock↑",
      "CapsLock↓",
      "CapsLock↑",
    ]);
  });

  test("everything held goes up, last pressed first", () => {
    const keys = new Keys("windows");
    keys.read(down("ShiftLeft", { shiftKey: true }));
    keys.read(down("KeyA", { shiftKey: true }));
    expect(keys.held).toBe(2);
    expect(keys.clear().map(({ code }) => code)).toEqual(["KeyA", "ShiftLeft"]);
    expect(keys.held).toBe(0);
    expect(keys.read(up("KeyA"))).toEqual([]);
  });
});

test("what is held is known once", () => {
  const held = new Held<number>();
  expect([held.press(1), held.press(1), held.press(2)]).toEqual([true, false, true]);
  expect([held.release(1), held.release(1)]).toEqual([true, false]);
  expect([held.size, held.has(2), held.has(1)]).toEqual([1, true, false]);
  expect(held.clear()).toEqual([2]);
});
