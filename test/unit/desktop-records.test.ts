import { describe, expect, test } from "vitest";
import {
  buttonRecord,
  encodeRecords,
  type InputRecord,
  keyRecord,
  moveRecord,
  RECORD_BYTES,
  scanCodeOf,
  textRecords,
  wheelRecords,
} from "../../agent/screen/input/send-input.ts";
import { KEY_CODES, type PhysicalKey } from "../../signaling/protocol/keys.ts";

/** Key, scan code of set 1 (with E0: extended), virtual key. Microsoft: "Keyboard Scan Code Specification", winuser.h */
const COMMON = `
  Digit1 02 31, Digit2 03 32, Digit3 04 33, Digit4 05 34, Digit5 06 35, Digit6 07 36, Digit7 08 37, Digit8 09 38, Digit9 0A 39, Digit0 0B 30,
  Minus 0C BD, Backspace 0E 08, Tab 0F 09,
  KeyQ 10 51, KeyW 11 57, KeyE 12 45, KeyR 13 52, KeyT 14 54, KeyY 15 59, KeyU 16 55, KeyI 17 49, KeyO 18 4F, KeyP 19 50,
  KeyA 1E 41, KeyS 1F 53, KeyD 20 44, KeyF 21 46, KeyG 22 47, KeyH 23 48, KeyJ 24 4A, KeyK 25 4B, KeyL 26 4C, Enter 1C 0D,
  ShiftLeft 2A A0, KeyZ 2C 5A, KeyX 2D 58, KeyC 2E 43, KeyV 2F 56, KeyB 30 42, KeyN 31 4E, KeyM 32 4D,
  Comma 33 BC, Period 34 BE, Slash 35 BF, ShiftRight 36 A1,
  ControlLeft 1D A2, MetaLeft E05B 5B, AltLeft 38 A4, Space 39 20, AltRight E038 A5, MetaRight E05C 5C, ContextMenu E05D 5D, ControlRight E01D A3,
  Escape 01 1B, F1 3B 70, F2 3C 71, F3 3D 72, F4 3E 73, F5 3F 74, F6 40 75, F7 41 76, F8 42 77, F9 43 78, F10 44 79, F11 57 7A, F12 58 7B,
  PrintScreen E037 2C, ScrollLock 46 91,
  Insert E052 2D, Home E047 24, PageUp E049 21, Delete E053 2E, End E04F 23, PageDown E051 22,
  ArrowUp E048 26, ArrowLeft E04B 25, ArrowDown E050 28, ArrowRight E04D 27,
  NumpadDivide E035 6F, NumpadMultiply 37 6A, NumpadSubtract 4A 6D, NumpadAdd 4E 6B, NumpadEnter E01C 0D,
  Numpad7 47 24, Numpad8 48 26, Numpad9 49 21, Numpad4 4B 25, Numpad5 4C 0C, Numpad6 4D 27,
  Numpad1 4F 23, Numpad2 50 28, Numpad3 51 22, Numpad0 52 2D, NumpadDecimal 53 2E`;
const US_104 = `${COMMON},
  Backquote 29 C0, Equal 0D BB, BracketLeft 1A DB, BracketRight 1B DD, Backslash 2B DC, CapsLock 3A 14, Semicolon 27 BA, Quote 28 DE`;
const JIS_109 = `${COMMON},
  Backquote 29 F3, Equal 0D DE, IntlYen 7D DC, BracketLeft 1A C0, BracketRight 1B DB, Backslash 2B DD, CapsLock 3A F0,
  Semicolon 27 BB, Quote 28 BA, IntlRo 73 E2, NonConvert 7B 1D, Convert 79 1C, KanaMode 70 F2`;
/** Not on these keyboards, but on others that staff have at home. */
const OTHERS = "IntlBackslash 56 E2, Lang1 72 16, Lang2 71 1A";

interface Row {
  readonly code: PhysicalKey;
  readonly scan: number;
  readonly extended: boolean;
  readonly virtualKey: number;
}

function rows(table: string): Row[] {
  return table.split(",").map((line) => {
    const [code = "", scan = "", virtualKey = ""] = line.trim().split(" ");
    return {
      code: code as PhysicalKey,
      scan: Number.parseInt(scan.slice(-2), 16),
      extended: scan.startsWith("E0"),
      virtualKey: Number.parseInt(virtualKey, 16),
    };
  });
}

const LAYOUTS = [
  ["US 104", rows(US_104), 102],
  ["JIS 109", rows(JIS_109), 107],
  ["others", rows(OTHERS), 3],
] as const;
/** Keys that a scan code alone does not name. */
const SPECIAL = ["NumLock", "Pause"];

/** KEYBDINPUT as it lies in an INPUT of 64-bit Windows. */
function read(records: readonly InputRecord[]): object[] {
  const bytes = encodeRecords(records);
  return records.map((_, index) => {
    const view = new DataView(bytes.buffer, index * 40, 40);
    const rest = [...bytes.subarray(index * 40 + 24, index * 40 + 40)];
    expect(rest.every((byte) => byte === 0)).toBe(true); // padding, dwExtraInfo
    expect(view.getUint32(4, true)).toBe(0); // padding before the union
    if (view.getUint32(0, true) === 0)
      return {
        dx: view.getInt32(8, true),
        dy: view.getInt32(12, true),
        mouseData: view.getInt32(16, true),
        dwFlags: view.getUint32(20, true),
      };
    expect([view.getUint32(0, true), view.getUint32(16, true)]).toEqual([1, 0]); // INPUT_KEYBOARD, time
    return { wVk: view.getUint16(8, true), wScan: view.getUint16(10, true), dwFlags: view.getUint32(12, true) };
  });
}

describe("the keys of a keyboard as INPUT records", () => {
  test("every key that may travel is in a table here", () => {
    const known = new Set([...LAYOUTS.flatMap(([, keys]) => keys.map(({ code }) => code as string)), ...SPECIAL]);
    expect(KEY_CODES.filter((code) => !known.has(code))).toEqual([]);
  });

  describe.each(LAYOUTS)("%s", (_, keys, count) => {
    test("has its number of keys", () => expect(new Set(keys.map(({ code }) => code)).size).toBe(count));

    test.each(keys)("$code goes by its scan code", ({ code, scan, extended }) => {
      const flags = 0x8 | (extended ? 0x1 : 0); // KEYEVENTF_SCANCODE, KEYEVENTF_EXTENDEDKEY
      expect(read([keyRecord({ code, down: true }), keyRecord({ code, down: false })])).toEqual([
        { wVk: 0, wScan: scan, dwFlags: flags },
        { wVk: 0, wScan: scan, dwFlags: flags | 0x2 }, // KEYEVENTF_KEYUP
      ]);
    });

    test.each(keys)("$code names its virtual key too, for Wine", ({ code, scan, extended, virtualKey }) => {
      const layout = new Map(keys.map((key) => [key.extended ? 0xe000 | key.scan : key.scan, key.virtualKey]));
      const virtualKeyOf = (scanCode: number) => layout.get(scanCode) ?? 0;
      const record = (down: boolean) => keyRecord({ code, down }, virtualKeyOf);
      expect(read([record(true), record(false)])).toEqual([
        { wVk: virtualKey, wScan: scan, dwFlags: extended ? 0x1 : 0 },
        { wVk: virtualKey, wScan: scan, dwFlags: (extended ? 0x1 : 0) | 0x2 },
      ]);
    });
  });

  test("NumLock and Pause share a scan code and go by virtual key", () =>
    expect(read([keyRecord({ code: "NumLock", down: true }), keyRecord({ code: "Pause", down: true })])).toEqual([
      { wVk: 0x90, wScan: 0x45, dwFlags: 0x1 },
      { wVk: 0x13, wScan: 0x45, dwFlags: 0 },
    ]));

  test("Pause with Ctrl is Break: E0 46, VK_CANCEL", () =>
    expect(read([true, false].map((down) => keyRecord({ code: "Pause", down, asBreak: true })))).toEqual([
      { wVk: 0x03, wScan: 0x46, dwFlags: 0x1 },
      { wVk: 0x03, wScan: 0x46, dwFlags: 0x3 },
    ]));

  test("a key that the layout does not have still goes by scan code", () =>
    expect(read([keyRecord({ code: "KanaMode", down: true }, () => 0)])).toEqual([
      { wVk: 0, wScan: 0x70, dwFlags: 0x8 },
    ]));

  test("E0 stands in the high byte when Windows is asked about a key", () =>
    expect([scanCodeOf("ControlLeft"), scanCodeOf("ControlRight")]).toEqual([0x1d, 0xe01d]));
});

describe("the mouse as INPUT records", () => {
  test("a record is 40 bytes, and as many as there are records", () => {
    expect(RECORD_BYTES).toBe(40);
    expect(encodeRecords(wheelRecords(1, 1)).byteLength).toBe(80);
  });

  test.each([
    ["left", 0, 0x2, 0x4, 0],
    ["middle", 1, 0x20, 0x40, 0],
    ["right", 2, 0x8, 0x10, 0],
    ["back", 3, 0x80, 0x100, 1],
    ["forward", 4, 0x80, 0x100, 2],
  ])("the %s button", (_, button, down, up, mouseData) =>
    expect(read([buttonRecord(button, true, false), buttonRecord(button, false, false)])).toEqual([
      { dx: 0, dy: 0, mouseData, dwFlags: down },
      { dx: 0, dy: 0, mouseData, dwFlags: up },
    ]),
  );

  test("where buttons are swapped, the main one is the right one, and the others stay", () => {
    const flags = [0, 1, 2, 3].map((button) => buttonRecord(button, true, true).flags);
    expect(flags).toEqual([0x8, 0x20, 0x2, 0x80]);
  });

  test("a notch towards the person is −120, to the right +120", () =>
    expect(read(wheelRecords(1, 2))).toEqual([
      { dx: 0, dy: 0, mouseData: -240, dwFlags: 0x800 },
      { dx: 0, dy: 0, mouseData: 120, dwFlags: 0x1000 },
    ]));

  test("no notch is no record, and no turn is more than 32 notches", () => {
    expect(wheelRecords(0, 0)).toEqual([]);
    expect(read(wheelRecords(-100, -100))).toMatchObject([{ mouseData: 32 * 120 }, { mouseData: -32 * 120 }]);
  });

  test.each([
    [{ width: 1280, height: 800 }],
    [{ width: 1920, height: 1080 }],
    [{ width: 2304, height: 800 }],
    [{ width: 7680, height: 4320 }],
    [{ width: 1366, height: 768 }],
  ])("every pixel of a screen of %o is met, however Windows divides", (screen) => {
    const missed = Array.from({ length: screen.width }, (_, x) => x).filter((x) => {
      const record = moveRecord({ x, y: 0 }, screen);
      const position = record.kind === "mouse" ? record.x : Number.NaN;
      return [65_536, 65_535].some((parts) => Math.floor((position * screen.width) / parts) !== x);
    });
    expect(missed).toEqual([]);
  });

  test("a move is absolute over all monitors, and ends at the edge", () => {
    const flags = 0x1 | 0x8000 | 0x4000; // MOUSEEVENTF_MOVE, _ABSOLUTE, _VIRTUALDESK
    const screen = { width: 1280, height: 800 };
    const last = { dx: 65_485, dy: 65_455, mouseData: 0, dwFlags: flags };
    expect(read([moveRecord({ x: 1279, y: 799 }, screen), moveRecord({ x: 5000, y: 5000 }, screen)])).toEqual([
      last,
      last,
    ]);
    expect(read([moveRecord({ x: -5, y: -1 }, screen)])).toEqual([{ dx: 0, dy: 0, mouseData: 0, dwFlags: flags }]);
  });
});

describe("text as INPUT records", () => {
  const units = (text: string) =>
    textRecords(text).map((record) => (record.kind === "key" ? [record.virtualKey, record.scan, record.flags] : []));

  test("each UTF-16 unit goes down and up", () =>
    expect(units("日a")).toEqual([
      [0, 0x65e5, 0x4],
      [0, 0x65e5, 0x6],
      [0, 0x61, 0x4],
      [0, 0x61, 0x6],
    ]));

  test("a character beyond 16 bits is its two surrogates, in order", () =>
    expect(units("𠮷").map(([, unit]) => unit)).toEqual([0xd842, 0xd842, 0xdfb7, 0xdfb7]));

  test("line ends are Enter once each, tabs are Tab", () =>
    expect(units("\r\n\n\r\t")).toEqual(
      [0x1c, 0x1c, 0x1c, 0x0f].flatMap((scan) => [
        [0, scan, 0x8],
        [0, scan, 0xa],
      ]),
    ));

  test("control characters and half surrogates are not typed", () =>
    expect(units("\u0000\u001b\u007f\u0085\ud842")).toEqual([]));
});
