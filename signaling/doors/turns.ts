/**
 * Work that comes from many at once, in turns of the event loop: after so many milliseconds of it everything else of this
 * process (pictures of the relay among it) comes first, and then it goes on, first come, first served.
 */
import { setImmediate } from "node:timers/promises";

/** A turn may be longer by one piece of work. */
const TURN_MS = 5;

export class Turns {
  /** In the order they came. As long as all sockets' own lines together (MAX_WAITING of message-pump.ts). */
  readonly #waiting = new Set<() => Promise<void>>();
  #isWorking = false;
  /** Of the present turn of the loop. */
  #spentMs = 0;
  #turn = 0;
  #over: Promise<void> | undefined;

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Begins at once, unless this turn has had its share. What `work` comes to is passed on. */
  run(work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(() => work().then(resolve, reject));
      if (!this.#isWorking) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    for (const next of this.#waiting) {
      if (this.#spentMs >= TURN_MS) await this.#nextTurn();
      this.#waiting.delete(next);
      const [turn, began] = [this.#turn, performance.now()];
      // what waits for something outside of this thread keeps nobody waiting
      await Promise.race([next(), this.#nextTurn()]);
      if (turn === this.#turn) this.#spentMs += performance.now() - began;
    }
    this.#isWorking = false;
  }

  #nextTurn(): Promise<void> {
    this.#over ??= setImmediate().then(() => {
      this.#over = undefined;
      this.#turn += 1;
      this.#spentMs = 0;
    });
    return this.#over;
  }
}
