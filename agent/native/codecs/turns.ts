/** One call at a time, which is the caller's word, and none after the last: what is used by it is given back when it has ended. */
export class Turns {
  #running: Promise<unknown> = Promise.resolve();
  #closed = false;

  take<T>(call: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new Error("the encoder is closed"));
    const run = call();
    this.#running = run.catch(() => undefined);
    return run;
  }

  /** Idempotent. */
  async close(giveBack: () => void | Promise<void>): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#running;
    await giveBack();
  }
}
