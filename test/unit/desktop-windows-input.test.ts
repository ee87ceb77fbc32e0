import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Injector } from "../../agent/screen/input/injector.ts";
import { openWindowsInput, type WindowsKeyboard } from "../../agent/screen/input/windows.ts";

/** Windows as far as input knows it. Notes each record as `wVk wScan dwFlags` or `mouse dwFlags`, in hex. */
function windows({ down = [] as number[], on = [] as number[], swapped = false } = {}) {
  const sent: string[] = [];
  const state = { accepts: true };
  const system: WindowsKeyboard = {
    sendInput(records, size) {
      if (!state.accepts) return 0;
      for (let at = 0; at < records.byteLength; at += size) {
        const view = new DataView(records.buffer, records.byteOffset + at, size);
        const hex = (...numbers: number[]) => numbers.map((number) => number.toString(16)).join(" ");
        const isKey = view.getUint32(0, true) === 1;
        sent.push(
          isKey
            ? hex(view.getUint16(8, true), view.getUint16(10, true), view.getUint32(12, true))
            : `mouse ${hex(view.getUint32(20, true))}`,
        );
      }
      return records.byteLength / size;
    },
    isOn: (virtualKey) => on.includes(virtualKey),
    isDown: (virtualKey) => down.includes(virtualKey),
    // a JIS keyboard: Shift, A, Home and 7 of the keypad, 半角/全角, カタカナひらがな
    virtualKeyOf: (code) =>
      new Map([
        [0x2a, 0xa0],
        [0x1e, 0x41],
        [0x38, 0xa4],
        [0x47, 0x24],
        [0xe047, 0x24],
        [0x29, 0xf3],
        [0x70, 0xf2],
      ]).get(code) ?? 0,
    buttonsSwapped: () => swapped,
    virtualScreenSize: () => ({ width: 1280, height: 800 }),
    isWine: () => false,
    keyboardSettings: () => ({ delay: 0, speed: 31 }),
  };
  const refused: boolean[] = [];
  const locks: string[] = [];
  /** How many records had gone in when it was asked for. */
  const attentions: number[] = [];
  const handlers = {
    refuses: (refuses: boolean) => refused.push(refuses),
    lock: () => locks.push("lock"),
    attention: () => attentions.push(sent.length),
  };
  return { sent, state, refused, locks, attentions, open: () => openWindowsInput(system, handlers) };
}

describe("input into Windows", () => {
  test("keys and buttons that a predecessor left pressed go up at once, those of a swapped mouse too", () => {
    const { open, sent } = windows({ down: [0xa0, 0x41, 0x01, 0x06], swapped: true });
    open();
    expect(sent.toSorted()).toEqual(["0 1e a", "0 2a a", "mouse 100", "mouse 4"]);
  });

  test("a key of the keypad that went down with NumLock goes up", () => {
    const { open, sent } = windows({ down: [0x67] });
    open();
    expect(sent).toEqual(["0 47 a"]);
  });

  test("the mode of a Japanese keyboard is no key that is held", () => {
    const { open, sent } = windows({ down: [0xf2, 0xf3] });
    open();
    expect(sent).toEqual([]);
  });

  test("Pause with Ctrl is Break, and goes up as what it went down as", () => {
    const { open, sent } = windows();
    const injector = new Injector(open());
    const key = (code: "Pause" | "ControlLeft", down: boolean) => injector.inject({ type: "key", code, down });
    key("ControlLeft", true);
    key("Pause", true);
    key("ControlLeft", false);
    key("Pause", false);
    key("Pause", true);
    key("Pause", false);
    expect(sent).toEqual(["0 1d 8", "3 46 1", "0 1d a", "3 46 3", "13 45 0", "13 45 2"]);
  });

  test("Win+L locks, and gives no L to the program in front; L alone is a letter", () => {
    const { open, sent, locks } = windows();
    const injector = new Injector(open());
    for (const down of [true, false]) {
      injector.inject({ type: "key", code: "MetaRight", down });
      injector.inject({ type: "key", code: "KeyL", down });
    }
    expect(locks.length).toBe(1);
    expect(sent).toEqual(["0 5c 9", "e8 0 0", "e8 0 2", "0 5c b", "0 26 a"]);
    injector.inject({ type: "key", code: "KeyL", down: true });
    expect(sent.at(-1)).toBe("0 26 8");
    expect(locks.length).toBe(1);
  });

  test("Ctrl+Alt+Del is asked for once what is held is up, and gives no Delete to the program in front", () => {
    const { open, sent, attentions } = windows();
    const injector = new Injector(open());
    const keys = ["ControlLeft", "AltRight", "Delete"] as const;
    for (const code of keys) injector.inject({ type: "key", code, down: true });
    expect(sent).toEqual(["0 1d 8", "0 38 9", "e8 0 0", "e8 0 2", "0 1d a", "0 38 b"]);
    expect(attentions).toEqual([sent.length]);
    for (const code of keys.toReversed()) injector.inject({ type: "key", code, down: false });
    expect(sent.slice(6)).toEqual(["0 38 b", "0 1d a"]);
  });

  test.each([
    ["Ctrl+Delete", ["ControlRight", "Delete"]],
    ["Alt+Delete", ["AltLeft", "Delete"]],
    ["Delete after Ctrl+Alt", ["Delete"]],
  ] as const)("%s is a Delete like any other", (_, codes) => {
    const { open, sent, attentions } = windows();
    const injector = new Injector(open());
    for (const code of ["ControlLeft", "AltLeft"] as const)
      for (const down of [true, false]) injector.inject({ type: "key", code, down });
    for (const code of codes) injector.inject({ type: "key", code, down: true });
    expect(sent.at(-1)).toBe("0 53 9");
    injector.releaseAll();
    expect(sent).toContain("0 53 b");
    expect(attentions).toEqual([]);
  });

  test("when the line breaks during Ctrl+Alt+Del, nothing is held, and the next Delete is one", () => {
    const { open, sent, attentions } = windows();
    const injector = new Injector(open());
    for (const code of ["ControlLeft", "AltLeft", "Delete"] as const)
      injector.inject({ type: "key", code, down: true });
    injector.releaseAll();
    expect(attentions.length).toBe(1);
    injector.inject({ type: "key", code: "Delete", down: true });
    expect(sent.at(-1)).toBe("0 53 9");
  });

  test.each([
    ["AltLeft", "0 38 8", "0 38 a"],
    ["AltRight", "0 38 9", "0 38 b"],
    ["MetaLeft", "0 5b 9", "0 5b b"],
  ] as const)(
    "%s that nobody holds any more goes up as if another key had been pressed: no menu opens",
    (code, down, up) => {
      const { open, sent } = windows();
      const injector = new Injector(open());
      injector.inject({ type: "key", code, down: true });
      injector.releaseAll();
      expect(sent).toEqual([down, "e8 0 0", "e8 0 2", up]);
      injector.releaseAll();
      expect(sent.length).toBe(4);
    },
  );

  test("an Alt that a predecessor left pressed opens no menu either", () => {
    const { open, sent } = windows({ down: [0xa4] });
    open();
    expect(sent).toEqual(["e8 0 0", "e8 0 2", "0 38 a"]);
  });

  test("the locks are read", () => {
    expect(new Injector(windows({ on: [0x14, 0x15] }).open()).locks()).toEqual({ caps: true, num: false, kana: true });
  });

  /** CapsLock is Shift with the key, as a Japanese layout has it. */
  const CAPS = ["10 2a 0", "14 3a 0", "14 3a 2", "10 2a 2"];
  const NUM = ["90 45 1", "90 45 3"];
  test.each([
    ["both off, both wished for", [], { caps: true, num: true }, [...CAPS, ...NUM]],
    ["both on, both not wished for", [0x14, 0x90], { caps: false, num: false }, [...CAPS, ...NUM]],
    ["as wished for", [0x14], { caps: true, num: false }, []],
    ["nothing known at home", [0x14], { caps: null, num: null }, []],
    ["one known at home", [0x14], { caps: false, num: null }, CAPS],
  ] as const)("the locks become what they are at home: %s", (_, on, wish, records) => {
    const { open, sent } = windows({ on: [...on] });
    new Injector(open()).inject({ type: "locks", ...wish });
    expect(sent).toEqual(records);
  });

  test("with Shift held, CapsLock is tapped under it; with Ctrl, Alt or Win held, not at all", () => {
    const shift = windows({ down: [0x10] });
    new Injector(shift.open()).inject({ type: "locks", caps: true, num: null });
    expect(shift.sent).toEqual(["14 3a 0", "14 3a 2"]);
    const control = windows();
    const injector = new Injector(control.open());
    injector.inject({ type: "key", code: "ControlLeft", down: true });
    injector.inject({ type: "locks", caps: true, num: true });
    expect(control.sent.length).toBe(1);
  });

  test("that Windows refuses input is said once, and once when it takes it again", () => {
    const { open, state, refused } = windows();
    const raw = open();
    state.accepts = false;
    raw.move(1, 1);
    raw.move(2, 2);
    expect(refused).toEqual([true]);
    state.accepts = true;
    raw.move(3, 3);
    raw.move(4, 4);
    expect(refused).toEqual([true, false]);
  });

  test("after the end nothing goes in", async () => {
    const { open, sent } = windows();
    const raw = open();
    await raw.close();
    raw.wheel(1, 1);
    await raw.type("a", { typed: () => undefined, stop: new AbortController().signal });
    expect(sent).toEqual([]);
  });
});

describe("a held key on Windows", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** Delete pressed, then this, then two seconds: how often Delete (E0 53) goes down. */
  function deletions(then: (injector: Injector) => void = () => undefined): number {
    const { open, sent } = windows();
    const injector = new Injector(open());
    injector.inject({ type: "key", code: "Delete", down: true });
    vi.advanceTimersByTime(1000);
    then(injector);
    vi.advanceTimersByTime(1000);
    void injector.close();
    expect(vi.getTimerCount()).toBe(0);
    return sent.filter((record) => record === "0 53 9").length;
  }
  const inOneSecond = 1 + Math.floor((1000 - 250) / (1000 / 30)) + 1;

  test("repeats at the office's own rate", () => expect(deletions()).toBe(inOneSecond + 30));

  test.each<[string, (injector: Injector) => void]>([
    ["its release", (injector) => injector.inject({ type: "key", code: "Delete", down: false })],
    ["another key", (injector) => injector.inject({ type: "key", code: "KeyA", down: true })],
    ["a modifier", (injector) => injector.inject({ type: "key", code: "ShiftLeft", down: true })],
    ["text", (injector) => injector.inject({ type: "text", text: "x" })],
    ["the release of everything, as at blur and silence", (injector) => injector.releaseAll()],
    ["the end", (injector) => void injector.close()],
  ])("stops at once at %s", (_, then) => expect(deletions(then)).toBe(inOneSecond));

  test("a press of the mouse does not stop it, nor the release of another key", () => {
    const through = deletions((injector) => {
      injector.inject({ type: "button", button: 0, down: true });
      injector.inject({ type: "key", code: "KeyA", down: false });
    });
    expect(through).toBe(inOneSecond + 30);
  });

  test("a long text comes in steps, and stops where it is when it is forgotten", async () => {
    const { open, sent } = windows();
    let typed = 0;
    const injector = new Injector(open(), { typed: (characters) => (typed += characters), dropped: () => undefined });
    injector.inject({ type: "text", text: "あ".repeat(100) });
    await vi.advanceTimersByTimeAsync(20);
    expect([sent.length, typed]).toEqual([64, 32]);
    injector.forgetText();
    await vi.advanceTimersByTimeAsync(5000);
    expect([sent.length, typed]).toEqual([64, 100]);
    injector.inject({ type: "text", text: "い" });
    await vi.advanceTimersByTimeAsync(20);
    expect(sent.length).toBe(66);
  });

  test.each([
    ["半角/全角", "Backquote", []],
    ["Win+L", "KeyL", ["MetaLeft"]],
    ["Ctrl+Alt+Del", "Delete", ["ControlLeft", "AltLeft"]],
  ] as const)("%s does not repeat", (_, code, modifiers) => {
    const { open, sent } = windows();
    const injector = new Injector(open());
    for (const held of [...modifiers, code]) injector.inject({ type: "key", code: held, down: true });
    const before = sent.length;
    vi.advanceTimersByTime(5000);
    expect(sent.length).toBe(before);
  });
});
