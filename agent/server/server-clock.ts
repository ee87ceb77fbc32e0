/**
 * How far this PC's clock is from the server's, by the Date header of its answers (RFC 9110 §6.6.1; whole seconds). Sessions do
 * not hang on it; but times in the record, a device's year and the doctor's questions do, so a wrong clock is said, once a day.
 */
import type { Log } from "../log.ts";

/** More than this apart, and times in the record are not to be relied on; the doctor goes by it too. */
export const MAX_CLOCK_DIFFERENCE_MS = 30_000;
const SAY_EVERY_MS = 24 * 3_600_000;

export class ServerClock {
  readonly #log: Log;
  readonly #now: () => number;
  #saidAt = -Infinity;

  /** `now`: this PC's clock, epoch ms. */
  constructor(options: { log: Log; now: () => number }) {
    this.#log = options.log;
    this.#now = options.now;
  }

  /** `date`: as the header has it; anything else says nothing. */
  heard(date: string | undefined): void {
    const now = this.#now();
    const aheadMs = now - Date.parse(date ?? "");
    if (!(Math.abs(aheadMs) > MAX_CLOCK_DIFFERENCE_MS) || now - this.#saidAt < SAY_EVERY_MS) return;
    this.#saidAt = now;
    const advice = "set up time synchronisation (NTP) on this PC, or on the server";
    this.#log.warn({ aheadS: Math.round(aheadMs / 1_000), advice }, "this PC's clock differs from the server's");
  }
}
