/** The list of terminals, put together from the parts in which the server sends a long one. */
import type { TerminalView, ToViewer } from "../signaling/protocol/signal.ts";

export class TerminalList {
  #parts: TerminalView[] = [];
  #next = 1;

  /** The whole list once its last part is here. A part that does not follow the one before is dropped with its list. */
  take({ terminals, part }: Extract<ToViewer, { type: "terminals" }>): readonly TerminalView[] | undefined {
    const { number, of } = part ?? { number: 1, of: 1 };
    if (number === 1) this.#parts = [];
    else if (number !== this.#next) return undefined;
    this.#parts.push(...terminals);
    this.#next = number + 1;
    if (number < of) return undefined;
    const whole = this.#parts;
    this.#parts = [];
    this.#next = 1;
    return whole;
  }
}
