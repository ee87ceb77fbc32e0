/**
 * How often to look at a screen that does not tell when it changes. Looking costs from a tenth of a millisecond (desktop
 * duplication) to some ten (GDI), so: at once and often while an answer to a key is due, often while somebody works, and
 * else as often as it is worth: more often each time when two looks in a row found something (a film), less often when
 * nothing was found. A blinking caret alone does not speed it up much.
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
/** Looking takes at most one part in so many of a core: while somebody works, and while nothing happens. */
const WORK_SHARE = 3;
const IDLE_SHARE = 50;
const FASTER = 1 / 2;
const SLOWER = 1.5;

export class Pace {
  #actedAt = Number.NEGATIVE_INFINITY;
  /** When the first answer to what was done since the last look may be there. */
  #answerAt = Number.NEGATIVE_INFINITY;
  #stirredAt = Number.NEGATIVE_INFINITY;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #costMs = 0;
  #everyMs = LEAST_MS;
  #foundLast = false;

  /** A key or a button was injected. */
  acted(now: number): void {
    if (this.#lookedAt >= this.#actedAt) this.#answerAt = now + FIRST_LOOK_MS;
    this.#actedAt = now;
    this.#stirredAt = now;
  }

  /** The pointer moved. */
  stirred(now: number): void {
    this.#stirredAt = now;
  }

  looked({ now, costMs, found }: { now: number; costMs: number; found: boolean }): void {
    this.#lookedAt = now;
    // a mean over the last ones: one slow look says little
    this.#costMs = this.#costMs === 0 ? costMs : this.#costMs + (costMs - this.#costMs) / 8;
    if (found) this.#actedAt = Number.NEGATIVE_INFINITY; // the answer is there
    if (found && this.#foundLast) this.#everyMs *= FASTER;
    if (!found) this.#everyMs *= SLOWER;
    const most = Math.min(MOST_MS, IDLE_SHARE * this.#costMs);
    this.#everyMs = Math.max(this.#leastMs, Math.min(most, this.#everyMs));
    this.#foundLast = found;
  }

  get #leastMs(): number {
    return Math.max(LEAST_MS, WORK_SHARE * this.#costMs);
  }

  /** Somebody works at it. */
  isBusy(now: number): boolean {
    return now - this.#stirredAt < WORK_MS;
  }

  /** When to look the next time. */
  due(now: number): number {
    if (now - this.#actedAt < EAGER_MS)
      return Math.max(this.#answerAt, this.#lookedAt + Math.max(EAGER_EVERY_MS, this.#costMs));
    return this.#lookedAt + (this.isBusy(now) ? this.#leastMs : this.#everyMs);
  }
}
