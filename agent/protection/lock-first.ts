/**
 * The lock before somebody sees this PC: whoever comes has to pass its own lock screen.
 *
 *   unasked ──the device has signed: lock──▶ locked ──the path is up: look again──▶ locked: the picture begins
 *                                      │        ▲                        │ open
 *                                      │        └────────lock again──────┘
 *                                      ├──▶ impossible: shown as it is, and said; or refused where a lock is required
 *                                      └──▶ refused: it can be locked and was not
 */

import type { Desktop } from "../desktop/desktop.ts";
import type { LockOutcome } from "../desktop/reports.ts";
import type { Log } from "../log.ts";
import type { FirstPicture } from "../sending/first-picture.ts";
import type { LockBefore } from "../settings/config.ts";
import type { Refusal } from "../trust/admission.ts";

export interface LockFirstOptions {
  readonly policy: LockBefore;
  readonly desktop: Pick<Desktop, "lock" | "lockState">;
  readonly log: Log;
}

export class LockFirst {
  readonly #options: LockFirstOptions;
  /** May become another one until the first picture. */
  policy: LockBefore;
  #how: "unasked" | "locked" | "impossible" = "unasked";
  #locks = 0;

  constructor(options: LockFirstOptions) {
    this.#options = options;
    this.policy = options.policy;
  }

  get isWanted(): boolean {
    return this.policy !== "never";
  }

  get how(): "unasked" | "locked" | "impossible" {
    return this.#how;
  }

  /** How often it was tried. */
  get locks(): number {
    return this.#locks;
  }

  /**
   * Returns why nothing may be shown. What is on the screen before it is for nobody's eyes; of a PC that was locked already it is the lock screen, and
   * of one that nothing can lock there is nothing to hide: then `first` is asked for.
   */
  async lock(first?: Pick<FirstPicture, "ask">): Promise<Refusal | undefined> {
    const wasLocked = first && (await this.#options.desktop.lockState()) === "locked";
    const refusal = await this.#lock();
    if (!refusal && (wasLocked || this.#how === "impossible")) first?.ask();
    return refusal;
  }

  async #lock(): Promise<Refusal | undefined> {
    const { desktop, log } = this.#options;
    const { policy } = this;
    this.#locks += 1;
    const outcome = await desktop.lock();
    if (outcome === "locked") {
      this.#how = "locked";
      log.info("the PC was locked before the first picture");
      return undefined;
    }
    // what locked it a moment ago and is gone has not become a PC without a lock
    if (outcome === "impossible" && policy === "when-possible" && this.#how !== "locked") {
      this.#how = "impossible";
      log.warn("nothing on this PC can lock it: its screen is shown as it is");
      return undefined;
    }
    return REFUSALS[outcome];
  }

  /**
   * Just before the first picture: somebody at the office, or in a session that still runs, may have unlocked it since. What cannot
   * tell is believed. Or the policy asks for it, or for more, only now.
   */
  async again(): Promise<Refusal | undefined> {
    const isNew = this.#how === "unasked" || (this.#how === "impossible" && this.policy === "required");
    if (isNew) return this.lock();
    if (this.#how !== "locked" || (await this.#options.desktop.lockState()) !== "open") return undefined;
    this.#options.log.warn("the PC was unlocked before the first picture: it is locked again");
    return this.lock();
  }
}

const REFUSALS: Readonly<Record<Exclude<LockOutcome, "locked">, Refusal>> = {
  "not-locked": { reason: "not-locked", why: "this PC can be locked, but was not before the first picture" },
  impossible: {
    reason: "not-locked",
    why: "nothing on this PC can lock it, and it has to be locked before the first picture",
  },
  "no-desktop": { reason: "desktop-unavailable", why: "no desktop process answers whether this PC is locked" },
};
