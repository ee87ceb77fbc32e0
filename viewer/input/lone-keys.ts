/**
 * Alt and Win pressed alone open a menu at the office, and at home they are how one goes away from this page (Alt+Tab,
 * the Start menu): the page sees them go down and nothing else. So they wait until it is known what they were for. Pure.
 *
 *   down ──▶ waiting ──another key, button or wheel──▶ sent, before it
 *               ├──its own key-up──▶ a tap: sent whole. Win's a moment later: the Start menu at home opens at the key-up
 *               └──focus lost, key-up never seen──▶ nothing was meant for the office
 */
import type { PhysicalKey } from "../../signaling/protocol/keys.ts";

export interface Stroke {
  readonly code: PhysicalKey;
  readonly down: boolean;
}

/** The Start menu at home takes the focus within this time after the key-up; then it was not for the office. */
export const LONE_TAP_MS = 300;

/** `lost`: a key-up that nobody has seen. */
export type Seen = Stroke & { readonly lost?: boolean };

const WAITS: ReadonlySet<PhysicalKey> = new Set(["AltLeft", "AltRight", "MetaLeft", "MetaRight"]);
const CHANGES_MEANING: ReadonlySet<PhysicalKey> = new Set([
  ...WAITS,
  ...(["ShiftLeft", "ShiftRight", "ControlLeft", "ControlRight"] as const),
]);

export class LoneKeys {
  #waiting: PhysicalKey[] = [];
  /** Win keys, up again, for which the focus may yet go. */
  #tapped: PhysicalKey[] = [];

  /** To be settled after LONE_TAP_MS. */
  get unsettled(): boolean {
    return this.#tapped.length > 0;
  }

  pass(strokes: readonly Seen[]): Stroke[] {
    return strokes.flatMap((stroke) => this.#one(stroke));
  }

  /** Something else is about to be sent that they belong to. */
  flush(): Stroke[] {
    const downs = this.#waiting.map((code) => ({ code, down: true }));
    this.#waiting = [];
    return [...this.settle(), ...downs];
  }

  /** The focus has stayed: it was a tap. */
  settle(): Stroke[] {
    return this.#tapped.splice(0).flatMap(tap);
  }

  /** The focus went. */
  clear(): void {
    this.#waiting = [];
    this.#tapped = [];
  }

  #one({ code, down, lost }: Seen): Stroke[] {
    const stroke = { code, down };
    if (down && WAITS.has(code)) {
      if (this.#waiting.length > 0) return [...this.flush(), stroke];
      this.#waiting.push(code);
      return this.settle();
    }
    if (!down && this.#waiting.includes(code)) {
      this.#waiting = this.#waiting.filter((one) => one !== code);
      if (lost) return [];
      if (code.startsWith("Alt")) return tap(code);
      this.#tapped.push(code);
      return [];
    }
    // Shift let go while Alt is down changes what Alt means; a letter let go does not.
    return down || CHANGES_MEANING.has(code) ? [...this.flush(), stroke] : [stroke];
  }
}

const tap = (code: PhysicalKey): Stroke[] => [
  { code, down: true },
  { code, down: false },
];
