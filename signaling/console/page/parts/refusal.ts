/** Why the server refuses, in words that are loaded when it does for the first time. */
import { useEffect, useState } from "preact/hooks";
import type { Refusal } from "../../../protocol/errors.ts";
import { useDesk } from "../state/desk.ts";
import { filled, type Language } from "../words/words.ts";

type Sentences = Readonly<Record<string, string>>;

const SENTENCES: Readonly<Record<Language, () => Promise<Sentences>>> = {
  ja: async () => (await import("../words/refusals-ja.ts")).refusalsJa,
  en: async () => (await import("../words/refusals-en.ts")).refusalsEn,
};

/** What it gives is undefined until the words are there, and for what a newer server may say. */
export function useRefusals(isNeeded: boolean): (refusal: Refusal | undefined) => string | undefined {
  const { language } = useDesk().words;
  const [sentences, setSentences] = useState<Sentences>();
  useEffect(() => {
    if (!isNeeded) return;
    SENTENCES[language]().then(setSentences, () => {
      // the notice says what it can without them
    });
  }, [isNeeded, language]);
  return (refusal) => {
    const sentence = refusal && sentences && Object.hasOwn(sentences, refusal.why) ? sentences[refusal.why] : undefined;
    return refusal && sentence && filled(sentence, refusal.facts);
  };
}
