/**
 * TLS handshakes one after another rather than all at once. When a server comes back, ten thousand office PCs knock in the same
 * second: begun together, all of them take longer than anybody waits, and what they cost is spent in vain, again and again.
 *
 *   accepted ──first bytes──▶ waits (first come, first served) ──its turn──▶ under way ──▶ proven, or closed
 *       │                        │                                              │
 *       └─ silent: silenceMs     └─ goes away: out of the line                  └─ another slotMs: it no longer counts
 *
 * Who says nothing is not in the line. Who began and then stalls costs nothing further and keeps nobody out for longer than
 * slotMs. The line is as long as the edge lets unproven connections be (pools.ts).
 */
import type { Socket } from "node:net";

/** So many begin in one turn of the event loop, each a millisecond of work: pictures pass through the same loop. */
const PER_TURN = 4;
/** A ClientHello with a post-quantum key share is 2 kB; more is left in the socket. */
const HELD_BYTES = 16 * 1024;

export interface PacedHandshakesOptions {
  /** Under way at once. */
  readonly atOnce: number;
  /** Two round trips of the slowest line, in which who began proves itself: a connection that has not, by then, counts no more. */
  readonly slotMs: number;
  /** For the first bytes. */
  readonly silenceMs: number;
  /** Begins; what was read already is in the socket again. */
  readonly begin: (socket: Socket) => void;
  readonly onSilent: (socket: Socket) => void;
}

export class PacedHandshakes {
  readonly #options: PacedHandshakesOptions;
  /** In the order of their first bytes. */
  readonly #waiting = new Map<Socket, () => void>();
  readonly #underWay = new Map<Socket, NodeJS.Timeout>();
  #turn: NodeJS.Immediate | undefined;

  constructor(options: PacedHandshakesOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Takes over an accepted socket until its turn. */
  enter(socket: Socket): void {
    const { silenceMs, onSilent } = this.#options;
    const silent = setTimeout(() => onSilent(socket), silenceMs);
    const held: Buffer[] = [];
    let bytes = 0;
    // reading is how a socket in the line is known to have gone
    const hold = (chunk: Buffer): void => {
      held.push(chunk);
      bytes += chunk.length;
      if (bytes >= HELD_BYTES) socket.pause();
      if (held.length > 1) return;
      clearTimeout(silent);
      this.#waiting.set(socket, giveBack);
      this.#next();
    };
    const giveBack = (): void => {
      socket.off("data", hold);
      socket.pause();
      socket.unshift(Buffer.concat(held));
    };
    socket.on("data", hold);
    socket.once("close", () => {
      clearTimeout(silent);
      this.#waiting.delete(socket);
      this.done(socket);
    });
  }

  /** It is no longer under way, however it ended. */
  done(socket: Socket): void {
    clearTimeout(this.#underWay.get(socket));
    if (this.#underWay.delete(socket)) this.#next();
  }

  #next(): void {
    if (this.#waiting.size === 0 || this.#underWay.size >= this.#options.atOnce) return;
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.#begin();
      this.#next();
    });
  }

  #begin(): void {
    let begun = 0;
    for (const [socket, giveBack] of this.#waiting) {
      if (begun === PER_TURN || this.#underWay.size >= this.#options.atOnce) return;
      begun += 1;
      this.#waiting.delete(socket);
      const slot = setTimeout(() => this.done(socket), this.#options.slotMs);
      this.#underWay.set(socket, slot);
      giveBack();
      this.#options.begin(socket);
    }
  }
}
