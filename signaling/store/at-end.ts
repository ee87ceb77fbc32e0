/**
 * What belongs into a write and is done when all else of it is: once for all that was collected. Whatever several writers queue for
 * is held for as short a time as can be, and always in the same order.
 */
import type { Queries } from "./queries.ts";

type Finish<T> = (q: Queries, all: readonly T[]) => Promise<void>;

export class AtEnd {
  readonly #collected = new Map<Finish<never>, unknown[]>();

  /** Only what a write collects is ever finished. */
  collect<T>(finish: Finish<T>, items: readonly T[]): void {
    const all = this.#collected.get(finish);
    if (all) all.push(...items);
    else this.#collected.set(finish, [...items]);
  }

  async run(q: Queries): Promise<void> {
    for (const [finish, items] of this.#collected) await finish(q, items as never[]);
  }
}
