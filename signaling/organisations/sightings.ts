/**
 * When terminals were seen and sign-ins were used. Written together: a thousand agents that return at once cost a few fsyncs a second,
 * not a thousand. What finds no room is kept, by its own time, until there is some.
 */
import { setImmediate } from "node:timers/promises";
import type { Log } from "../log.ts";
import { RequestError } from "../protocol/errors.ts";
import type { TerminalId } from "../protocol/ids.ts";
import { slices } from "../slices.ts";
import type { Queries } from "../store/queries.ts";
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
  #flushing: Promise<void> | undefined;
  /** Why the last flush left some where they are. */
  #problem: RequestError | undefined;

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
    await this.#flushing;
    clearTimeout(this.#timer);
    await this.#flush();
    if (this.#used.size + this.#seen.size > 0) this.#log.error({ err: this.#problem }, NOT_WRITTEN);
  }

  #flushIn(ms: number): void {
    if (this.#flushing) return; // it looks for more at its end
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flushing = this.#flush().finally(() => {
        this.#flushing = undefined;
        if (this.#used.size + this.#seen.size > 0) this.#flushIn(this.#problem ? RETRY_MS : FLUSH_MS);
      });
    }, ms).unref();
  }

  /** In slices: while a thousand agents return, others get to write in between. What is newer meanwhile stays. Never rejects. */
  async #flush(): Promise<void> {
    this.#problem = undefined;
    const uses = [...this.#used].sort(([, a], [, b]) => a - b);
    for (const minute of Map.groupBy(uses, ([, at]) => Math.floor(at / TOUCH_GRANULARITY_MS)).values())
      for (const slice of slices(minute)) {
        const ids = slice.map(([id]) => id);
        const latest = slice.at(-1)?.[1] ?? 0; // of one minute: nearly the same
        await this.#write(this.#used, slice, (q) => q.signIns.touch(ids, latest, TOUCH_GRANULARITY_MS));
      }
    for (const slice of slices([...this.#seen])) {
      await this.#write(this.#seen, slice, async (q) => {
        for (const [id, at] of slice) await q.terminals.seen(id, at);
      });
      await setImmediate();
    }
  }

  /** After one that found no room, the others wait without a try. */
  async #write<Id>(
    from: Map<Id, number>,
    slice: readonly (readonly [Id, number])[],
    work: (q: Queries) => Promise<void>,
  ): Promise<void> {
    if (this.#problem) return;
    try {
      await this.#store.write(work);
    } catch (error) {
      if (error instanceof RequestError && error.code === "STORAGE_UNAVAILABLE") {
        this.#problem = error;
        return;
      }
      this.#log.error({ err: error }, NOT_WRITTEN); // it would fail again
    }
    for (const [id, at] of slice) if (from.get(id) === at) from.delete(id);
  }
}
