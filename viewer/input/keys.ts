/**
 * From the browser's key events to physical keys going down and up. Pure: no elements, no sending.
 *
 * Browsers lose and invent events; each oddity is handled below where it is named. Auto-repeat is dropped: a key that
 * is held is held, and the office PC repeats it itself, so a slow line cannot make it run on. Alt and Win wait until it is
 * known what they are for (lone-keys.ts).
 */
import { KEY_CODES, type PhysicalKey } from "../../signaling/protocol/keys.ts";
import { Held } from "./held.ts";
import { LoneKeys, type Seen, type Stroke } from "./lone-keys.ts";
import { keypadMeaning } from "./numpad.ts";

/** The part of KeyboardEvent that is read. */
export interface KeyLike {
  readonly type: string;
  readonly code: string;
  readonly key: string;
  readonly repeat: boolean;
  readonly timeStamp: number;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  getModifierState(name: string): boolean;
}

/** The modifiers as any mouse event tells them. */
export type ModifierLike = Pick<KeyLike, "shiftKey" | "ctrlKey" | "altKey" | "metaKey" | "getModifierState">;

export type Platform = "windows" | "mac" | "other";

const KNOWN: ReadonlySet<string> = new Set(KEY_CODES);

/** Japanese keys whose meaning toggles: Windows reports a key-down each time and no key-up, or the key-up of its other half. */
const TOGGLING_KEYS: ReadonlySet<string> = new Set([
  "Zenkaku",
  "Hankaku",
  "ZenkakuHankaku",
  "KanjiMode",
  "Hiragana",
  "Katakana",
  "HiraganaKatakana",
  "KanaMode",
  "Romaji",
  "Alphanumeric",
  "Eisu",
]);
const TOGGLING_CODES: ReadonlySet<string> = new Set(["KanaMode", "Lang1", "Lang2"]);
/** "Process": an input method at home took the key, and may keep its key-up. These are keys for input methods. */
const PROCESSED = "Process";
const INPUT_METHOD_CODES: ReadonlySet<string> = new Set(["Backquote", "Convert", "NonConvert", "CapsLock"]);

/**
 * Windows makes AltGr out of Ctrl and Alt: the false Ctrl comes first, within the same moment. With NumLock it makes Home
 * out of Shift and 7 of the keypad: a false key-up of Shift comes first.
 */
const SAME_MOMENT_MS = 50;

const FAMILIES = [
  { flag: "shiftKey", keys: ["ShiftLeft", "ShiftRight"] },
  { flag: "ctrlKey", keys: ["ControlLeft", "ControlRight"] },
  { flag: "altKey", keys: ["AltLeft", "AltRight"] },
  { flag: "metaKey", keys: ["MetaLeft", "MetaRight"] },
] as const satisfies ReadonlyArray<{ flag: keyof ModifierLike; keys: readonly PhysicalKey[] }>;

const MODIFIERS: ReadonlySet<string> = new Set(FAMILIES.flatMap(({ keys }) => keys));

export class Keys {
  readonly #held = new Held<PhysicalKey>();
  readonly #lone = new LoneKeys();
  readonly #platform: Platform;
  #controlAt = Number.NEGATIVE_INFINITY;
  #shiftUp: { readonly code: PhysicalKey; readonly at: number } | undefined;
  /** Keys of the keypad that went down as something else → what as. */
  readonly #keypad = new Map<string, PhysicalKey>();
  /** Windows hides the Shift that is held, as long as such a key is down. */
  #hidesShift = false;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** Those that wait are down for this purpose. */
  get held(): number {
    return this.#held.size;
  }

  /** Call `settle` after LONE_TAP_MS if the focus is still here. */
  get unsettled(): boolean {
    return this.#lone.unsettled;
  }

  /** What one event means, in order. Empty for what is not ours. */
  read(event: KeyLike): Stroke[] {
    return this.#lone.pass(event.type === "keydown" ? this.#keyDown(event) : this.#keyUp(event));
  }

  /** Modifiers whose key-up the operating system kept for itself (Alt+Tab, Win+L): any later event shows it. */
  readModifiers(event: ModifierLike): Stroke[] {
    return this.#lone.pass(this.#lostModifiers(event, ""));
  }

  /** What waits goes down: before a button, the wheel, a key of the strip. */
  flush(): Stroke[] {
    return this.#lone.flush();
  }

  settle(): Stroke[] {
    return this.#lone.settle();
  }

  /** Nothing is held any more; what waited is forgotten. */
  clear(): void {
    this.#lone.clear();
    this.#held.clear();
    this.#keypad.clear();
    this.#hidesShift = false;
  }

  #keyDown(event: KeyLike): Seen[] {
    const lost = this.#lostModifiers(event, event.code);
    const { code } = event;
    if (!isKnown(code)) return lost;
    const meaning = keypadMeaning(event);
    if (meaning === undefined) return [...lost, ...this.#down(event, code)];
    if (meaning === "nothing" || event.repeat) return lost;
    this.#keypad.set(code, meaning);
    return [...lost, ...this.#hiddenShift(event), ...this.#press(meaning)];
  }

  #keyUp(event: KeyLike): Seen[] {
    const { code } = event;
    const meaning = this.#keypad.get(code);
    if (meaning) {
      this.#keypad.delete(code);
      this.#hidesShift &&= this.#keypad.size > 0;
      return [...this.#up(meaning), ...this.#lostModifiers(event, code)];
    }
    const lost = this.#lostModifiers(event, code);
    if (!isKnown(code)) return lost;
    if (code.startsWith("Shift")) this.#shiftUp = { code, at: event.timeStamp };
    return [...lost, ...this.#up(code)];
  }

  #down(event: KeyLike, code: PhysicalKey): Stroke[] {
    if (this.#isToggling(event, code)) return event.repeat ? [] : [down(code), up(code)];
    if (event.repeat) return [];
    if (code === "ControlLeft") this.#controlAt = event.timeStamp;
    const strokes: Stroke[] = [];
    const altGr = code === "AltRight" && (event.key === "AltGraph" || event.getModifierState("AltGraph"));
    if (this.#platform === "windows" && altGr && event.timeStamp - this.#controlAt < SAME_MOMENT_MS) {
      strokes.push(...this.#up("ControlLeft"));
    }
    return [...strokes, ...this.#press(code)];
  }

  /** Down again although it is no repetition: its key-up was lost, and this is another press. */
  #press(code: PhysicalKey): Stroke[] {
    if (this.#held.press(code)) return [down(code)];
    return MODIFIERS.has(code) ? [] : [up(code), down(code)];
  }

  /** Home of the keypad although NumLock is on: Shift is held, whatever its events say. */
  #hiddenShift(event: KeyLike): Stroke[] {
    const shift = this.#shiftUp;
    if (event.shiftKey || !event.getModifierState("NumLock")) return [];
    if (!shift || event.timeStamp - shift.at >= SAME_MOMENT_MS) return [];
    this.#hidesShift = true;
    return this.#held.press(shift.code) ? [down(shift.code)] : [];
  }

  #up(code: PhysicalKey): Stroke[] {
    if (this.#held.release(code)) {
      // macOS reports no key-up for other keys while Command is held.
      const orphans = this.#platform === "mac" && code.startsWith("Meta") ? this.#ordinary() : [];
      return [up(code), ...orphans];
    }
    // Windows keeps the key-down of PrintScreen; macOS reports CapsLock as down when it goes on and up when it goes off.
    const only = code === "PrintScreen" || (code === "CapsLock" && this.#platform === "mac");
    return only ? [down(code), up(code)] : [];
  }

  #isToggling(event: KeyLike, code: PhysicalKey): boolean {
    if (TOGGLING_CODES.has(code) || TOGGLING_KEYS.has(event.key)) return true;
    if (event.key === PROCESSED && INPUT_METHOD_CODES.has(code)) return true;
    return code === "CapsLock" && this.#platform === "mac";
  }

  #ordinary(): Stroke[] {
    const orphans = [...this.#held].filter((code) => !MODIFIERS.has(code));
    for (const code of orphans) this.#held.release(code);
    return orphans.map(up);
  }

  /** `now`: the key the event itself is about; its family's flag may not be settled yet. */
  #lostModifiers(event: ModifierLike, now: string): Seen[] {
    if (this.#held.size === 0) return [];
    const strokes: Seen[] = [];
    for (const { flag, keys } of FAMILIES) {
      if (event[flag] || keys.some((key) => key === now)) continue;
      if (flag === "shiftKey" && this.#hidesShift) continue;
      for (const key of keys) {
        // With AltGr held, Linux says altKey: false, and Windows hides Ctrl and Alt behind it.
        if (key === "AltRight" && event.getModifierState("AltGraph")) continue;
        if (this.#held.release(key)) strokes.push({ ...up(key), lost: true });
      }
    }
    return strokes;
  }
}

const isKnown = (code: string): code is PhysicalKey => KNOWN.has(code);
const down = (code: PhysicalKey): Stroke => ({ code, down: true });
const up = (code: PhysicalKey): Stroke => ({ code, down: false });
