/**
 * Does anybody still work here? Only what was injected counts, and only this PC can count it: a page's heartbeat comes from a
 * timer. One counter for a session through all its attempts, so that a page that comes back by itself is no sign of a person.
 * Where a session is for looking only nothing is injected: there it counts that the person moved or typed at home (`here`), so that
 * somebody who reads is not put out, and a picture that nobody looks at ends there too.
 *
 *   working ──endMs − warnMs without input──▶ warned ──warnMs──▶ over
 *      ▲                                        │
 *      └─────────────────input──────────────────┘
 *
 * Pure: time comes in, monotonic ms.
 */
import type { IdleLimits } from "../settings/config.ts";

/** The server's sign-in lives on our word: it is told at most this often, well within its own limit (5 minutes at the least). */
const TELL_EVERY_MS = 60_000;

export class Idle {
  #limits: IdleLimits;
  #inputAt: number;
  /** Not before: a limit that has just become shorter still warns first. */
  #notBefore = Number.NEGATIVE_INFINITY;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(limits: IdleLimits, now: number) {
    this.#limits = limits;
    this.#inputAt = now;
  }

  /**
   * Shorter or longer from now on. Nobody's session is over without the warning; but a server that says the same again and again
   * puts the end off by nothing.
   */
  follow(limits: IdleLimits, now: number): void {
    this.#notBefore = Math.min(now + limits.warnMs, this.#endsAt);
    this.#limits = limits;
  }

  /** Something was typed, clicked or moved. True: time to tell the server. */
  input(now: number): boolean {
    this.#inputAt = now;
    if (now - this.#toldAt < TELL_EVERY_MS) return false;
    this.#toldAt = now;
    return true;
  }

  /** Ms until the end, once it is time to warn; undefined before. 0: it is over. */
  endsIn(now: number): number | undefined {
    const left = Math.max(0, this.#endsAt - now);
    return left <= this.#limits.warnMs ? left : undefined;
  }

  get #endsAt(): number {
    return Math.max(this.#inputAt + this.#limits.endMs, this.#notBefore);
  }
}
