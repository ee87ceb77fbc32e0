/** What is typed into the search box: words that must all be found, each anywhere or, with `field:` before it, in one field. */
import { FIELDS, type List } from "../protocol/console.ts";
import type { Word } from "../store/queries/console-words.ts";
import { fold } from "../store/rows/folded.ts";

const MAX_WORDS = 8;
const FIELD_OF = new Map(
  Object.entries(FIELDS).flatMap(([field, names]) => names.map((name) => [fold(name), field as keyof typeof FIELDS])),
);

/** The audit keeps its records as they were written: there kana are what they are. */
const plain = (text: string): string => text.normalize("NFKC").toLowerCase();

/** Words of a search in this list. A colon behind anything else than a field's name belongs to the word. */
export function wordsOf(q: string, list: List): Word[] {
  return (list === "audit" ? plain(q) : fold(q))
    .split(/\s+/)
    .filter((word) => word !== "")
    .slice(0, MAX_WORDS)
    .map((word) => {
      const colon = word.indexOf(":");
      const field = colon > 0 ? FIELD_OF.get(word.slice(0, colon)) : undefined;
      const text = word.slice(colon + 1);
      return field && text !== "" ? { field, text } : { text: word };
    });
}
