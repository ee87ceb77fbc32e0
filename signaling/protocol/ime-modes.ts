/**
 * What the Japanese input method (IME) of the office PC makes of keys. "off": what is printed on them; "unknown": no
 * input method, or none that can be asked. A file of its own: the desktop process needs it, and has no room for zod.
 */
export const IME_MODES = ["unknown", "off", "hiragana", "katakana", "katakana-half", "latin-full"] as const;
export type ImeMode = (typeof IME_MODES)[number];
