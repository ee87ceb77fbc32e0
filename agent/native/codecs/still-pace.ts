/**
 * Whether a still picture is worth trying. How long this machine takes is known from those that were sent: the shortest of the last few,
 * because the others say what else the machine had to do. Those that were made in vain (films, photographs: larger than what they
 * should replace) say that the next one will be vain too.
 */

/** Longer, and whoever turned a page would wait for it; so would the letters typed meanwhile. What the line saves comes on top. */
const SOON_MS = 250;
/** While the screen stands still, only a caret waits. */
const AT_REST_MS = 600;
const LAST = 3;
/** One of less is of hardly more than paper: how long it took says nothing of pages. */
const TELLING_BYTES = 10_000;
/** Then it is tried again: the machine may have been busy. */
const FORGET_MS = 300_000;
/** After one in vain; twice as long after each further one. A film is over some time, and then the next page is one of text. */
const VAIN_MS = 500;
const MAX_VAIN_MS = 16_000;

export interface Pace {
  /** One that was sent. Monotonic, ms. */
  took(still: { readonly ms: number; readonly bytes: number }, now: number): void;
  /** One that was not worth it. */
  wasVain(now: number): void;
  /** `atRest`: nobody waits for the picture. `savedMs`: so much sooner it would be through the line. */
  isSoonEnough(wish: { atRest: boolean; savedMs: number }, now: number): boolean;
}

/** For a comparison that shall not depend on how busy the machine is. */
export const ANY_PACE: Pace = { took: () => {}, wasVain: () => {}, isSoonEnough: () => true };

export class StillPace implements Pace {
  #last: number[] = [];
  #at = 0;
  #vainMs = 0;
  #vainAt = 0;

  took({ ms, bytes }: { ms: number; bytes: number }, now: number): void {
    this.#vainMs = 0;
    if (bytes < TELLING_BYTES) return;
    this.#last = [...this.#last, ms].slice(-LAST);
    this.#at = now;
  }

  wasVain(now: number): void {
    this.#vainMs = Math.min(MAX_VAIN_MS, Math.max(VAIN_MS, 2 * this.#vainMs));
    this.#vainAt = now;
  }

  isSoonEnough({ atRest, savedMs }: { atRest: boolean; savedMs: number }, now: number): boolean {
    if (!atRest && now < this.#vainAt + this.#vainMs) return false;
    if (this.#last.length < LAST || now - this.#at > FORGET_MS) return true;
    return Math.min(...this.#last) <= (atRest ? AT_REST_MS : SOON_MS + savedMs);
  }
}
