/** What an input method's state means for who types. Pure. */
import type { ImeMode } from "../../../signaling/protocol/ime-modes.ts";

/** IME_CMODE_… of imm.h. */
const NATIVE = 0x1;
const KATAKANA = 0x2;
const FULL_SHAPE = 0x8;

/** Half-width letters are what the keys say, as with the input method off. */
export function imeModeOf(status: { isOpen: boolean; conversion: number } | "none"): ImeMode {
  if (status === "none") return "unknown";
  const { isOpen, conversion } = status;
  if (!isOpen) return "off";
  const isFull = (conversion & FULL_SHAPE) !== 0;
  if (!(conversion & NATIVE)) return isFull ? "latin-full" : "off";
  if (!(conversion & KATAKANA)) return "hiragana";
  return isFull ? "katakana" : "katakana-half";
}
