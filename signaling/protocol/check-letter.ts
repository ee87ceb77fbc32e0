/**
 * The last letter of a 端末ID is a check of the others, so that an ID that was misheard on the telephone is found at once.
 *
 *   check = −(2·a₁₁ + 2²·a₁₀ + … + 2¹¹·a₁)   in GF(32) = GF(2)[x]/(x⁵ + x² + 1), where 2 is x
 *
 * As Damm's quasigroups over fields of characteristic 2 (H. M. Damm, Total anti-symmetrische Quasigruppen, Marburg 2004, x∗y = 2x + y):
 * x has the order 31, so that every letter has another weight than all others. Each wrong letter is found, and each two
 * letters that changed places, neighbours or not. ISO/IEC 7064 has no system over 32 letters: MOD 37-2 would add five signs that the
 * IDs do not have, and the hybrid ones miss some swaps.
 *
 * IDs from before this have any letter there: a wrong check means something only where there is no such ID.
 */
import { CROCKFORD, TerminalId, typedLetters } from "./ids.ts";

const ELEVEN = /^[0-9A-HJKMNP-TV-Z]{11}$/;
const POLYNOMIAL = 0b100101;

const timesTwo = (a: number): number => (a & 16 ? (a << 1) ^ POLYNOMIAL : a << 1);

/** For eleven letters, without hyphens. */
export function checkLetter(letters: string): string {
  if (!ELEVEN.test(letters)) throw new Error("eleven letters are checked");
  let sum = 0;
  for (const letter of letters) sum = timesTwo(sum ^ CROCKFORD.indexOf(letter));
  return CROCKFORD.charAt(sum); // adding and taking away are one in this field
}

export function isChecked(id: TerminalId): boolean {
  const letters = id.replaceAll("-", "");
  return checkLetter(letters.slice(0, -1)) === letters.at(-1);
}

/** Reads an ID as people say and type it. */
export function parseTerminalId(typed: string): TerminalId | undefined {
  return TerminalId.safeParse(
    typedLetters(typed)
      .match(/.{1,4}/g)
      ?.join("-"),
  ).data;
}
