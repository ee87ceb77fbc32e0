/** What was found out of late: so many answers, each for so long; the one found out longest ago goes first. */
export class Lately<Answer> {
  readonly #most: number;
  readonly #keepMs: number;
  readonly #answers = new Map<string, { answer: Answer; until: number }>();

  constructor(o: { readonly most: number; readonly keepMs: number }) {
    this.#most = o.most;
    this.#keepMs = o.keepMs;
  }

  get(question: string, now: number): Answer | undefined {
    const found = this.#answers.get(question);
    return found && found.until > now ? found.answer : undefined;
  }

  set(question: string, answer: Answer, now: number): void {
    this.#answers.delete(question);
    this.#answers.set(question, { answer, until: now + this.#keepMs });
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > this.#most && oldest !== undefined) this.#answers.delete(oldest);
  }

  clear(): void {
    this.#answers.clear();
  }
}
