/**
 * When terminals were seen and sign-ins were used. Written together: a thousand agents that return at once cost a few fsyncs a second,
 * not a thousand. What finds no room is kept, by its own time, until there is some.
 */
import { setImmediate } from "node:timers/promises";
import type { Log } from "../log.ts";
import { RequestError } from "../protocol/errors.ts";
import type { TerminalId } from "../protocol/ids.ts";
import { slices } from "../slices.ts";
import type { Store } from "../store/store.ts";

const FLUSH_MS = 1_000;
/** Where nothing can be kept: somebody has to make room first. */
const RETRY_MS = 5_000;
/** A sign-in is not written anew for less. */
const TOUCH_GRANULARITY_MS = 60_000;

const NOT_WRITTEN = "sightings of terminals and the use of sign-ins were not written";

export class Sightings {
  readonly #store: Pick<Store, "write">;
  readonly #log: Log;
  /** Epoch ms, the latest of each. Without room there are no new ones: at most as many as there were. */
  readonly #seen = new Map<TerminalId, number>();
  readonly #used = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor({ store, log }: { readonly store: Pick<Store, "write">; readonly log: Log }) {
    this.#store = store;
    this.#log = log;
  }

  seen(id: TerminalId, at: number): void {
    this.#seen.set(id, at);
    this.#flushIn(FLUSH_MS);
  }

  used(signInId: string, at: number): void {
    this.#used.set(signInId, at);
    this.#flushIn(FLUSH_MS);
  }

  /** Uses of it that are not written yet. */
  lastUse(signInId: string): number | undefined {
    return this.#used.get(signInId);
  }

  /** Writes what is still to be written. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#flush().catch((error: unknown) => this.#log.error({ err: error }, NOT_WRITTEN));
  }

  #flushIn(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flush().catch((error: unknown) => {
        if (error instanceof RequestError && error.code === "STORAGE_UNAVAILABLE") this.#flushIn(RETRY_MS);
        else this.#log.error({ err: error }, NOT_WRITTEN);
      });
    }, ms).unref();
  }

  /** In slices: while a thousand agents return, others get to write in between. What is newer meanwhile stays. */
  async #flush(): Promise<void> {
    for (const uses of Map.groupBy(this.#used, ([, at]) => Math.floor(at / TOUCH_GRANULARITY_MS)).values()) {
      for (const slice of slices(uses)) {
        const latest = Math.max(...slice.map(([, used]) => used)); // of one minute: nearly the same
        const ids = slice.map(([id]) => id);
        await this.#store.write((q) => q.signIns.touch(ids, latest, TOUCH_GRANULARITY_MS));
        for (const [id, used] of slice) if (this.#used.get(id) === used) this.#used.delete(id);
      }
    }
    for (const slice of slices([...this.#seen])) {
      await this.#store.write(async (q) => {
        for (const [id, at] of slice) await q.terminals.seen(id, at);
      });
      for (const [id, at] of slice) if (this.#seen.get(id) === at) this.#seen.delete(id);
      await setImmediate();
    }
  }
}
