/** What only one part says, loaded with it in both languages. */
import { filled, type Language } from "../words/words.ts";
import { useDesk } from "./desk.ts";

export type OwnWords<K extends string> = Readonly<Record<Language, Readonly<Record<K, string>>>>;

export function useOwnWords<K extends string>(
  words: OwnWords<K>,
): (key: K, facts?: Readonly<Record<string, string | number>>) => string {
  const texts = words[useDesk().words.language];
  return (key, facts = {}) => filled(texts[key], facts);
}
