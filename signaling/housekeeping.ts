/** What nobody needs any more is removed from the store: by and by, never while somebody waits for it. */
import { setImmediate } from "node:timers/promises";
import type { Log } from "./log.ts";
import { UNDO_MS } from "./protocol/console-import.ts";
import type { Store } from "./store/store.ts";

const EVERY_MS = 10 * 60_000;
/** How long sign-ins that are over stay in the table. */
const FORGET_AFTER_MS = 30 * 24 * 3_600_000;
/** Rows in one write: a few milliseconds. */
const BATCH = 200;
/** Changes that are kept for other processes, which look every second. */
const KEPT_CHANGES = 10_000;

export interface HousekeepingParts {
  readonly store: Store;
  readonly log: Log;
  /** Epoch ms. */
  readonly now: () => number;
}

export class Housekeeping {
  readonly #parts: HousekeepingParts;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(parts: HousekeepingParts) {
    this.#parts = parts;
  }

  /** At once, and from time to time. */
  start(): void {
    void this.run();
    this.#timer = setInterval(() => void this.run(), EVERY_MS);
    this.#timer.unref();
  }

  /** Once. A failure is said, and tried again at the next time. */
  run(): Promise<void> {
    this.#running ??= this.#run()
      .catch((error: unknown) => this.#parts.log.warn({ err: error }, "housekeeping failed"))
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { store, now, log } = this.#parts;
    const before = now() - FORGET_AFTER_MS;
    let forgotten = 0;
    for (;;) {
      const count = await store.write((q) => q.signIns.forgetBefore(before, BATCH));
      forgotten += count;
      if (count < BATCH || this.#isClosed) break;
      await setImmediate();
    }
    await store.write(async (q) => {
      await q.changes.keepNewest(KEPT_CHANGES);
      await q.imports.forget(now() - UNDO_MS);
    });
    if (forgotten > 0) log.info({ forgotten }, "old sign-ins were forgotten");
  }
}
