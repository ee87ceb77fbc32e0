/** What is said of requests: loaded with what shows them, in both languages. */
import type { Failure } from "../../signaling/client/account.ts";
import { REQUEST_REFUSALS } from "../../signaling/protocol/request-words.ts";
import { requestsEn } from "./requests-en.ts";
import { type RequestKey, requestsJa } from "./requests-ja.ts";
import type { Words } from "./strings.ts";

const TEXTS = { ja: requestsJa, en: requestsEn } as const;
type Facts = Readonly<Record<string, string | number>>;

export class RequestWords {
  readonly words: Words;

  constructor(words: Words) {
    this.words = words;
  }

  text(key: RequestKey, facts: Facts = {}): string {
    return filled(TEXTS[this.words.language][key], facts);
  }

  time(at: number): string {
    return this.words.time(at, Date.now());
  }

  /** Why it was refused: as the desk says it, or as any other failure. */
  failure({ code, refusal }: Failure): string {
    const sentences: Readonly<Record<string, string>> = REQUEST_REFUSALS[this.words.language];
    if (refusal && Object.hasOwn(sentences, refusal.why)) return filled(sentences[refusal.why] ?? "", refusal.facts);
    const { what, todo } = this.words.error(code);
    return `${what} ${todo}`;
  }
}

const filled = (text: string, facts: Facts): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ""));
