/** Input by SendInput. Physical keys go by scan code, so the office PC's own layout says what they mean. */
import { KEY_CODES, type PhysicalKey } from "../../../signaling/protocol/keys.ts";
import type { Press } from "./held.ts";
import type { RawInput } from "./injector.ts";
import {
  buttonRecord,
  encodeRecords,
  type InputRecord,
  keyRecord,
  moveRecord,
  RECORD_BYTES,
  scanCodeOf,
  textRecords,
  type VirtualKeyOf,
  wheelRecords,
} from "./records.ts";

/** VK_LBUTTON, VK_MBUTTON, VK_RBUTTON, VK_XBUTTON1, VK_XBUTTON2 as MouseEvent.button counts them. */
const BUTTON_VIRTUAL_KEYS = [0x01, 0x04, 0x02, 0x05, 0x06] as const;
/** 半角/全角, カタカナひらがな and 英数 of a JIS layout: their "down" is a mode of the keyboard, nobody holds them. */
const MODE_VIRTUAL_KEYS = { from: 0xf0, to: 0xf6 } as const;
/** What the number keys of the numeric keypad are while NumLock is on. */
const VK_NUMPAD0 = 0x60;
const VK_DECIMAL = 0x6e;

/** What of Windows is used here; it has a twin for tests. */
export type WindowsKeyboard = typeof import("../native/win32-input.ts");

/**
 * Releases at once what a predecessor left pressed. `refuses`: Windows begins to refuse input, or takes it again. It
 * refuses when another desktop has the screen, and for a program that runs as administrator while we do not (UIPI).
 */
export function openWindowsInput(windows: WindowsKeyboard, refuses: (refuses: boolean) => void): RawInput {
  return new WindowsInput(windows, refuses);
}

class WindowsInput implements RawInput {
  readonly #windows: WindowsKeyboard;
  readonly #refuses: (refuses: boolean) => void;
  readonly #virtualKeyOf: VirtualKeyOf | undefined;
  readonly #ctrl = new Set<PhysicalKey>();
  #isBreak = false;
  #isRefused = false;
  #closed = false;

  constructor(windows: WindowsKeyboard, refuses: (refuses: boolean) => void) {
    this.#windows = windows;
    this.#refuses = refuses;
    this.#virtualKeyOf = windows.isWine() ? windows.virtualKeyOf : undefined;
    this.#releaseLeftovers();
  }

  /** Windows does not say who holds a key; what a person holds at the office goes down again by itself, it repeats. */
  #releaseLeftovers(): void {
    const { isDown, virtualKeyOf } = this.#windows;
    const keys = KEY_CODES.filter((code) => virtualKeysOf(code, virtualKeyOf).some(isDown)).map((code) =>
      keyRecord({ code, down: false }, this.#virtualKeyOf),
    );
    const buttons = BUTTON_VIRTUAL_KEYS.flatMap((virtualKey, button) =>
      isDown(virtualKey) ? [buttonRecord(button, false, false)] : [],
    );
    this.#send([...keys, ...buttons]);
  }

  #send(records: readonly InputRecord[]): void {
    if (this.#closed || records.length === 0) return;
    const sent = this.#windows.sendInput(encodeRecords(records), RECORD_BYTES);
    const isRefused = sent < records.length;
    if (isRefused !== this.#isRefused) this.#refuses(isRefused);
    this.#isRefused = isRefused;
  }

  press(press: Press): void {
    if (press.kind === "button") this.#send([buttonRecord(press.button, press.down, this.#windows.buttonsSwapped())]);
    else this.#send([keyRecord({ ...press, asBreak: this.#asBreak(press) }, this.#virtualKeyOf)]);
  }

  /** Pause goes up as what it went down as, whether or not Ctrl is still held. */
  #asBreak({ code, down }: { code: PhysicalKey; down: boolean }): boolean {
    if (code === "ControlLeft" || code === "ControlRight") {
      if (down) this.#ctrl.add(code);
      else this.#ctrl.delete(code);
    }
    if (code !== "Pause") return false;
    if (down) this.#isBreak = this.#ctrl.size > 0;
    return this.#isBreak;
  }

  move(x: number, y: number): void {
    this.#send([moveRecord({ x, y }, this.#windows.virtualScreenSize())]);
  }

  wheel(dx: number, dy: number): void {
    this.#send(wheelRecords(dx, dy));
  }

  async type(text: string): Promise<void> {
    this.#send(textRecords(text, this.#virtualKeyOf));
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

/** What Windows may know this key by while it is down. */
function virtualKeysOf(code: PhysicalKey, virtualKeyOf: VirtualKeyOf): number[] {
  const virtualKey = virtualKeyOf(scanCodeOf(code));
  const digit = /^Numpad(\d)$/.exec(code)?.[1];
  const keypad = digit ? [VK_NUMPAD0 + Number(digit)] : code === "NumpadDecimal" ? [VK_DECIMAL] : [];
  const isMode = virtualKey >= MODE_VIRTUAL_KEYS.from && virtualKey <= MODE_VIRTUAL_KEYS.to;
  return virtualKey === 0 || isMode ? keypad : [virtualKey, ...keypad];
}
