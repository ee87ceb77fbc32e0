/**
 * Says once a minute what was refused by number, whom and how often, for as long as something is: a limit that nobody
 * hears of looks like a broken network. `/metrics` counts the same.
 */

const EVERY_MS = 60_000;
/** Sources told apart within a minute; the rest are counted together. */
const MAX_SOURCES = 1_000;
/** Sources named in one line, those refused most often. */
const NAMED = 5;

/** pino fits. */
export type RefusalLog = { warn(fields: object, message: string): void };

export class Refusals {
  readonly #log: RefusalLog;
  readonly #listener: string;
  readonly #what = new Map<string, number>();
  readonly #whom = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(listener: string, log: RefusalLog) {
    this.#listener = listener;
    this.#log = log;
  }

  /** The first one is said at once, those of the minute after it together. */
  note(what: string, source: string): void {
    add(this.#what, what);
    if (this.#whom.size < MAX_SOURCES || this.#whom.has(source)) add(this.#whom, source);
    if (this.#timer !== undefined) return;
    this.#say();
    this.#arm();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#what.size === 0) return;
      this.#say();
      this.#arm();
    }, EVERY_MS);
    this.#timer.unref();
  }

  #say(): void {
    const sources = [...this.#whom].sort(([, one], [, other]) => other - one).slice(0, NAMED);
    const fields = {
      listener: this.#listener,
      refused: Object.fromEntries(this.#what),
      sources: Object.fromEntries(sources),
    };
    this.#log.warn(fields, "refused: the server's capacity or one source's share is used up (ENGAWA_CAPACITY_…)");
    this.#what.clear();
    this.#whom.clear();
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
