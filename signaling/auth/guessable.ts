/**
 * Would somebody who guesses find this password soon? Lists of leaked and common passwords, names and words (English and
 * Japanese), keyboard rows, dates and repetitions, as guessers use them (NIST SP 800-63B §5.1.1.2, ASVS 6.2.4). The lists take
 * some 100 MB of memory, so they are loaded when a password is chosen, which is rare; a check takes some ms, of a
 * made-up text up to a second. A server asks through guess-checks.ts.
 */
import type { ZxcvbnFactory } from "@zxcvbn-ts/core";

/** zxcvbn's score from 0 to 4; 3 is what withstands 10⁸ guesses. */
const MIN_SCORE = 3;

/**
 * So many characters are looked at. Whoever cannot guess the beginning cannot guess the whole; and the work grows so fast with the
 * length that 256 characters of the worst kind take half a minute.
 */
const LOOKED_AT = 32;

let lists: Promise<ZxcvbnFactory> | undefined;

/**
 * `own`: what belongs to the person, such as the names of person and organisation. None of its words may be part of the password:
 * the lists' score would let them pass with a year behind.
 */
export async function isGuessable(password: string, own: readonly string[]): Promise<boolean> {
  if (holdsOwnWords(password, own)) return true;
  lists ??= load();
  const beginning = [...password.normalize("NFKC")].slice(0, LOOKED_AT).join("");
  return (await lists).check(beginning).score < MIN_SCORE;
}

export function holdsOwnWords(password: string, own: readonly string[]): boolean {
  const plain = comparable(password);
  return own.flatMap(wordsOf).some((word) => plain.includes(word));
}

/** Two signs are a name in Japanese (緑市, 佐藤); in Latin letters they are part of many words. */
const wordsOf = (text: string): string[] =>
  comparable(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length >= (/^[\x20-\x7e]*$/.test(word) ? 3 : 2));

const comparable = (text: string): string => text.normalize("NFKC").toLowerCase();

async function load(): Promise<ZxcvbnFactory> {
  const [{ ZxcvbnFactory }, common, english, japanese] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
    import("@zxcvbn-ts/language-en"),
    import("@zxcvbn-ts/language-ja"),
  ]);
  return new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary, ...japanese.dictionary },
    graphs: common.adjacencyGraphs,
  });
}
