/**
 * How often to look at a screen that does not tell when it changes. Looking costs from a tenth of a millisecond (desktop
 * duplication) to some ten (GDI), so: at once and often while an answer to a key is due, often while somebody works, and
 * else as often as it is worth: more often each time when two looks in a row found something (a film), less often when
 * nothing was found. A blinking caret alone does not speed it up much.
 *
 * Once nobody has used the PC for a while and no large part of it changed, the screen rests: looks are fewer still, and what is as
 * small as a caret or a clock brings no more of them. Whoever uses it, and whatever else changes, ends that at once.
 *
 * Pure: times come in, in ms of any one clock.
 */

/** A program needs about this long to paint its answer to a key. */
const FIRST_LOOK_MS = 6;
const EAGER_EVERY_MS = 12;
/** So long an answer is waited for. */
const EAGER_MS = 150;
/** Somebody works: the pointer or a key moved this short ago. */
const WORK_MS = 500;
const LEAST_MS = 16;
const MOST_MS = 500;
/** So long nobody used it and nothing large changed: it rests. */
const REST_AFTER_MS = 10_000;
/** Being woken costs as well, more than a look by desktop duplication. */
const REST_LEAST_MS = 50;
const REST_MOST_MS = 1500;
/** Looking takes at most one part in so many of a core: while somebody works, while nothing happens, and at rest. */
const WORK_SHARE = 3;
const IDLE_SHARE = 50;
const REST_SHARE = 100;
/** Of the screen's rows: a line of text with its caret, and a clock. */
const SMALL_CHANGE = 1 / 12;
const FASTER = 1 / 2;
const SLOWER = 1.5;

export class Pace {
  #actedAt = Number.NEGATIVE_INFINITY;
  /** When the first answer to what was done since the last look may be there. */
  #answerAt = Number.NEGATIVE_INFINITY;
  #stirredAt = Number.NEGATIVE_INFINITY;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** When somebody used it, here or from afar, or something large changed. */
  #usedAt: number;
  #costMs = 0;
  #everyMs = LEAST_MS;
  #foundLast = false;

  constructor(now: number) {
    this.#usedAt = now;
  }

  /** A key or a button was injected. */
  acted(now: number): void {
    if (this.#lookedAt >= this.#actedAt) this.#answerAt = now + FIRST_LOOK_MS;
    this.#actedAt = now;
    this.stirred(now);
  }

  /** The pointer moved. */
  stirred(now: number): void {
    this.#stirredAt = now;
    this.used(now);
  }

  /** There was input of any kind, maybe at the office. */
  used(at: number): void {
    this.#usedAt = Math.max(this.#usedAt, at);
  }

  /** `changed`: the part of the screen's rows that did. */
  looked({ now, costMs, changed }: { now: number; costMs: number; changed: number }): void {
    this.#lookedAt = now;
    if (changed > SMALL_CHANGE) this.used(now);
    const found = changed > 0;
    const counts = found && !this.isResting(now);
    // a mean over the last ones: one slow look says little
    this.#costMs = this.#costMs === 0 ? costMs : this.#costMs + (costMs - this.#costMs) / 8;
    if (found) this.#actedAt = Number.NEGATIVE_INFINITY; // the answer is there
    if (counts && this.#foundLast) this.#everyMs *= FASTER;
    if (!counts) this.#everyMs *= SLOWER;
    this.#everyMs = this.#within(now);
    this.#foundLast = counts;
  }

  /** What it has come to, within what is allowed at this moment. */
  #within(now: number): number {
    const resting = this.isResting(now);
    const most = resting
      ? Math.min(REST_MOST_MS, REST_SHARE * this.#costMs)
      : Math.min(MOST_MS, IDLE_SHARE * this.#costMs);
    const least = resting ? Math.max(REST_LEAST_MS, this.#leastMs) : this.#leastMs;
    return Math.max(least, Math.min(most, this.#everyMs));
  }

  get #leastMs(): number {
    return Math.max(LEAST_MS, WORK_SHARE * this.#costMs);
  }

  /** Somebody works at it. */
  isBusy(now: number): boolean {
    return now - this.#stirredAt < WORK_MS;
  }

  /** Nobody would miss what is seen a little later, nor exact timers. */
  isResting(now: number): boolean {
    return now - this.#usedAt >= REST_AFTER_MS;
  }

  /** When to look the next time. */
  due(now: number): number {
    if (now - this.#actedAt < EAGER_MS)
      return Math.max(this.#answerAt, this.#lookedAt + Math.max(EAGER_EVERY_MS, this.#costMs));
    return this.#lookedAt + (this.isBusy(now) ? this.#leastMs : this.#within(now));
  }
}
