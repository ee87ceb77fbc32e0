/**
 * Small writes that come in thousands at once, as when a whole town's sessions end or its office PCs enrol: as many as wait are one
 * write together, in their order, and one fsync; between two of these everything else of this process gets its turn. One
 * that fails fails alone; where the store keeps nothing, all do.
 */
import { setImmediate } from "node:timers/promises";
import { RequestError } from "../protocol/errors.ts";
import type { Queries } from "./queries.ts";

const isUnkept = (error: unknown): boolean => error instanceof RequestError && error.code === "STORAGE_UNAVAILABLE";

type Work = (q: Queries) => Promise<void>;

export interface GroupedWritesOptions {
  /** Does the work of several in one transaction. */
  readonly write: (work: Work) => Promise<void>;
  /** At most so many in one: some tens of ms, in which nobody else gets a turn. */
  readonly together: number;
}

interface Waiting {
  readonly work: Work;
  readonly written: () => void;
  readonly failed: (error: unknown) => void;
}

export class GroupedWrites {
  readonly #options: GroupedWritesOptions;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;

  constructor(options: GroupedWritesOptions) {
    this.#options = options;
  }

  /**
   * Settled as `write` settles with this work in it: with what the work gave, or undefined where `write` has put it off. The
   * work may be done twice; what the first time changed was undone.
   */
  add<T>(work: (q: Queries) => Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, failed) => {
      let given: T | undefined;
      const keep = async (q: Queries): Promise<void> => {
        given = await work(q);
      };
      this.#waiting.push({ work: keep, written: () => resolve(given), failed });
      this.#writing ??= this.#writeAll();
    });
  }

  /** When what waits at this moment has been written. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** Writes what waits. */
  close(): Promise<void> {
    return this.settled();
  }

  async #writeAll(): Promise<void> {
    await setImmediate(); // what comes in the same turn is one write
    while (this.#waiting.length > 0) {
      await this.#together(this.#waiting.splice(0, this.#options.together));
      await setImmediate();
    }
    // here, not after a turn of the loop: whoever comes next begins anew
    this.#writing = undefined;
  }

  async #together(group: readonly Waiting[]): Promise<void> {
    try {
      await this.#options.write(async (q) => {
        for (const { work } of group) await work(q);
      });
      for (const { written } of group) written();
    } catch (error) {
      // where nothing can be kept, it may be that nobody knows whether it was: that is not done again
      if (group.length === 1 || isUnkept(error)) for (const { failed } of group) failed(error);
      else for (const one of group) await this.#together([one]);
    }
  }
}
