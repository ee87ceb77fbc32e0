/** How the office PC's input method is shown: the sign that Windows itself has for it, and its name. */
import type { ImeMode } from "../signaling/protocol/ime-modes.ts";
import type { TextKey } from "./words/dictionary.ts";

/** Nothing is shown while it is unknown. */
export const IME_SIGNS: Readonly<Record<ImeMode, { readonly sign: string; readonly name: TextKey } | undefined>> = {
  unknown: undefined,
  off: { sign: "A", name: "imeOff" },
  hiragana: { sign: "あ", name: "imeHiragana" },
  katakana: { sign: "カ", name: "imeKatakana" },
  "katakana-half": { sign: "ｶ", name: "imeKatakanaHalf" },
  "latin-full": { sign: "Ａ", name: "imeLatinFull" },
};
