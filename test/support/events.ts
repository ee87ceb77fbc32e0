/** Collects what callbacks are given, and waits for what is looked for: no sleeping. */
export class Events<T> {
  readonly all: T[] = [];
  #waiting: (() => void)[] = [];

  readonly add = (event: T): void => {
    this.all.push(event);
    for (const wake of this.#waiting.splice(0)) wake();
  };

  /** The first event from `from` on that fits; waits for it. The test's own timeout ends a vain wait. */
  async first<S extends T>(fits: (event: T) => event is S, from?: number): Promise<S>;
  async first(fits: (event: T) => boolean, from?: number): Promise<T>;
  async first(fits: (event: T) => boolean, from = 0): Promise<T> {
    for (;;) {
      const found = this.all.slice(from).find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}
