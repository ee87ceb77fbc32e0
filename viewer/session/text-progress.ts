/** How far the office has typed the text that was sent: a person who sees nothing yet would send it again. Pure. */

export interface Typing {
  /** Characters. */
  readonly typed: number;
  readonly of: number;
}

export class TextProgress {
  /** Characters since the channels opened. */
  #sent = 0;
  #typed = 0;
  /** Where the text began that is being typed. */
  #from = 0;
  /** An older agent never says how far it is. */
  #isTold = false;

  sent(characters: number): void {
    if (this.#typed >= this.#sent) {
      this.#from = this.#sent;
      this.#isTold = false;
    }
    this.#sent += characters;
  }

  /** What the agent says: all of this connection so far. */
  typed(characters: number): void {
    this.#typed = Math.max(this.#typed, characters);
    this.#isTold = true;
  }

  /** Some of it will not be typed when the connection is lost now. */
  get isUnfinished(): boolean {
    return this.#isTold && this.#typed < this.#sent;
  }

  /** Undefined: nothing is being typed. */
  get typing(): Typing | undefined {
    if (!this.isUnfinished) return undefined;
    return { typed: this.#typed - this.#from, of: this.#sent - this.#from };
  }
}
