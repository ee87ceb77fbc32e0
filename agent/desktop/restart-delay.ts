/** How long to wait before a process that ended is started again: at once after a good life, longer while they die young. */

/** Waits before the next start while processes die young. */
const RESTART_MS = [0, 250, 500, 1000, 2000, 5000, 10_000] as const;
/** A process that lived this long was a good one. */
const GOOD_LIFE_MS = 10_000;

/** Pure: times are given, in ms of any one clock. */
export class RestartDelay {
  #bornAt = 0;
  #youngDeaths = 0;

  /** In a row, the last one included. */
  get youngDeaths(): number {
    return this.#youngDeaths;
  }

  born(now: number): void {
    this.#bornAt = now;
  }

  /** The wait before the next start, ms. */
  died(now: number): number {
    if (now - this.#bornAt >= GOOD_LIFE_MS) this.#youngDeaths = 0;
    return RESTART_MS[Math.min(this.#youngDeaths++, RESTART_MS.length - 1)] ?? 0;
  }

  /** The present one did its work, however young. */
  proved(): void {
    this.#youngDeaths = 0;
  }
}
