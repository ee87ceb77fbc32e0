/** Waiting times between attempts to reconnect: doubling, capped, with full jitter so that a thousand agents do not return at once. */
export interface BackoffOptions {
  /** First ceiling, ms. */
  readonly baseMs: number;
  /** Largest ceiling, ms. */
  readonly maxMs: number;
  /** 0 ≤ random() < 1. */
  readonly random?: () => number;
}

export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** How long to wait before the next attempt, ms. Never under a tenth of the ceiling, so that nothing spins. */
  next(): number {
    const { baseMs, maxMs, random = Math.random } = this.#options;
    const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return Math.round(ceiling * (0.1 + 0.9 * random()));
  }

  /** The connection held: start again from the smallest wait. */
  reset(): void {
    this.#failures = 0;
  }
}
