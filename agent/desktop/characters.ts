/** Which characters of a text may be typed, and how line ends come out of it. */

/** Characters one by one, any line end as "\n". Control characters but Tab, and halves of surrogate pairs, are left out. */
export function typableCharacters(text: string): string[] {
  return [...text.replaceAll(/\r\n?/g, "\n")].filter(isTypable);
}

/** As both ends count a text: whole letters, whether or not they can be typed. */
export const countCharacters = (text: string): number => [...text].length;

export function isTypable(character: string): boolean {
  if (character === "\n" || character === "\t") return true;
  const codePoint = character.codePointAt(0) ?? 0;
  if (codePoint < 0x20 || (codePoint >= 0x7f && codePoint < 0xa0)) return false;
  return codePoint < 0xd800 || codePoint > 0xdfff;
}
