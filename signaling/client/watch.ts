/**
 * Whether a socket that looks open still reaches the server. A browser's WebSocket stays OPEN for many minutes after the
 * line has changed or the laptop has slept, and shows no pings (RFC 6455 §5.5.2); so silence is asked about, by a message of
 * our own, and silence after that means that it is dead.
 */
export interface WatchTimes {
  /** Nothing heard for this long, ms: ask. */
  readonly quietMs: number;
  /** Nothing heard for this long after asking, ms: dead. */
  readonly answerMs: number;
}

export interface WatchOptions extends WatchTimes {
  readonly ask: () => void;
  readonly dead: () => void;
}

/** A timer that fires this much too late, ms, has slept (as the page or the laptop has): what came meanwhile is not read yet. */
const SLEPT_MS = 1_000;

export class Watch {
  readonly #options: WatchOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** The socket is open, or something came from it. */
  heard(): void {
    this.stop();
    this.#timer = setTimeout(() => this.probe(), this.#options.quietMs);
  }

  /** Asks now, unless it is asked already. */
  probe(): void {
    if (this.#asking) return;
    this.stop();
    this.#asking = true;
    const { answerMs, ask, dead } = this.#options;
    const due = Date.now() + answerMs;
    this.#timer = setTimeout(() => {
      this.#asking = false;
      if (Math.abs(Date.now() - due) > SLEPT_MS) this.probe();
      else dead();
    }, answerMs);
    ask();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#asking = false;
  }
}
