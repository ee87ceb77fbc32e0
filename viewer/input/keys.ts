/**
 * From the browser's key events to physical keys going down and up. Pure: no elements, no sending.
 *
 * Browsers lose and invent events; each oddity is handled below where it is named. Auto-repeat is dropped: a key that
 * is held is held, and the office PC repeats it itself, so a slow line cannot make it run on.
 */
import { KEY_CODES, type PhysicalKey } from "../../signaling/protocol/keys.ts";
import { Held } from "./held.ts";

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
export interface Stroke {
  readonly code: PhysicalKey;
  readonly down: boolean;
}

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

/** Windows makes AltGr out of Ctrl and Alt: the false Ctrl comes first, within the same moment. */
const ALTGR_MS = 50;

const FAMILIES = [
  { flag: "shiftKey", keys: ["ShiftLeft", "ShiftRight"] },
  { flag: "ctrlKey", keys: ["ControlLeft", "ControlRight"] },
  { flag: "altKey", keys: ["AltLeft", "AltRight"] },
  { flag: "metaKey", keys: ["MetaLeft", "MetaRight"] },
] as const satisfies ReadonlyArray<{ flag: keyof ModifierLike; keys: readonly PhysicalKey[] }>;

const MODIFIERS: ReadonlySet<string> = new Set(FAMILIES.flatMap(({ keys }) => keys));

export class Keys {
  readonly #held = new Held<PhysicalKey>();
  readonly #platform: Platform;
  #controlAt = Number.NEGATIVE_INFINITY;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  get held(): number {
    return this.#held.size;
  }

  /** What one event means, in order. Empty for what is not ours. */
  read(event: KeyLike): Stroke[] {
    const lost = this.#lostModifiers(event, event.code);
    const { code } = event;
    if (!isKnown(code)) return lost;
    return [...lost, ...(event.type === "keydown" ? this.#down(event, code) : this.#up(code))];
  }

  /** Modifiers whose key-up the operating system kept for itself (Alt+Tab, Win+L): any later event shows it. */
  readModifiers(event: ModifierLike): Stroke[] {
    return this.#lostModifiers(event, "");
  }

  /** Everything goes up. */
  clear(): Stroke[] {
    return this.#held.clear().map(up);
  }

  #down(event: KeyLike, code: PhysicalKey): Stroke[] {
    if (this.#isToggling(event, code)) return event.repeat ? [] : [down(code), up(code)];
    if (event.repeat) return [];
    if (code === "ControlLeft") this.#controlAt = event.timeStamp;
    const strokes: Stroke[] = [];
    const altGr = code === "AltRight" && (event.key === "AltGraph" || event.getModifierState("AltGraph"));
    if (this.#platform === "windows" && altGr && event.timeStamp - this.#controlAt < ALTGR_MS) {
      strokes.push(...this.#up("ControlLeft"));
    }
    if (this.#held.press(code)) strokes.push(down(code));
    return strokes;
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
    return code === "CapsLock" && this.#platform === "mac";
  }

  #ordinary(): Stroke[] {
    const orphans = [...this.#held].filter((code) => !MODIFIERS.has(code));
    for (const code of orphans) this.#held.release(code);
    return orphans.map(up);
  }

  /** `now`: the key the event itself is about; its family's flag may not be settled yet. */
  #lostModifiers(event: ModifierLike, now: string): Stroke[] {
    if (this.#held.size === 0) return [];
    const strokes: Stroke[] = [];
    for (const { flag, keys } of FAMILIES) {
      if (event[flag] || keys.some((key) => key === now)) continue;
      for (const key of keys) {
        // With AltGr held, Linux says altKey: false, and Windows hides Ctrl and Alt behind it.
        if (key === "AltRight" && event.getModifierState("AltGraph")) continue;
        if (this.#held.release(key)) strokes.push(up(key));
      }
    }
    return strokes;
  }
}

const isKnown = (code: string): code is PhysicalKey => KNOWN.has(code);
const down = (code: PhysicalKey): Stroke => ({ code, down: true });
const up = (code: PhysicalKey): Stroke => ({ code, down: false });
