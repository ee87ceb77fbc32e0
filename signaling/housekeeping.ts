/** What nobody needs any more is removed from the store: by and by, never while somebody waits for it. */
import { setImmediate } from "node:timers/promises";
import type { Log } from "./log.ts";
import { UNDO_MS } from "./protocol/console-import.ts";
import type { OrganisationId } from "./protocol/ids.ts";
import type { Queries } from "./store/queries.ts";
import type { Store } from "./store/store.ts";

const EVERY_MS = 10 * 60_000;
const DAY_MS = 24 * 3_600_000;
/** How long sign-ins that are over stay in the table, where policy says nothing else. Sessions stay then. */
export const FORGET_AFTER_DAYS = 30;
/** Rows in one write: a few milliseconds. */
const BATCH = 200;
/** Changes that are kept for other processes, which look every second. */
const KEPT_CHANGES = 10_000;

/** `days`: undefined where policy says nothing. */
export interface Retention {
  readonly days: number | undefined;
  readonly organisations: readonly OrganisationId[];
}

export interface HousekeepingParts {
  readonly store: Store;
  /** Every organisation once; empty where policy says nothing of any. */
  readonly retention: (q: Queries) => Promise<readonly Retention[]>;
  /** Ends what waited for somebody and was not answered, and says how many; at most `limit`. */
  readonly lapse: (q: Queries, now: number, limit: number) => Promise<number>;
  /** Whether it is this node's to do now; left out: there is no other. */
  readonly isOurs?: (() => Promise<boolean>) | undefined;
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
    const { store, now, log, isOurs } = this.#parts;
    if (isOurs && !(await isOurs())) return;
    const set = await store.read(this.#parts.retention);
    const all = set.length > 0 ? set : [{ days: undefined, organisations: undefined }];
    const forgotten = { signIns: 0, sessions: 0 };
    for (const { days, organisations } of all) {
      const before = now() - (days ?? FORGET_AFTER_DAYS) * DAY_MS;
      const old = { before, organisations };
      forgotten.signIns += await this.#inBatches((q) => q.signIns.forget(old, BATCH));
      if (days === undefined) continue;
      forgotten.sessions += await this.#inBatches((q) => q.sessions.forget(old, BATCH));
      await this.#inBatches((q) => q.requests.forget(old, BATCH));
    }
    if (forgotten.sessions > 0) await store.write((q) => q.receipts.forgetOrphans());
    await this.#inBatches((q) => this.#parts.lapse(q, now(), BATCH));
    await store.write(async (q) => {
      await q.changes.keepNewest(KEPT_CHANGES);
      await q.imports.forget(now() - UNDO_MS);
      await q.mailCodes.forget(now() - DAY_MS);
      await q.auditHeads.thin(now() - DAY_MS);
    });
    if (forgotten.signIns + forgotten.sessions > 0) log.info(forgotten, "what was over long ago was forgotten");
  }

  /** Returns how many. */
  async #inBatches(forget: (q: Queries) => Promise<number>): Promise<number> {
    for (let forgotten = 0; ; ) {
      const count = await this.#parts.store.write(forget);
      forgotten += count;
      if (count < BATCH || this.#isClosed) return forgotten;
      await setImmediate();
    }
  }
}
