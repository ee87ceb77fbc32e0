/** The words of the import, once they are loaded. */
import { createContext } from "preact";
import { useContext, useMemo } from "preact/hooks";
import type { ImportKind } from "../../../protocol/console-import.ts";
import { type Loaded, useSpoken } from "../state/loaded.ts";
import type { ImportKey, ImportWords, OwnKey } from "../words/import-words.ts";
import { filled, type Language } from "../words/words.ts";

export const IMPORT_DICTIONARIES: Readonly<Record<Language, () => Promise<ImportWords>>> = {
  ja: async () => (await import("../words/import-ja.ts")).importJa,
  en: async () => (await import("../words/import-en.ts")).importEn,
};

type Facts = Readonly<Record<string, string | number>>;

export class Said {
  readonly kind: ImportKind;
  readonly #words: ImportWords;

  constructor(words: ImportWords, kind: ImportKind) {
    this.#words = words;
    this.kind = kind;
  }

  text(key: ImportKey, facts: Facts = {}): string {
    return filled(filled(this.#words.text[key], { ...blanks(facts), ...this.#words.kinds[this.kind] }), facts);
  }

  /** Of this kind. */
  own(key: OwnKey, facts: Facts = {}): string {
    return filled(this.#words.kinds[this.kind][key], facts);
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

/** They stay to be filled. */
const blanks = (facts: Facts): Facts => Object.fromEntries(Object.keys(facts).map((name) => [name, `{${name}}`]));

export const SaidContext = createContext<Said | undefined>(undefined);

export function useSaid(): Said {
  const said = useContext(SaidContext);
  if (!said) throw new Error("outside of the import");
  return said;
}

export function useLoadedSaid(kind: ImportKind): Loaded<Said> {
  const { part: words, ...rest } = useSpoken(IMPORT_DICTIONARIES);
  return { ...rest, part: useMemo(() => words && new Said(words, kind), [words, kind]) };
}
