/**
 * The one table of physical keys: what a viewer names by KeyboardEvent.code → the evdev code (linux/input-event-codes.h)
 * and the Windows scan code (set 1; extended: sent with E0 before it).
 *
 * 半角/全角 of a JIS keyboard comes as Backquote, on both systems the key left of 1; ￥ is IntlYen, ろ is IntlRo.
 */
import { KEY_CODES, type PhysicalKey } from "../../../signaling/protocol/keys.ts";

export interface KeyCodes {
  readonly evdev: number;
  readonly scan: number;
  readonly extended: boolean;
}

type Row = readonly [evdev: number, scan: number, extended?: "extended"];

const ROWS: { readonly [K in PhysicalKey]: Row } = {
  // writing system keys
  Backquote: [41, 0x29],
  Digit1: [2, 0x02],
  Digit2: [3, 0x03],
  Digit3: [4, 0x04],
  Digit4: [5, 0x05],
  Digit5: [6, 0x06],
  Digit6: [7, 0x07],
  Digit7: [8, 0x08],
  Digit8: [9, 0x09],
  Digit9: [10, 0x0a],
  Digit0: [11, 0x0b],
  Minus: [12, 0x0c],
  Equal: [13, 0x0d],
  IntlYen: [124, 0x7d],
  KeyQ: [16, 0x10],
  KeyW: [17, 0x11],
  KeyE: [18, 0x12],
  KeyR: [19, 0x13],
  KeyT: [20, 0x14],
  KeyY: [21, 0x15],
  KeyU: [22, 0x16],
  KeyI: [23, 0x17],
  KeyO: [24, 0x18],
  KeyP: [25, 0x19],
  BracketLeft: [26, 0x1a],
  BracketRight: [27, 0x1b],
  Backslash: [43, 0x2b],
  KeyA: [30, 0x1e],
  KeyS: [31, 0x1f],
  KeyD: [32, 0x20],
  KeyF: [33, 0x21],
  KeyG: [34, 0x22],
  KeyH: [35, 0x23],
  KeyJ: [36, 0x24],
  KeyK: [37, 0x25],
  KeyL: [38, 0x26],
  Semicolon: [39, 0x27],
  Quote: [40, 0x28],
  KeyZ: [44, 0x2c],
  KeyX: [45, 0x2d],
  KeyC: [46, 0x2e],
  KeyV: [47, 0x2f],
  KeyB: [48, 0x30],
  KeyN: [49, 0x31],
  KeyM: [50, 0x32],
  Comma: [51, 0x33],
  Period: [52, 0x34],
  Slash: [53, 0x35],
  IntlRo: [89, 0x73],
  IntlBackslash: [86, 0x56],
  // functional keys
  Escape: [1, 0x01],
  Backspace: [14, 0x0e],
  Tab: [15, 0x0f],
  Enter: [28, 0x1c],
  Space: [57, 0x39],
  CapsLock: [58, 0x3a],
  ShiftLeft: [42, 0x2a],
  ShiftRight: [54, 0x36],
  ControlLeft: [29, 0x1d],
  ControlRight: [97, 0x1d, "extended"],
  AltLeft: [56, 0x38],
  AltRight: [100, 0x38, "extended"],
  MetaLeft: [125, 0x5b, "extended"],
  MetaRight: [126, 0x5c, "extended"],
  ContextMenu: [127, 0x5d, "extended"],
  // Japanese keys
  Convert: [92, 0x79],
  NonConvert: [94, 0x7b],
  KanaMode: [93, 0x70],
  Lang1: [122, 0x72],
  Lang2: [123, 0x71],
  // control pad, arrows
  Insert: [110, 0x52, "extended"],
  Delete: [111, 0x53, "extended"],
  Home: [102, 0x47, "extended"],
  End: [107, 0x4f, "extended"],
  PageUp: [104, 0x49, "extended"],
  PageDown: [109, 0x51, "extended"],
  ArrowUp: [103, 0x48, "extended"],
  ArrowDown: [108, 0x50, "extended"],
  ArrowLeft: [105, 0x4b, "extended"],
  ArrowRight: [106, 0x4d, "extended"],
  // numeric keypad; NumLock and Pause share a scan code, NumLock is the extended one (as SendInput wants it)
  NumLock: [69, 0x45, "extended"],
  NumpadDivide: [98, 0x35, "extended"],
  NumpadMultiply: [55, 0x37],
  NumpadSubtract: [74, 0x4a],
  NumpadAdd: [78, 0x4e],
  NumpadEnter: [96, 0x1c, "extended"],
  NumpadDecimal: [83, 0x53],
  Numpad0: [82, 0x52],
  Numpad1: [79, 0x4f],
  Numpad2: [80, 0x50],
  Numpad3: [81, 0x51],
  Numpad4: [75, 0x4b],
  Numpad5: [76, 0x4c],
  Numpad6: [77, 0x4d],
  Numpad7: [71, 0x47],
  Numpad8: [72, 0x48],
  Numpad9: [73, 0x49],
  // function section
  F1: [59, 0x3b],
  F2: [60, 0x3c],
  F3: [61, 0x3d],
  F4: [62, 0x3e],
  F5: [63, 0x3f],
  F6: [64, 0x40],
  F7: [65, 0x41],
  F8: [66, 0x42],
  F9: [67, 0x43],
  F10: [68, 0x44],
  F11: [87, 0x57],
  F12: [88, 0x58],
  PrintScreen: [99, 0x37, "extended"],
  ScrollLock: [70, 0x46],
  Pause: [119, 0x45],
};

/** Every key that may travel has its codes: a missing one does not compile. */
export const KEYS = Object.fromEntries(
  KEY_CODES.map((code): [PhysicalKey, KeyCodes] => {
    const [evdev, scan, extended] = ROWS[code];
    return [code, { evdev, scan, extended: extended === "extended" }];
  }),
) as Record<PhysicalKey, KeyCodes>;
