/**
 * Would somebody who guesses find this password soon? Lists of leaked and common passwords, names and words (English and
 * Japanese), keyboard rows, dates and repetitions, as guessers use them (NIST SP 800-63B §5.1.1.2, ASVS 6.2.4). The lists take
 * some 60 MB of memory, so they are loaded when a password is chosen, which is rare.
 */
import type { ZxcvbnFactory } from "@zxcvbn-ts/core";

/** zxcvbn's score from 0 to 4; 3 is what withstands 10⁸ guesses. */
const MIN_SCORE = 3;

let lists: Promise<ZxcvbnFactory> | undefined;

/** `own`: words that belong to the person, such as the login and the names of person and organisation. */
export async function isGuessable(password: string, own: readonly string[]): Promise<boolean> {
  lists ??= load();
  const words = own.flatMap((word) => [word, ...word.split(/[\s\p{P}]+/u)]).filter((word) => word.length > 2);
  return (await lists).check(password.normalize("NFKC"), words).score < MIN_SCORE;
}

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
