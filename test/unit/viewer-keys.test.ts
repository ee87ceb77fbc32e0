import { describe, expect, test } from "vitest";
import { KEY_CODES } from "../../signaling/protocol/keys.ts";
import { Held } from "../../viewer/input/held.ts";
import { type KeyLike, Keys, type Platform } from "../../viewer/input/keys.ts";
import type { Stroke } from "../../viewer/input/lone-keys.ts";

type Flags = Partial<Pick<KeyLike, "shiftKey" | "ctrlKey" | "altKey" | "metaKey" | "repeat" | "timeStamp" | "key">>;

type MoreFlags = Flags & { altGraph?: boolean; numLock?: boolean };

const event = (type: "keydown" | "keyup", code: string, flags: MoreFlags = {}): KeyLike => ({
  type,
  code,
  key: flags.key ?? code,
  repeat: flags.repeat ?? false,
  timeStamp: flags.timeStamp ?? 0,
  shiftKey: flags.shiftKey ?? false,
  ctrlKey: flags.ctrlKey ?? false,
  altKey: flags.altKey ?? false,
  metaKey: flags.metaKey ?? false,
  getModifierState: (name) =>
    (name === "AltGraph" && (flags.altGraph ?? false)) || (name === "NumLock" && (flags.numLock ?? false)),
});
const down = (code: string, flags?: MoreFlags) => event("keydown", code, flags);
const up = (code: string, flags?: MoreFlags) => event("keyup", code, flags);

const shown = (strokes: readonly Stroke[]) => strokes.map(({ code, down }) => `${code}${down ? "↓" : "↑"}`);
const typed = (platform: Platform, ...events: KeyLike[]): string[] => {
  const keys = new Keys(platform);
  return shown(events.flatMap((one) => keys.read(one)));
};

describe("physical keys", () => {
  test("every key of the wire goes down and up once", () => {
    for (const code of KEY_CODES) {
      const keys = new Keys("other");
      const strokes = [...keys.read(down(code)), ...keys.read(up(code)), ...keys.settle()];
      expect(shown(strokes), code).toEqual([`${code}↓`, `${code}↑`]);
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
      down("KeyE", { timeStamp: 950, altGraph: true, ctrlKey: true, altKey: true }),
    ];
    expect(typed("windows", ...events)).toEqual(["ControlLeft↓", "AltRight↓", "KeyE↓"]);
  });

  test("a modifier whose key-up went to another window is released by the next event", () => {
    const events = [down("AltLeft", { altKey: true }), down("F4", { altKey: true }), down("KeyA")];
    expect(typed("windows", ...events)).toEqual(["AltLeft↓", "F4↓", "AltLeft↑", "KeyA↓"]);
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

  test("when the focus goes nothing is held any more", () => {
    const keys = new Keys("windows");
    keys.read(down("ShiftLeft", { shiftKey: true }));
    keys.read(down("KeyA", { shiftKey: true }));
    expect(keys.held).toBe(2);
    keys.clear();
    expect(keys.held).toBe(0);
    expect(keys.read(up("KeyA"))).toEqual([]);
  });

  test("a key that goes down again although its key-up never came is a new press", () => {
    expect(typed("windows", down("KeyA"), down("KeyA"), up("KeyA"))).toEqual(["KeyA↓", "KeyA↑", "KeyA↓", "KeyA↑"]);
  });
});

describe("keys of the input method, five times, as a browser on Windows reports them", () => {
  const press = ["↓", "↑", "↓", "↑", "↓", "↑", "↓", "↑", "↓", "↑"];
  const alternating = (code: string, ...names: string[]) =>
    Array.from({ length: 5 }, (_, n) => down(code, { key: names[n % names.length] as string }));

  test.each([
    ["半角/全角 with its names, each key-up that of its other half", "Backquote", ["Zenkaku", "Hankaku"], true],
    ["半角/全角 with its names and no key-up", "Backquote", ["Zenkaku", "Hankaku"], false],
    ["半角/全角 as Process, no key-up", "Backquote", ["Process"], false],
    ["半角/全角 as Process, with key-up", "Backquote", ["Process"], true],
    ["変換 as Process, no key-up", "Convert", ["Process"], false],
    ["無変換 as Process, no key-up", "NonConvert", ["Process"], false],
    ["カタカナひらがな as Process, no key-up", "KanaMode", ["Process"], false],
    ["英数 as Process, no key-up", "CapsLock", ["Process"], false],
  ])("%s", (_, code, names, withUps) => {
    const downs = alternating(code, ...names);
    const events = withUps ? downs.flatMap((one) => [one, up(code, { key: names.at(-1) as string })]) : downs;
    expect(typed("windows", ...events)).toEqual(press.map((way) => `${code}${way}`));
  });

  test("an ordinary key that an input method processed without a key-up is pressed as often as it was", () => {
    const downs = alternating("KeyA", "Process");
    expect(typed("windows", ...downs).filter((one) => one === "KeyA↓").length).toBe(5);
  });
});

describe("Alt and Win", () => {
  const alt = { altKey: true };
  const meta = { metaKey: true };

  test.each([
    ["AltLeft", alt],
    ["AltRight", alt],
    ["MetaLeft", meta],
    ["MetaRight", meta],
  ])("%s down and the focus gone: the office hears nothing", (code, flags) => {
    const keys = new Keys("windows");
    expect(keys.read(down(code, flags))).toEqual([]);
    keys.clear();
    expect(keys.read(up(code))).toEqual([]);
    expect(keys.settle()).toEqual([]);
    expect(shown(keys.read(down("KeyA")))).toEqual(["KeyA↓"]);
  });

  test.each([
    ["AltLeft", alt],
    ["MetaLeft", meta],
  ])("%s whose key-up went to another window and was shown by the next event: nothing", (code, flags) => {
    const keys = new Keys("windows");
    expect(shown([...keys.read(down(code, flags)), ...keys.readModifiers(up(""))])).toEqual([]);
    expect(shown(keys.read(down("KeyA")))).toEqual(["KeyA↓"]);
  });

  test("go before the key they are for", () => {
    expect(typed("windows", down("AltLeft", alt), down("F4", alt), up("F4", alt), up("AltLeft"))).toEqual([
      ...["AltLeft↓", "F4↓", "F4↑", "AltLeft↑"],
    ]);
    expect(typed("windows", down("MetaLeft", meta), down("KeyD", meta))).toEqual(["MetaLeft↓", "KeyD↓"]);
  });

  test("go before a button or the wheel", () => {
    const keys = new Keys("windows");
    keys.read(down("AltLeft", alt));
    expect(shown(keys.flush())).toEqual(["AltLeft↓"]);
    expect(keys.flush()).toEqual([]);
    expect(shown(keys.read(up("AltLeft")))).toEqual(["AltLeft↑"]);
  });

  test("Alt tapped alone opens the menu that somebody wanted", () => {
    expect(typed("windows", down("AltLeft", alt), up("AltLeft"))).toEqual(["AltLeft↓", "AltLeft↑"]);
  });

  test("Win tapped alone counts when the focus stayed, not when the Start menu at home took it", () => {
    const keys = new Keys("windows");
    const tap = () => [...keys.read(down("MetaLeft", meta)), ...keys.read(up("MetaLeft"))];
    expect(tap()).toEqual([]);
    expect(keys.unsettled).toBe(true);
    expect(shown(keys.settle())).toEqual(["MetaLeft↓", "MetaLeft↑"]);
    expect(tap()).toEqual([]);
    keys.clear();
    expect([keys.unsettled, keys.settle()]).toEqual([false, []]);
    expect(tap()).toEqual([]);
    expect(shown(keys.read(down("KeyA")))).toEqual(["MetaLeft↓", "MetaLeft↑", "KeyA↓"]);
  });

  test("together, or with Shift let go meanwhile, mean something of their own", () => {
    expect(typed("windows", down("AltLeft", alt), down("MetaLeft", { ...alt, ...meta }))).toEqual([
      ...["AltLeft↓", "MetaLeft↓"],
    ]);
    const shift = { shiftKey: true };
    const events = [down("ShiftLeft", shift), down("AltLeft", { ...shift, ...alt }), up("ShiftLeft", alt)];
    expect(typed("windows", ...events, up("AltLeft"))).toEqual(["ShiftLeft↓", "AltLeft↓", "ShiftLeft↑", "AltLeft↑"]);
  });

  test("are not sent because a letter is let go", () => {
    expect(typed("windows", down("KeyA"), down("AltLeft", alt), up("KeyA", alt))).toEqual(["KeyA↓", "KeyA↑"]);
  });
});

describe("the numeric keypad", () => {
  const numLock = { numLock: true };
  const home = { key: "Home" };

  test.each([
    ["Numpad7", "Home", "Home"],
    ["Numpad1", "End", "End"],
    ["Numpad9", "PageUp", "PageUp"],
    ["Numpad3", "PageDown", "PageDown"],
    ["Numpad8", "ArrowUp", "ArrowUp"],
    ["Numpad2", "ArrowDown", "ArrowDown"],
    ["Numpad4", "ArrowLeft", "ArrowLeft"],
    ["Numpad6", "ArrowRight", "ArrowRight"],
    ["Numpad0", "Insert", "Insert"],
    ["NumpadDecimal", "Delete", "Delete"],
  ])("%s that means %s is %s, whatever NumLock is at the office", (code, key, sent) => {
    expect(typed("windows", down(code, { key }), up(code, { key }))).toEqual([`${sent}↓`, `${sent}↑`]);
  });

  test("its digits stay its digits, its operators too, and the 5 that means nothing is none", () => {
    expect(typed("windows", down("Numpad7", { key: "7" }), up("Numpad7", { key: "7" }))).toEqual([
      ...["Numpad7↓", "Numpad7↑"],
    ]);
    expect(typed("windows", down("NumpadAdd", { key: "+" }))).toEqual(["NumpadAdd↓"]);
    expect(typed("windows", down("Numpad5", { key: "Clear" }), up("Numpad5", { key: "Clear" }))).toEqual([]);
  });

  /** Windows, NumLock on, Shift held, 7 of the keypad pressed. */
  const selecting = [
    down("ShiftLeft", { ...numLock, shiftKey: true, timeStamp: 100 }),
    up("ShiftLeft", { ...numLock, timeStamp: 500 }),
    down("Numpad7", { ...numLock, ...home, timeStamp: 500 }),
    down("Numpad7", { ...numLock, ...home, timeStamp: 1000, repeat: true }),
    up("Numpad7", { ...numLock, ...home, timeStamp: 1100 }),
    down("ShiftLeft", { ...numLock, shiftKey: true, timeStamp: 1100 }),
  ];

  test("Shift with it selects, although Windows says that Shift is up meanwhile", () => {
    const keys = new Keys("windows");
    const steps = selecting.map((one) => shown(keys.read(one)));
    expect(steps).toEqual([
      ["ShiftLeft↓"],
      ["ShiftLeft↑"],
      ["ShiftLeft↓", "Home↓"],
      [],
      ["Home↑", "ShiftLeft↑"],
      ["ShiftLeft↓"],
    ]);
    expect(shown(keys.read(up("ShiftLeft", { ...numLock, timeStamp: 2000 })))).toEqual(["ShiftLeft↑"]);
    expect(keys.held).toBe(0);
  });

  test("a movement of the mouse meanwhile does not let Shift go", () => {
    const keys = new Keys("windows");
    for (const one of selecting.slice(0, 3)) keys.read(one);
    expect(keys.readModifiers(up("", numLock))).toEqual([]);
    keys.clear();
    expect(keys.held).toBe(0);
  });

  test("a Shift that was let go long before is not held", () => {
    const events = [
      down("ShiftLeft", { ...numLock, shiftKey: true, timeStamp: 100 }),
      up("ShiftLeft", { ...numLock, timeStamp: 200 }),
      down("Numpad7", { ...home, timeStamp: 900 }),
    ];
    expect(typed("windows", ...events)).toEqual(["ShiftLeft↓", "ShiftLeft↑", "Home↓"]);
  });

  test("goes up as what it went down as, also when its name changed meanwhile", () => {
    expect(typed("windows", down("Numpad7", home), up("Numpad7", { key: "7", ...numLock }))).toEqual([
      ...["Home↓", "Home↑"],
    ]);
  });
});

test("what is held is known once", () => {
  const held = new Held<number>();
  expect([held.press(1), held.press(1), held.press(2)]).toEqual([true, false, true]);
  expect([held.release(1), held.release(1)]).toEqual([true, false]);
  expect([held.size, held.has(2), held.has(1)]).toEqual([1, true, false]);
  expect(held.clear()).toEqual([2]);
});
