/** Every word the page says, by language; a word that is missing in one does not compile. */
import type { Failure } from "../../../client/account.ts";
import type { PasswordProblem } from "../../../protocol/api.ts";
import type { List } from "../../../protocol/console.ts";
import type { ActType } from "../../../protocol/console-acts.ts";
import type { EndReason } from "../../../protocol/errors.ts";
import { MIN_PASSWORD_CHARS } from "../../../protocol/limits.ts";
import type { Dictionary, Explanation, RecordWords, TextKey } from "./dictionary.ts";

/** Only the one that is spoken is loaded. */
export const DICTIONARIES = {
  ja: async (): Promise<Dictionary> => (await import("./strings-ja.ts")).ja,
  en: async (): Promise<Dictionary> => (await import("./strings-en.ts")).en,
} as const;
export type Language = keyof typeof DICTIONARIES;

export class Words {
  readonly language: Language;
  readonly #dictionary: Dictionary;
  readonly #records: RecordWords | undefined;
  /** Made once: a page of a list has hundreds of numbers. */
  readonly #numbers: Intl.NumberFormat;

  private constructor(language: Language, dictionary: Dictionary, records?: RecordWords) {
    this.language = language;
    this.#dictionary = dictionary;
    this.#records = records;
    this.#numbers = new Intl.NumberFormat(language === "ja" ? "ja-JP" : "en-GB");
  }

  static async load(language: Language): Promise<Words> {
    return new Words(language, await DICTIONARIES[language]());
  }

  /** The same with the words of the audit, which the first view does without. */
  withRecords(records: RecordWords): Words {
    return new Words(this.language, this.#dictionary, records);
  }

  /** `{name}` in the text is replaced by the fact of that name. */
  text(key: TextKey, facts: Readonly<Record<string, string | number>> = {}): string {
    return filled(this.#dictionary.text[key], facts);
  }

  failure({ code }: Failure): Explanation {
    return this.#dictionary.errors[code];
  }

  list(list: List): string {
    return this.#dictionary.lists[list];
  }

  state(list: List, state: string): string {
    return known(this.#dictionary.states[list], state);
  }

  column(key: string): string {
    return known(this.#dictionary.columns, key);
  }

  figure(kind: string): string {
    return known(this.#dictionary.figures, kind);
  }

  act(type: ActType): string {
    return this.#dictionary.acts[type];
  }

  /** Of an act by its name in a record, with the number of those it was done to where these were many. */
  deed(type: string): string {
    const acts: Readonly<Record<string, string>> = this.#dictionary.acts;
    const [, act = type, count = ""] = /^(\S+)( \([0-9]+\))$/.exec(type) ?? [];
    return Object.hasOwn(acts, act) ? `${acts[act] ?? act}${count}` : type;
  }

  /** Why a new password will not do. */
  password(problem: PasswordProblem): string {
    return filled(this.#dictionary.passwords[problem], { count: MIN_PASSWORD_CHARS });
  }

  /** Who did something, as the audit names them; several are separated by commas. */
  actor(actors: string): string {
    return actors
      .split(", ")
      .map((actor) => {
        const [kind = "", name = actor] = actor.split(/:(.*)/, 2);
        const { actors } = this.#dictionary;
        if (kind === "server" || kind === "unknown") return actors[kind];
        return kind === "administrator" ? `${actors[kind]} ${name}` : name;
      })
      .join("、");
  }

  /** What was wrong in a refused attempt. */
  fault(fault: string): string {
    return known(this.#records?.faults, fault);
  }

  event(event: string): string {
    return known(this.#records?.events, event);
  }

  kind(kind: string): string {
    return known(this.#dictionary.kinds, kind);
  }

  reason(reason: string): string {
    return known(this.#dictionary.reasons as Readonly<Record<EndReason, string>>, reason);
  }

  role(role: string): string {
    return known(this.#dictionary.roles, role);
  }

  fact(name: string): string {
    return known(this.#records?.facts, name);
  }

  number(count: number): string {
    return this.#numbers.format(count);
  }
}

export const filled = (text: string, facts: Readonly<Record<string, string | number>>): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ""));

/** A newer server may say what this page has no word for. */
const known = (words: Readonly<Record<string, string>> = {}, name: string): string =>
  Object.hasOwn(words, name) ? (words[name] ?? name) : name;

/** The same choice as on the page of staff, where both are on one origin; Japanese until somebody chooses. */
const CHOICE = "engawa-language";

export function chosenLanguage(): Language {
  try {
    return localStorage.getItem(CHOICE) === "en" ? "en" : "ja";
  } catch {
    return "ja";
  }
}

export function chooseLanguage(language: Language): void {
  try {
    localStorage.setItem(CHOICE, language);
  } catch {
    // A browser that keeps nothing: the choice lasts as long as the page.
  }
}
