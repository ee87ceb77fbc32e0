/**
 * A word to who sits at this PC: a small window above the others, at the bottom of the screen, which takes no click and no key. A port.
 * Adapters: x11 (seen in our own picture too), windows (kept out of it, where Windows can).
 */
export interface Notice {
  /** In place of what was said before. Each line of `words` is one. */
  say(words: string): void;
  /** Nothing is to be seen any more. Idempotent. */
  close(): Promise<void>;
}

export type OpenNotice = () => Promise<Notice>;
