/** What is pressed at this moment. Whatever is pressed will be released: `clear` says what that is. */
export class Held<T> {
  readonly #down = new Set<T>();

  get size(): number {
    return this.#down.size;
  }

  has(one: T): boolean {
    return this.#down.has(one);
  }

  /** False when it is down already. */
  press(one: T): boolean {
    if (this.#down.has(one)) return false;
    this.#down.add(one);
    return true;
  }

  /** False when it is not down. */
  release(one: T): boolean {
    return this.#down.delete(one);
  }

  /** Empties it; returns what was down, last pressed first. */
  clear(): T[] {
    const all = [...this.#down].reverse();
    this.#down.clear();
    return all;
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#down.values();
  }
}
