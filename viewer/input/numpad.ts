/** What a key of the numeric keypad means: its code is the same with NumLock and without, its `key` is not. Pure. */
import type { PhysicalKey } from "../../signaling/protocol/keys.ts";

/** Named values of `key` (UI Events KeyboardEvent key Values §3.4, §3.5) → the keys beside the keypad that mean them always. */
const MEANINGS: Readonly<Record<string, PhysicalKey | "nothing">> = {
  Home: "Home",
  End: "End",
  PageUp: "PageUp",
  PageDown: "PageDown",
  ArrowUp: "ArrowUp",
  ArrowDown: "ArrowDown",
  ArrowLeft: "ArrowLeft",
  ArrowRight: "ArrowRight",
  Insert: "Insert",
  Delete: "Delete",
  Clear: "nothing", // the 5; there is no other key for it, and a 5 it is not
};

const IN_KEYPAD = /^Numpad(\d|Decimal)$/;

/** Undefined: what stands on it, a digit. Else the office's own NumLock must not turn it into one. */
export function keypadMeaning({ code, key }: { code: string; key: string }): PhysicalKey | "nothing" | undefined {
  return IN_KEYPAD.test(code) ? MEANINGS[key] : undefined;
}
