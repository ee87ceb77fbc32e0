/** Candidates that were found before our answer was signed and sent: the office PC takes none before it. */
import type { Candidate } from "../../signaling/protocol/signal.ts";

/** ICE gathers a handful: one per relay address and way to it. Whatever makes more than this makes noise. */
export const MAX_EARLY = 32;

export class EarlyCandidates {
  readonly #send: (candidate: Candidate) => void;
  /** Undefined: the answer is on its way, nothing waits any more. */
  #waiting: Candidate[] | undefined = [];

  constructor(send: (candidate: Candidate) => void) {
    this.#send = send;
  }

  add(candidate: Candidate): void {
    if (!this.#waiting) this.#send(candidate);
    else if (this.#waiting.length < MAX_EARLY) this.#waiting.push(candidate);
  }

  /** The answer has been sent. */
  release(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const candidate of waiting) this.#send(candidate);
  }
}
