/** Text as it is searched: whoever types half-width katakana, hiragana or capitals finds the same. Kept beside what it is made of. */

/** The column in which the parts of a row that are searched stand folded. */
export interface Folded {
  folded: string;
}

/** NFKC, katakana as hiragana, lower case, one space between words. */
export function fold(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/[\u30a1-\u30f6\u30fd\u30fe]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60))
    .toLowerCase()
    .replace(/\s+/g, " ")
    .trim();
}

export const foldedPerson = ({ name, login }: { readonly name: string; readonly login: string }): string =>
  fold(`${name} ${login}`);
export const foldedTerminal = ({ name, id }: { readonly name: string; readonly id: string }): string =>
  fold(`${name} ${id}`);
export const foldedDivision = ({ name }: { readonly name: string }): string => fold(name);
export const foldedOrganisation = ({ name, code }: { readonly name: string; readonly code: string }): string =>
  fold(`${name} ${code}`);
