/** So much at once, and so much more each minute, for each key. What is full again is forgotten. */
export class Budget<K> {
  readonly #limits: { readonly burst: number; readonly perMinute: number };
  readonly #spent = new Map<K, { spent: number; at: number }>();

  constructor(limits: { readonly burst: number; readonly perMinute: number }) {
    this.#limits = limits;
  }

  /** False when nothing is left. `now`: epoch ms; a clock that goes back gives nothing. */
  take(key: K, now: number): boolean {
    const spent = this.#used(key, now);
    if (spent + 1 > this.#limits.burst) return false;
    this.#spent.set(key, { spent: spent + 1, at: now });
    return true;
  }

  /** Call from time to time: bounds what is remembered. */
  tick(now: number): void {
    for (const key of this.#spent.keys()) if (this.#used(key, now) === 0) this.#spent.delete(key);
  }

  get size(): number {
    return this.#spent.size;
  }

  /** What is spent at this moment. */
  #used(key: K, now: number): number {
    const { spent = 0, at = now } = this.#spent.get(key) ?? {};
    return Math.max(0, spent - (Math.max(0, now - at) / 60_000) * this.#limits.perMinute);
  }
}
