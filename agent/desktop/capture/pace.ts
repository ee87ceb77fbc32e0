/**
 * How often to look at a screen that does not tell when it changes. Looking costs some milliseconds, so: at once and
 * often while an answer to input is due, often while things move, seldom when nothing happens.
 *
 *   idle ──a change, the pointer──▶ lively ──LIVELY_MS of nothing──▶ idle
 *   any ──a key, a button──▶ eager ──a change, or EAGER_MS──▶ lively
 *
 * Pure: times come in, in ms of any one clock.
 */

/** A program needs about this long to paint its answer to a key. */
const FIRST_LOOK_MS = 6;
const EAGER_EVERY_MS = 12;
const EAGER_MS = 150;
const LIVELY_EVERY_MS = 30;
const LIVELY_MS = 1000;
const IDLE_EVERY_MS = { least: 100, most: 400 } as const;
/** Looking takes at most one part in so many of a core, where it may be slowed down for that. */
const LIVELY_SHARE = 3;
const IDLE_SHARE = 50;

export class Pace {
  #actedAt = Number.NEGATIVE_INFINITY;
  #livelyAt = Number.NEGATIVE_INFINITY;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #costMs = 0;

  /** A key or a button was injected. */
  acted(now: number): void {
    this.#actedAt = now;
    this.#livelyAt = now;
  }

  /** The pointer moved. */
  stirred(now: number): void {
    this.#livelyAt = now;
  }

  looked({ now, costMs, changed }: { now: number; costMs: number; changed: boolean }): void {
    this.#lookedAt = now;
    // a mean over the last ones: one slow look says little
    this.#costMs = this.#costMs === 0 ? costMs : this.#costMs + (costMs - this.#costMs) / 8;
    if (!changed) return;
    this.#livelyAt = now;
    this.#actedAt = Number.NEGATIVE_INFINITY;
  }

  isLively(now: number): boolean {
    return now - this.#livelyAt < LIVELY_MS;
  }

  /** When to look the next time. */
  due(now: number): number {
    const cost = this.#costMs;
    if (now - this.#actedAt < EAGER_MS)
      return Math.max(this.#actedAt + FIRST_LOOK_MS, this.#lookedAt + Math.max(EAGER_EVERY_MS, cost));
    if (this.isLively(now)) return this.#lookedAt + Math.max(LIVELY_EVERY_MS, LIVELY_SHARE * cost);
    return this.#lookedAt + Math.min(IDLE_EVERY_MS.most, Math.max(IDLE_EVERY_MS.least, IDLE_SHARE * cost));
  }
}
