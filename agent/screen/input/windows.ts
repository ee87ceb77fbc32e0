/** Input by SendInput. Physical keys go by scan code, so the office PC's own layout says what they mean. */
import type { LockStates, LockWish } from "../../../signaling/protocol/channels.ts";
import { KEY_CODES, type PhysicalKey } from "../../../signaling/protocol/keys.ts";
import { typableCharacters } from "../../desktop/characters.ts";
import { opensMenu, type Press } from "./held.ts";
import type { RawInput, Typing } from "./injector.ts";
import { KeyRepeat, repeatRate } from "./repeat.ts";
import {
  buttonRecord,
  capsLockRecords,
  encodeRecords,
  type InputRecord,
  keyRecord,
  moveRecord,
  noKeyRecords,
  RECORD_BYTES,
  scanCodeOf,
  textRecords,
  type VirtualKeyOf,
  wheelRecords,
} from "./send-input.ts";

/** VK_LBUTTON, VK_MBUTTON, VK_RBUTTON, VK_XBUTTON1, VK_XBUTTON2 as MouseEvent.button counts them. */
const BUTTON_VIRTUAL_KEYS = [0x01, 0x04, 0x02, 0x05, 0x06] as const;
/** 半角/全角, カタカナひらがな and 英数 of a JIS layout: their "down" is a mode of the keyboard, nobody holds them. */
const MODE_VIRTUAL_KEYS = { from: 0xf0, to: 0xf6 } as const;
/** What the number keys of the numeric keypad are while NumLock is on. */
const VK_NUMPAD0 = 0x60;
const VK_DECIMAL = 0x6e;
const VK_SHIFT = 0x10;
const LOCKS = { caps: 0x14, num: 0x90, kana: 0x15 } as const;

/** A program reads all the keys there are before it draws: a long text shall appear as it is typed. */
const STEP_CHARACTERS = 16;
const STEP_PAUSE_MS = 20;

const CTRL: readonly PhysicalKey[] = ["ControlLeft", "ControlRight"];
const ALT: readonly PhysicalKey[] = ["AltLeft", "AltRight"];
const WIN: readonly PhysicalKey[] = ["MetaLeft", "MetaRight"];
const MODIFIERS = [...CTRL, ...ALT, ...WIN];

/** What of Windows is used here; it has a twin for tests. */
export type WindowsKeyboard = typeof import("../../native/win32/input.ts") &
  Pick<typeof import("../../native/win32/win32.ts"), "isWine">;

export interface WindowsInputHandlers {
  /**
   * Windows begins to refuse input, or takes it again. It refuses when another desktop has the screen, and for a program
   * that runs as administrator while we do not (UIPI).
   */
  refuses(refuses: boolean): void;
  /** Win+L was pressed. Windows takes that from a real keyboard only, and would give the L to the program in front. */
  lock(): void;
  /** Ctrl+Alt+Del was pressed. Windows takes that from a real keyboard and from services only. */
  attention(): void;
}

/** Releases at once what a predecessor left pressed. */
export function openWindowsInput(windows: WindowsKeyboard, handlers: WindowsInputHandlers): RawInput {
  return new WindowsInput(windows, handlers);
}

class WindowsInput implements RawInput {
  readonly #windows: WindowsKeyboard;
  readonly #handlers: WindowsInputHandlers;
  readonly #virtualKeyOf: VirtualKeyOf | undefined;
  /** Ctrl, Alt and Win keys that the person holds. */
  readonly #modifiers = new Set<PhysicalKey>();
  readonly #repeat: KeyRepeat;
  /** Delete is held as a part of Ctrl+Alt+Del: Windows does not know of it. */
  #isAttention = false;
  #isBreak = false;
  #isRefused = false;
  #closed = false;

  constructor(windows: WindowsKeyboard, handlers: WindowsInputHandlers) {
    this.#windows = windows;
    this.#handlers = handlers;
    this.#virtualKeyOf = windows.isWine() ? windows.virtualKeyOf : undefined;
    this.#repeat = new KeyRepeat({
      rate: () => repeatRate(windows.keyboardSettings()),
      again: (code) => this.#send([keyRecord({ code, down: true }, this.#virtualKeyOf)]),
    });
    this.#releaseLeftovers();
  }

  /** Windows does not say who holds a key; what a person holds at the office goes down again by itself, it repeats. */
  #releaseLeftovers(): void {
    const { isDown, virtualKeyOf } = this.#windows;
    const down = KEY_CODES.filter((code) => virtualKeysOf(code, virtualKeyOf).some(isDown));
    const keys = down.map((code) => keyRecord({ code, down: false }, this.#virtualKeyOf));
    const neutral = down.some((code) => opensMenu({ type: "key", code, down: false })) ? noKeyRecords() : [];
    const buttons = BUTTON_VIRTUAL_KEYS.flatMap((virtualKey, button) =>
      isDown(virtualKey) ? [buttonRecord(button, false, false)] : [],
    );
    this.#send([...neutral, ...keys, ...buttons]);
  }

  #send(records: readonly InputRecord[]): void {
    if (this.#closed || records.length === 0) return;
    const sent = this.#windows.sendInput(encodeRecords(records), RECORD_BYTES);
    const isRefused = sent < records.length;
    if (isRefused !== this.#isRefused) this.#handlers.refuses(isRefused);
    this.#isRefused = isRefused;
  }

  press(press: Press): void {
    if (press.type === "button") this.#send([buttonRecord(press.button, press.down, this.#windows.buttonsSwapped())]);
    else this.#pressKey(press);
  }

  release(presses: readonly Press[]): void {
    if (presses.some(opensMenu)) this.#send(noKeyRecords());
    for (const press of presses) this.press(press);
  }

  #pressKey({ code, down }: { code: PhysicalKey; down: boolean }): void {
    if (down) this.#repeat.stop();
    else this.#repeat.release(code);
    if (MODIFIERS.includes(code)) {
      if (down) this.#modifiers.add(code);
      else this.#modifiers.delete(code);
    }
    const isHeld = (keys: readonly PhysicalKey[]) => keys.some((key) => this.#modifiers.has(key));
    if (code === "KeyL" && down && isHeld(WIN)) {
      this.#send(noKeyRecords());
      this.#handlers.lock();
      return;
    }
    if (code === "Delete" && down && isHeld(CTRL) && isHeld(ALT)) {
      this.#isAttention = true;
      this.#releaseModifiers();
      this.#handlers.attention();
      return;
    }
    if (code === "Delete" && this.#isAttention) {
      this.#isAttention = false;
      return;
    }
    // Pause goes up as what it went down as, whether or not Ctrl is still held
    if (code === "Pause" && down) this.#isBreak = isHeld(CTRL);
    this.#send([keyRecord({ code, down, asBreak: code === "Pause" && this.#isBreak }, this.#virtualKeyOf)]);
    if (down && !isMode(this.#windows.virtualKeyOf(scanCodeOf(code)))) this.#repeat.press(code);
  }

  /** Before another desktop has the screen, where they would go up while this one goes on holding them. */
  #releaseModifiers(): void {
    const ups = [...this.#modifiers].map((code) => keyRecord({ code, down: false }, this.#virtualKeyOf));
    this.#send([...noKeyRecords(), ...ups]); // Alt alone would open a menu
  }

  locks(): LockStates {
    const { isOn } = this.#windows;
    return { caps: isOn(LOCKS.caps), num: isOn(LOCKS.num), kana: isOn(LOCKS.kana) };
  }

  setLocks({ caps, num }: LockWish): void {
    if (this.#modifiers.size > 0) return; // with one of them these keys mean something else
    const { isOn, isDown } = this.#windows;
    const tap = [true, false].map((down) => keyRecord({ code: "NumLock", down }, this.#virtualKeyOf));
    this.#send([
      ...(caps === null || caps === isOn(LOCKS.caps) ? [] : capsLockRecords(isDown(VK_SHIFT))),
      ...(num === null || num === isOn(LOCKS.num) ? [] : tap),
    ]);
  }

  move(x: number, y: number): void {
    this.#send([moveRecord({ x, y }, this.#windows.virtualScreenSize())]);
  }

  wheel(dx: number, dy: number): void {
    this.#send(wheelRecords(dx, dy));
  }

  async type(text: string, { typed, stop }: Typing): Promise<void> {
    this.#repeat.stop();
    const characters = typableCharacters(text);
    for (let at = 0; at < characters.length; at += STEP_CHARACTERS) {
      if (at > 0) await sleep(STEP_PAUSE_MS);
      if (this.#closed || stop.aborted) return;
      const step = characters.slice(at, at + STEP_CHARACTERS);
      this.#send(textRecords(step.join(""), this.#virtualKeyOf));
      typed(step.length);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#repeat.stop();
  }
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const isMode = (virtualKey: number) => virtualKey >= MODE_VIRTUAL_KEYS.from && virtualKey <= MODE_VIRTUAL_KEYS.to;

/** What Windows may know this key by while it is down. */
function virtualKeysOf(code: PhysicalKey, virtualKeyOf: VirtualKeyOf): number[] {
  const virtualKey = virtualKeyOf(scanCodeOf(code));
  const digit = /^Numpad(\d)$/.exec(code)?.[1];
  const keypad = digit ? [VK_NUMPAD0 + Number(digit)] : code === "NumpadDecimal" ? [VK_DECIMAL] : [];
  return virtualKey === 0 || isMode(virtualKey) ? keypad : [virtualKey, ...keypad];
}
