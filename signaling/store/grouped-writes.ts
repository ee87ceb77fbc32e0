/**
 * Small writes that come in thousands at once, as when a whole town's sessions end: as many as wait are one write together, in
 * their order, and between two of these everything else of this process gets its turn. One that fails fails alone.
 */
import { setImmediate } from "node:timers/promises";
import type { Log } from "../log.ts";
import { LateWrites } from "./late-writes.ts";
import type { Queries } from "./queries.ts";
import type { Store } from "./store.ts";

/** Some 50 ms of work. */
const TOGETHER = 50;

type Work = (q: Queries) => Promise<unknown>;

interface Waiting {
  readonly work: Work;
  readonly written: () => void;
  readonly failed: (error: unknown) => void;
}

export class GroupedWrites {
  readonly #store: Store;
  readonly #late: LateWrites;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;

  constructor({ store, log }: { readonly store: Store; readonly log: Log }) {
    this.#store = store;
    this.#late = new LateWrites(log);
  }

  /** Fulfilled when it is written or waits for room (late-writes.ts). */
  add(work: Work): Promise<void> {
    return new Promise((written, failed) => {
      this.#waiting.push({ work, written, failed });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#late.close();
  }

  async #writeAll(): Promise<void> {
    await setImmediate(); // what comes in the same turn is one write
    while (this.#waiting.length > 0) {
      await this.#together(this.#waiting.splice(0, TOGETHER));
      await setImmediate();
    }
    // here, not after a turn of the loop: whoever comes next begins anew
    this.#writing = undefined;
  }

  async #together(group: readonly Waiting[]): Promise<void> {
    try {
      await this.#write(async (q) => {
        for (const { work } of group) await work(q);
      });
      for (const { written } of group) written();
    } catch (error) {
      if (group.length === 1) group[0]?.failed(error);
      else for (const one of group) await this.#together([one]);
    }
  }

  #write(work: Work): Promise<void> {
    return this.#late.write(async () => void (await this.#store.write(work)));
  }
}
