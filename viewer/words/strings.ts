/** Every word the page says, by language. Every code of the wire has its sentence. */
import { ERROR_WORDS, type Explanation } from "../../signaling/protocol/error-words.ts";
import type { EndReason, ErrorCode } from "../../signaling/protocol/errors.ts";
import type { Dictionary, TextKey } from "./dictionary.ts";
import { en } from "./strings-en.ts";
import { ja } from "./strings-ja.ts";

export const DICTIONARIES = { ja, en } as const satisfies Record<string, Dictionary>;
export type Language = keyof typeof DICTIONARIES;

export class Words {
  readonly language: Language;
  readonly #dictionary: Dictionary;

  constructor(language: Language) {
    this.language = language;
    this.#dictionary = DICTIONARIES[language];
  }

  /** `{name}` in the text is replaced by the fact of that name. */
  text(key: TextKey, facts: Readonly<Record<string, string | number>> = {}): string {
    return this.#dictionary.text[key].replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ""));
  }

  error(code: ErrorCode | "unreachable"): Explanation {
    if (code !== "unreachable") return ERROR_WORDS[code][this.language];
    return { what: this.text("unreachable"), todo: this.text("unreachableTodo") };
  }

  end(reason: EndReason): Explanation {
    return this.#dictionary.ends[reason];
  }

  number(count: number): string {
    return new Intl.NumberFormat(this.language === "ja" ? "ja-JP" : "en-GB").format(count);
  }

  /** 庁内、窓口 */
  list(parts: readonly string[]): string {
    return parts.join(this.language === "ja" ? "、" : ", ");
  }

  /** Its short name; 0 is Monday. */
  weekday(day: number): string {
    const monday = Date.UTC(2026, 0, 5);
    const locale = this.language === "ja" ? "ja-JP" : "en-GB";
    return new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" }).format(monday + day * 86_400_000);
  }

  /** 1月31日 */
  day(at: number): string {
    const locale = this.language === "ja" ? "ja-JP" : "en-GB";
    return new Intl.DateTimeFormat(locale, { month: "long", day: "numeric" }).format(at);
  }

  /** The time of day; the day too when it is not today. */
  time(at: number, now: number): string {
    const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
    const day = sameDay ? {} : ({ month: "long", day: "numeric" } as const);
    const locale = this.language === "ja" ? "ja-JP" : "en-GB";
    return new Intl.DateTimeFormat(locale, { ...day, hour: "numeric", minute: "2-digit" }).format(at);
  }
}

/** The person's choice is kept in the browser; Japanese until they make one. */
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
