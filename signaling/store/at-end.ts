/**
 * What belongs into a write and is done when all else of it is: once for all that was collected. Whatever several writers queue for
 * is held for as short a time as can be, and always in the same order.
 */

type Finish<Q, T> = (q: Q, all: readonly T[]) => Promise<void>;

export class AtEnd<Q> {
  readonly #collected = new Map<Finish<Q, never>, unknown[]>();

  /** Only what a write collects is ever finished. */
  collect<T>(finish: Finish<Q, T>, items: readonly T[]): void {
    const all = this.#collected.get(finish);
    if (all) all.push(...items);
    else this.#collected.set(finish, [...items]);
  }

  async run(q: Q): Promise<void> {
    for (const [finish, items] of this.#collected) await finish(q, items as never[]);
  }
}
