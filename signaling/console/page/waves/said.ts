/** The words of events and IDs, once they are loaded. */
import { createContext } from "preact";
import { useContext, useMemo } from "preact/hooks";
import type { WavesView } from "../../../protocol/console-waves.ts";
import { type Loaded, useSpoken } from "../state/loaded.ts";
import type { WavesTextKey, WavesWords } from "../words/waves-words.ts";
import { filled } from "../words/words.ts";

const DICTIONARIES = {
  ja: async (): Promise<WavesWords> => (await import("../words/waves-ja.ts")).wavesJa,
  en: async (): Promise<WavesWords> => (await import("../words/waves-en.ts")).wavesEn,
};

type EventOf = NonNullable<WavesView["allotments"][number]["event"]>;

export class Said {
  readonly words: WavesWords;

  constructor(words: WavesWords) {
    this.words = words;
  }

  text(key: WavesTextKey, facts: Readonly<Record<string, string | number>> = {}): string {
    return filled(this.words.text[key], facts);
  }

  /** What IDs are for. */
  under(event: Pick<EventOf, "name"> | undefined): string {
    return event?.name ?? this.text("regular");
  }

  basis(event: Pick<EventOf, "basis"> | undefined): string {
    return this.words.bases[event?.basis ?? "regular"];
  }

  until(event: Pick<EventOf, "until"> | undefined): string {
    return event?.until ?? this.text("forever");
  }
}

export const SaidContext = createContext<Said | undefined>(undefined);

export function useSaid(): Said {
  const said = useContext(SaidContext);
  if (!said) throw new Error("outside of the page of IDs");
  return said;
}

export function useLoadedSaid(): Loaded<Said> {
  const { part: words, ...rest } = useSpoken(DICTIONARIES);
  return { ...rest, part: useMemo(() => words && new Said(words), [words]) };
}
