/** Why the server refuses, in words that are loaded when it does for the first time. */
import type { Refusal } from "../../../protocol/errors.ts";
import { useSpoken } from "../state/loaded.ts";
import { filled } from "../words/words.ts";

type Sentences = Readonly<Record<string, string>>;

const SENTENCES = {
  ja: async (): Promise<Sentences> => (await import("../words/refusals-ja.ts")).refusalsJa,
  en: async (): Promise<Sentences> => (await import("../words/refusals-en.ts")).refusalsEn,
};

/** What it gives is undefined until the words are there (the notice says what it can without them), and for what a newer server may say. */
export function useRefusals(isNeeded: boolean): (refusal: Refusal | undefined) => string | undefined {
  const { part: sentences } = useSpoken(SENTENCES, isNeeded);
  return (refusal) => {
    const sentence = refusal && sentences && Object.hasOwn(sentences, refusal.why) ? sentences[refusal.why] : undefined;
    return refusal && sentence && filled(sentence, refusal.facts);
  };
}
