/** Questions to a process that are still open, each with its time. */
interface Open<T> {
  readonly resolve: (answer: T) => void;
  readonly timer: NodeJS.Timeout;
}

/** More than any number of sessions asks at once; the oldest gives way. */
const MAX_OPEN = 16;

export class Questions<T> {
  /** What is answered when nobody does. */
  readonly unanswered: T;
  readonly #timeoutMs: number;
  readonly #open = new Map<number, Open<T>>();
  #next = 1;

  constructor(timeoutMs: number, unanswered: T) {
    this.#timeoutMs = timeoutMs;
    this.unanswered = unanswered;
  }

  /** `late`: it was not answered in its time. */
  ask(late: () => void): { id: number; answer: Promise<T> } {
    const id = this.#next++;
    const [oldest] = this.#open.keys();
    if (oldest !== undefined && this.#open.size >= MAX_OPEN) this.answered(oldest, this.unanswered);
    const answer = new Promise<T>((resolve) => {
      const timer = setTimeout(() => {
        this.answered(id, this.unanswered);
        late();
      }, this.#timeoutMs);
      this.#open.set(id, { resolve, timer });
    });
    return { id, answer };
  }

  /** An answer to no open question is nothing. */
  answered(id: number, answer: T): void {
    const open = this.#open.get(id);
    if (!open) return;
    this.#open.delete(id);
    clearTimeout(open.timer);
    open.resolve(answer);
  }

  /** Whoever was asked is gone. */
  giveUp(): void {
    for (const id of [...this.#open.keys()]) this.answered(id, this.unanswered);
  }
}
