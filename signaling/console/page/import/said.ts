/** The words of the import, once they are loaded. */
import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { useDesk } from "../state/desk.ts";
import type { ImportKey, ImportWords } from "../words/import-words.ts";
import { filled, type Language } from "../words/words.ts";

/** Only the one that is spoken is loaded. */
export const IMPORT_DICTIONARIES: Readonly<Record<Language, () => Promise<ImportWords>>> = {
  ja: async () => (await import("../words/import-ja.ts")).importJa,
  en: async () => (await import("../words/import-en.ts")).importEn,
};

type Facts = Readonly<Record<string, string | number>>;

export class Said {
  readonly #words: ImportWords;

  constructor(words: ImportWords) {
    this.#words = words;
  }

  text(key: ImportKey, facts: Facts = {}): string {
    return filled(this.#words.text[key], facts);
  }

  fate(fate: keyof ImportWords["fates"]): string {
    return this.#words.fates[fate];
  }

  file(problem: keyof ImportWords["files"], facts: Facts): string {
    return filled(this.#words.files[problem], facts);
  }

  problem(problem: keyof ImportWords["problems"], fact = ""): string {
    return filled(this.#words.problems[problem], { fact });
  }

  why(why: keyof ImportWords["whys"]): string {
    return this.#words.whys[why];
  }
}

export const SaidContext = createContext<Said | undefined>(undefined);

export function useSaid(): Said {
  const said = useContext(SaidContext);
  if (!said) throw new Error("outside of the import");
  return said;
}

/** Undefined while they are on their way. */
export function useLoadedSaid(): Said | undefined {
  const { language } = useDesk().words;
  const [said, setSaid] = useState<Said>();
  useEffect(() => void IMPORT_DICTIONARIES[language]().then((words) => setSaid(new Said(words))), [language]);
  return said;
}
