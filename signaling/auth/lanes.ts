/**
 * A bounded number of tasks at a time; the others wait in two lanes. Whoever waits in the first goes before everybody in the
 * second. Each lane has a bound; beyond it SERVER_BUSY.
 */
import { RequestError } from "../protocol/errors.ts";

export type Lane = "proven" | "other";

export interface LanesOptions {
  readonly concurrency: number;
  readonly maxWaiting: Readonly<Record<Lane, number>>;
}

export class Lanes {
  readonly #options: LanesOptions;
  readonly #waiting: Record<Lane, Array<() => void>> = { proven: [], other: [] };
  #running = 0;

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  async run<T>(lane: Lane, task: () => Promise<T>): Promise<T> {
    await this.#enter(lane);
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  #enter(lane: Lane): Promise<void> | void {
    if (this.#running < this.#options.concurrency) {
      this.#running += 1;
      return;
    }
    if (this.#waiting[lane].length >= this.#options.maxWaiting[lane]) {
      throw new RequestError("SERVER_BUSY", "too many people sign in at this moment", { details: { retryAfterS: 5 } });
    }
    return new Promise((resolve) => this.#waiting[lane].push(resolve));
  }

  /** The place goes to the next one in line, without becoming free in between. */
  #leave(): void {
    const next = this.#waiting.proven.shift() ?? this.#waiting.other.shift();
    if (next) next();
    else this.#running -= 1;
  }
}
