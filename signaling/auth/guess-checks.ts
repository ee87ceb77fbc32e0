/**
 * guessable.ts for a server: in a thread of its own, so that nobody else waits for a check, and for the second of
 * loading the lists. The thread is started when somebody chooses a password and ended when nobody did for some minutes: its heap of
 * some 140 MB is then free for others (malloc keeps a part of it for the next time, and no more each time).
 */
import { Worker } from "node:worker_threads";
import { RequestError } from "../protocol/errors.ts";

export interface GuessChecksOptions {
  /** The thread ends after so long without a check. */
  readonly idleMs?: number;
  /** A check that takes longer, the loading of the lists included, is given up together with its thread. */
  readonly limitMs?: number;
  /** Checks that wait for the one that runs; beyond it SERVER_BUSY. */
  readonly maxWaiting?: number;
  /** What the thread runs. */
  readonly program?: URL;
}

const IDLE_MS = 3 * 60_000;
/** A page waits 20 s for an answer. The lists are loaded in 1 s on an idle core. */
const LIMIT_MS = 10_000;
/** At some 20 ms each the last of them waits a third of a second; at worst, a second each, less than a page does. */
const MAX_WAITING = 16;
/** The lists take 139 MB. */
const MAX_HEAP_MB = 512;
const RETRY_AFTER_S = 5;

interface Check {
  readonly password: string;
  readonly resolve: (guessable: boolean) => void;
  readonly reject: (error: Error) => void;
}

export class GuessChecks {
  readonly #options: Required<GuessChecksOptions>;
  readonly #waiting: Check[] = [];
  #running: Check | undefined;
  #thread: Worker | undefined;
  /** Of the check that runs, else of the thread that is idle. */
  #timer: NodeJS.Timeout | undefined;
  #ending: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: GuessChecksOptions = {}) {
    const program = new URL("./guess-thread.ts", import.meta.url);
    this.#options = { idleMs: IDLE_MS, limitMs: LIMIT_MS, maxWaiting: MAX_WAITING, program, ...options };
  }

  /** Throws SERVER_BUSY when too many wait, or when it takes too long. */
  async isGuessable(password: string): Promise<boolean> {
    if (this.#closed || this.#waiting.length >= this.#options.maxWaiting) throw busy("too many passwords are checked");
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    this.#waiting.push({ password, resolve, reject });
    this.#next();
    return promise;
  }

  /** Whether there is a thread at this moment. */
  get isLoaded(): boolean {
    return this.#thread !== undefined;
  }

  /** Refuses what runs and waits. May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const check of [this.#running, ...this.#waiting.splice(0)]) check?.reject(busy("the server ends"));
    this.#running = undefined;
    this.#endThread();
    await this.#ending;
  }

  #next(): void {
    if (this.#running) return;
    clearTimeout(this.#timer);
    this.#running = this.#waiting.shift();
    if (this.#running) {
      this.#timer = setTimeout(() => this.#fail(busy("the check of a password takes too long")), this.#options.limitMs);
      this.#thread ??= this.#start();
      this.#thread.postMessage(this.#running.password);
    } else if (this.#thread) {
      this.#timer = setTimeout(() => this.#endThread(), this.#options.idleMs).unref();
    }
  }

  #start(): Worker {
    const thread = new Worker(this.#options.program, { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } });
    // a thread that was let go of is not listened to any more
    const mine = <T>(act: (value: T) => void) => {
      return (value: T) => {
        if (this.#thread === thread) act(value);
      };
    };
    thread.on(
      "message",
      mine((guessable: boolean) => {
        this.#running?.resolve(guessable);
        this.#running = undefined;
        this.#next();
      }),
    );
    thread.on(
      "error",
      mine((error: Error) => this.#fail(error)),
    );
    thread.on(
      "exit",
      mine((code: number) => this.#fail(new Error(`the thread that checks passwords ended with ${code}`))),
    );
    return thread;
  }

  /** The check that runs failed, and the thread with it; the others get a new one. */
  #fail(error: Error): void {
    this.#endThread();
    this.#running?.reject(error);
    this.#running = undefined;
    this.#next();
  }

  #endThread(): void {
    clearTimeout(this.#timer);
    const thread = this.#thread;
    this.#thread = undefined;
    if (thread) this.#ending = Promise.all([this.#ending, thread.terminate()]);
  }
}

const busy = (message: string): RequestError =>
  new RequestError("SERVER_BUSY", message, { details: { retryAfterS: RETRY_AFTER_S } });
