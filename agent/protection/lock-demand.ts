/**
 * When one session demands that this PC be locked: as the policy wants it, once for each time that somebody was here. That it
 * then is locked is pc-lock.ts's business.
 */
import type { EndReason } from "../../signaling/protocol/errors.ts";
import type { LockCause } from "../../signaling/protocol/signal.ts";
import type { LockOn } from "../settings/config.ts";

/** An interruption shorter than this does not lock the PC. */
const LOCK_AFTER_MS = 3_000;
/** Ends that the person chose, at their own page: who was cut off otherwise could not lock the PC any more. */
const CHOSEN_ENDS: readonly EndReason[] = ["viewer-left", "signed-out", "taken-over"];

export interface LockDemandOptions {
  readonly lockOn: LockOn;
  /** Resolves when it was tried once; undefined: there was nothing to see, and nothing is to be locked. */
  readonly demand: (cause: LockCause) => Promise<void> | undefined;
}

export class LockDemand {
  readonly #lock: LockDemandOptions["demand"];
  /** May become another one in mid-session. */
  lockOn: LockOn;
  #wasLive = false;
  #demanded: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor({ lockOn, demand }: LockDemandOptions) {
    this.lockOn = lockOn;
    this.#lock = demand;
  }

  /** Somebody has seen this PC in the session. */
  get wasLive(): boolean {
    return this.#wasLive;
  }

  live(): void {
    clearTimeout(this.#timer);
    this.#wasLive = true;
    this.#demanded = undefined;
  }

  /** A viewer who leaves by the button closes the path a moment before the server's word arrives; the end decides then. */
  interrupted(isAwaited: () => boolean): void {
    if (this.lockOn === "never") return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (isAwaited()) this.#demand("interrupted");
    }, LOCK_AFTER_MS);
  }

  /** Resolves when nothing more is to be waited for. */
  ended(reason: EndReason): Promise<void> {
    clearTimeout(this.#timer);
    const isLocked = this.lockOn === "end" || (this.lockOn === "interrupted" && !CHOSEN_ENDS.includes(reason));
    if (this.#wasLive && isLocked) this.#demand("ended");
    return this.#demanded ?? Promise.resolve();
  }

  #demand(cause: LockCause): void {
    this.#demanded ??= this.#lock(cause);
  }
}
