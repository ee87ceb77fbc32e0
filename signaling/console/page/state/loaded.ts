/** What only few people need, or only in their language: loaded when it is first wanted. */
import { useEffect, useState } from "preact/hooks";
import type { Language } from "../words/words.ts";
import { useDesk } from "./desk.ts";

export interface Loaded<T> {
  /** Undefined until it is here, or while nobody wants it. */
  readonly part: T | undefined;
  readonly hasFailed: boolean;
  again(): void;
}

/** `key`: what is wanted; undefined: nothing. Of another one the part before it stays until it is here. */
export function useLoaded<T>(key: string | undefined, load: () => Promise<T>): Loaded<T> {
  const [part, setPart] = useState<T>();
  const [hasFailed, setFailed] = useState(false);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (key === undefined) return;
    let isOver = false;
    setFailed(false);
    load().then(
      (found) => isOver || setPart(() => found),
      () => isOver || setFailed(true),
    );
    return () => {
      isOver = true;
    };
  }, [key, attempt]);
  return { part, hasFailed, again: () => setAttempt(attempt + 1) };
}

/** The words of a part, in the language that is spoken. */
export function useSpoken<T>(words: Readonly<Record<Language, () => Promise<T>>>, isNeeded = true): Loaded<T> {
  const { language } = useDesk().words;
  return useLoaded(isNeeded ? language : undefined, words[language]);
}
