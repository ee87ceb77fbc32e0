import { describe, expect, test } from "vitest";
import { KEYS } from "../../agent/screen/input/keys.ts";
import { KEY_CODES } from "../../signaling/protocol/keys.ts";

describe("the table of keys", () => {
  test("every key that may travel has an evdev code that X can carry", () => {
    for (const code of KEY_CODES) expect(KEYS[code]?.evdev, code).toSatisfy((evdev) => evdev >= 1 && evdev <= 247);
  });

  test("no two keys share an evdev code", () =>
    expect(new Set(KEY_CODES.map((code) => KEYS[code].evdev)).size).toBe(KEY_CODES.length));

  test("no two keys share a Windows scan code", () =>
    expect(new Set(KEY_CODES.map((code) => `${KEYS[code].extended}${KEYS[code].scan}`)).size).toBe(KEY_CODES.length));

  test("scan codes fit in seven bits: the eighth says release", () => {
    for (const code of KEY_CODES) expect(KEYS[code].scan, code).toSatisfy((scan) => scan >= 1 && scan <= 0x7f);
  });

  // linux/input-event-codes.h; Windows: "Keyboard Scan Code Specification", set 1
  test.each([
    ["Backquote", 41, 0x29, false], // 半角/全角 on JIS
    ["Convert", 92, 0x79, false],
    ["NonConvert", 94, 0x7b, false],
    ["KanaMode", 93, 0x70, false],
    ["IntlYen", 124, 0x7d, false],
    ["IntlRo", 89, 0x73, false],
    ["IntlBackslash", 86, 0x56, false],
    ["Backslash", 43, 0x2b, false],
    ["Lang1", 122, 0x72, false],
    ["Lang2", 123, 0x71, false],
    ["KeyA", 30, 0x1e, false],
    ["KeyZ", 44, 0x2c, false],
    ["Digit1", 2, 0x02, false],
    ["Digit0", 11, 0x0b, false],
    ["Enter", 28, 0x1c, false],
    ["NumpadEnter", 96, 0x1c, true],
    ["ControlLeft", 29, 0x1d, false],
    ["ControlRight", 97, 0x1d, true],
    ["AltRight", 100, 0x38, true],
    ["MetaLeft", 125, 0x5b, true],
    ["ArrowUp", 103, 0x48, true],
    ["Numpad8", 72, 0x48, false],
    ["Delete", 111, 0x53, true],
    ["NumpadDecimal", 83, 0x53, false],
    ["NumLock", 69, 0x45, true],
    ["Pause", 119, 0x45, false],
    ["PrintScreen", 99, 0x37, true],
    ["NumpadMultiply", 55, 0x37, false],
    ["F1", 59, 0x3b, false],
    ["F10", 68, 0x44, false],
    ["F11", 87, 0x57, false],
    ["F12", 88, 0x58, false],
  ] as const)("%s is evdev %i and scan code %i, extended: %s", (code, evdev, scan, extended) =>
    expect(KEYS[code]).toEqual({ evdev, scan, extended }),
  );
});
