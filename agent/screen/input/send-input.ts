/**
 * What SendInput takes: keys, buttons, moves and text as INPUT records. Pure, so that each can be checked anywhere.
 *
 * A key goes by scan code, and the office PC's own layout says what it means. Wine finds no virtual key for a scan code,
 * so there both are given; it names its keys as Windows does.
 */
import type { PhysicalKey } from "../../../signaling/protocol/keys.ts";
import { typableCharacters } from "../../desktop/characters.ts";
import { KEYS } from "./keys.ts";

/** The fields of KEYBDINPUT and MOUSEINPUT (winuser.h) that are not always 0. */
export type InputRecord =
  | { kind: "key"; virtualKey: number; scan: number; flags: number }
  | { kind: "mouse"; x: number; y: number; data: number; flags: number };

/** sizeof(INPUT) of 64-bit Windows. */
export const RECORD_BYTES = 40;
const INPUT_MOUSE = 0;
const INPUT_KEYBOARD = 1;

const KEY_EXTENDED = 0x1;
const KEY_UP = 0x2;
const KEY_UNICODE = 0x4;
const KEY_SCANCODE = 0x8;
const MOVE = 0x1;
const WHEEL = 0x800;
const HORIZONTAL_WHEEL = 0x1000;
const VIRTUAL_DESKTOP = 0x4000;
const ABSOLUTE = 0x8000;

/** MouseEvent.button → MOUSEEVENTF flags and mouseData. */
const BUTTONS: readonly { readonly down: number; readonly up: number; readonly data: number }[] = [
  { down: 0x2, up: 0x4, data: 0 },
  { down: 0x20, up: 0x40, data: 0 },
  { down: 0x8, up: 0x10, data: 0 },
  { down: 0x80, up: 0x100, data: 1 },
  { down: 0x80, up: 0x100, data: 2 },
];
const WHEEL_DELTA = 120;
/** More notches at once than anyone turns. */
const MAX_NOTCHES = 32;
/** Absolute positions are parts of 65,536 of the virtual screen. */
const POSITIONS = 65_536;

/**
 * Keys whose scan code alone does not say which they are: layouts know 45 as NumLock only, and Pause as E1 1D, which
 * SendInput has no flag for. The virtual key is the same in every layout.
 */
const BY_VIRTUAL_KEY: Partial<Record<PhysicalKey, number>> = { NumLock: 0x90, Pause: 0x13 };
/** What the Pause key sends while Ctrl is held (Break). */
const BREAK = { virtualKey: 0x03, scan: 0x46, extended: true } as const;

/** MapVirtualKeyW with MAPVK_VSC_TO_VK_EX: scan code, E0 in its high byte when extended → virtual key. */
export type VirtualKeyOf = (scanCode: number) => number;

/** `virtualKeyOf`: only for Wine. `asBreak`: the Pause key as Ctrl makes it. */
export function keyRecord(
  { code, down, asBreak = false }: { code: PhysicalKey; down: boolean; asBreak?: boolean },
  virtualKeyOf?: VirtualKeyOf,
): InputRecord {
  const up = down ? 0 : KEY_UP;
  if (asBreak) return { kind: "key", virtualKey: BREAK.virtualKey, scan: BREAK.scan, flags: KEY_EXTENDED | up };
  const { scan, extended } = KEYS[code];
  const flags = (extended ? KEY_EXTENDED : 0) | up;
  const virtualKey = BY_VIRTUAL_KEY[code] ?? virtualKeyOf?.(scanCodeOf(code));
  if (virtualKey) return { kind: "key", virtualKey, scan, flags };
  return { kind: "key", virtualKey: 0, scan, flags: flags | KEY_SCANCODE };
}

/** A key that is none: with it Win and Alt were not pressed alone, which would open a menu. 0xE8 is unassigned in winuser.h. */
export function noKeyRecords(): InputRecord[] {
  return [0, KEY_UP].map((flags) => ({ kind: "key", virtualKey: 0xe8, scan: 0, flags }));
}

const VK_SHIFT = 0x10;
const VK_CAPITAL = 0x14;
const SCAN_SHIFT = 0x2a;
const SCAN_CAPITAL = 0x3a;

/** CapsLock tapped. A Japanese layout takes the key alone for 英数: it is CapsLock with Shift, which no other layout minds. */
export function capsLockRecords(shiftIsHeld: boolean): InputRecord[] {
  const one = (virtualKey: number, scan: number, flags: number): InputRecord => ({
    kind: "key",
    virtualKey,
    scan,
    flags,
  });
  const tap = [0, KEY_UP].map((flags) => one(VK_CAPITAL, SCAN_CAPITAL, flags));
  return shiftIsHeld ? tap : [one(VK_SHIFT, SCAN_SHIFT, 0), ...tap, one(VK_SHIFT, SCAN_SHIFT, KEY_UP)];
}

/** As MapVirtualKeyW wants it: E0 in the high byte when extended. */
export function scanCodeOf(code: PhysicalKey): number {
  const { scan, extended } = KEYS[code];
  return extended ? 0xe000 | scan : scan;
}

/**
 * `button`: what a press means, 0 the main one. Windows exchanges left and right behind SendInput for people who use
 * the mouse with their left hand (`swapped`, SM_SWAPBUTTON), as for a real mouse: it is done beforehand once more.
 */
export function buttonRecord(button: number, down: boolean, swapped: boolean): InputRecord {
  const physical = swapped && (button === 0 || button === 2) ? 2 - button : button;
  const { data, ...flags } = BUTTONS[physical] ?? (BUTTONS[0] as (typeof BUTTONS)[number]);
  return { kind: "mouse", x: 0, y: 0, data, flags: down ? flags.down : flags.up };
}

/** A position in pixels from the virtual screen's top left corner; clipped to it. */
export function moveRecord(position: { x: number; y: number }, screen: { width: number; height: number }): InputRecord {
  return {
    kind: "mouse",
    x: normalized(position.x, screen.width),
    y: normalized(position.y, screen.height),
    data: 0,
    flags: MOVE | ABSOLUTE | VIRTUAL_DESKTOP,
  };
}

/** Rounded up: Windows rounds down to the pixel. */
function normalized(pixel: number, size: number): number {
  const clipped = Math.min(Math.max(pixel, 0), size - 1);
  return Math.min(Math.ceil((clipped * POSITIONS) / size), POSITIONS - 1);
}

/** Notches: positive dy down, positive dx right. Windows counts away from the person as positive. */
export function wheelRecords(dx: number, dy: number): InputRecord[] {
  const turn = (notches: number, flags: number): InputRecord[] => {
    const data = Math.min(Math.max(notches, -MAX_NOTCHES), MAX_NOTCHES) * WHEEL_DELTA;
    return data === 0 ? [] : [{ kind: "mouse", x: 0, y: 0, data, flags }];
  };
  return [...turn(-dy, WHEEL), ...turn(dx, HORIZONTAL_WHEEL)];
}

/** Text that need not be on the keyboard: UTF-16 units past layout and IME. Line ends and tabs are their keys. */
export function textRecords(text: string, virtualKeyOf?: VirtualKeyOf): InputRecord[] {
  return typableCharacters(text).flatMap((character) => {
    if (character === "\n") return tap("Enter", virtualKeyOf);
    if (character === "\t") return tap("Tab", virtualKeyOf);
    return character.split("").flatMap((unit) => unicode(unit.charCodeAt(0)));
  });
}

const tap = (code: PhysicalKey, virtualKeyOf?: VirtualKeyOf) =>
  [true, false].map((down) => keyRecord({ code, down }, virtualKeyOf));

const unicode = (unit: number) =>
  [KEY_UNICODE, KEY_UNICODE | KEY_UP].map((flags): InputRecord => ({ kind: "key", virtualKey: 0, scan: unit, flags }));

/** An array of INPUT. Times are 0: Windows takes its own. */
export function encodeRecords(records: readonly InputRecord[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(records.length * RECORD_BYTES);
  records.forEach((record, index) => {
    writeRecord(new DataView(bytes.buffer, index * RECORD_BYTES, RECORD_BYTES), record);
  });
  return bytes;
}

function writeRecord(view: DataView, record: InputRecord): void {
  if (record.kind === "key") {
    view.setUint32(0, INPUT_KEYBOARD, true);
    view.setUint16(8, record.virtualKey, true);
    view.setUint16(10, record.scan, true);
    view.setUint32(12, record.flags, true);
  } else {
    view.setUint32(0, INPUT_MOUSE, true);
    view.setInt32(8, record.x, true);
    view.setInt32(12, record.y, true);
    view.setInt32(16, record.data, true);
    view.setUint32(20, record.flags, true);
  }
}
