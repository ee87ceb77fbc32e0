/**
 * What the server has to hear, until it has heard it: how sessions ended, and how this PC is protected. A line that has died without a
 * word takes whatever is put into it, so such a message is kept until a ping that went out behind it has come back (RFC 6455 §5.5.2: what
 * was sent before it has arrived then), and is told again by the next line. All else is asked for anew there, and not kept.
 */
import type { AgentMessage } from "../../signaling/protocol/signal.ts";

const MUST_BE_HEARD: readonly AgentMessage["type"][] = ["session-end", "session-receipt", "protection"];
/** A PC has one session at a time; those of a whole day without a server. */
const MAX_UNHEARD = 32;

export interface OutboxLine {
  /** False when the line is down. */
  send(message: AgentMessage): boolean;
  /** Comes back, with the same mark, when everything before it has arrived. */
  ping(mark: string): void;
}

export class Outbox {
  readonly #line: OutboxLine;
  #unheard: { readonly message: AgentMessage; readonly mark: number }[] = [];
  #marks = 0;

  constructor(line: OutboxLine) {
    this.#line = line;
  }

  get size(): number {
    return this.#unheard.length;
  }

  send(message: AgentMessage): void {
    const sent = this.#line.send(message);
    if (!MUST_BE_HEARD.includes(message.type)) return;
    this.#marks += 1;
    this.#unheard.push({ message, mark: this.#marks });
    if (this.#unheard.length > MAX_UNHEARD) this.#unheard.shift();
    if (sent) this.#line.ping(String(this.#marks));
  }

  /** A ping has come back. */
  heard(mark: string): void {
    this.#unheard = this.#unheard.filter((kept) => kept.mark > Number(mark));
  }

  /** The server knows us again, perhaps by another line: all of it once more, in its order. */
  connected(): void {
    for (const { message } of this.#unheard) if (!this.#line.send(message)) return;
    const last = this.#unheard.at(-1);
    if (last) this.#line.ping(String(last.mark));
  }
}
