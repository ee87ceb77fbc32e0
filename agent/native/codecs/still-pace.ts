/**
 * Whether this machine makes still pictures soon enough. What they take is known from those that were made: the shortest of the last few,
 * because the others say what else the machine had to do.
 */

/** Longer, and whoever turned a page would wait for it; so would the letters typed meanwhile. */
const SOON_MS = 250;
/** While the screen stands still, only a caret waits. */
const AT_REST_MS = 600;
const LAST = 3;
/** Then it is tried again: the machine may have been busy. */
const FORGET_MS = 300_000;

export interface Pace {
  /** Monotonic, ms. */
  took(ms: number, now: number): void;
  /** `atRest`: nobody waits for the picture. */
  isSoonEnough(atRest: boolean, now: number): boolean;
}

/** For a comparison that shall not depend on how busy the machine is. */
export const ANY_PACE: Pace = { took: () => {}, isSoonEnough: () => true };

export class StillPace implements Pace {
  #last: number[] = [];
  #at = 0;

  took(ms: number, now: number): void {
    this.#last = [...this.#last, ms].slice(-LAST);
    this.#at = now;
  }

  isSoonEnough(atRest: boolean, now: number): boolean {
    if (this.#last.length < LAST || now - this.#at > FORGET_MS) return true;
    return Math.min(...this.#last) <= (atRest ? AT_REST_MS : SOON_MS);
  }
}
