/**
 * TLS handshakes one after another rather than all at once. When a server comes back, ten thousand office PCs knock in the same
 * second: begun together, all of them take longer than anybody waits, and what they cost is spent in vain, again and again.
 *
 *   accepted ──first bytes──▶ waits (first come, first served) ──its turn──▶ under way ──▶ done
 *       │                        │                                              │
 *       └─ silent: handshakeMs   └─ goes away: out of the line                  └─ another HANDSHAKE_SLOT_MS: the next one begins
 *
 * Who says nothing is not in the line. Who began and then stalls costs nothing further and gives the place up: nobody is kept
 * out by it for longer. The line is as long as the edge lets unproven connections be (pools.ts).
 */
import type { Socket } from "node:net";

/** After this a handshake no longer counts: two round trips of a slow line. The rest of handshakeMs is its own. */
const HANDSHAKE_SLOT_MS = 250;
/** A ClientHello with a key share for each group a browser knows is 2 kB; more waits in the socket. */
const HELD_BYTES = 16 * 1024;

export interface PacedHandshakesOptions {
  /** Under way at once. */
  readonly atOnce: number;
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

  /** It has come to an end, well or not. */
  done(socket: Socket): void {
    clearTimeout(this.#underWay.get(socket));
    if (this.#underWay.delete(socket)) this.#next();
  }

  #next(): void {
    for (const [socket, giveBack] of this.#waiting) {
      if (this.#underWay.size >= this.#options.atOnce) return;
      this.#waiting.delete(socket);
      this.#underWay.set(
        socket,
        setTimeout(() => this.done(socket), HANDSHAKE_SLOT_MS),
      );
      giveBack();
      this.#options.begin(socket);
    }
  }
}
