/** Notices when the wall clock jumps: times of rights, of one-time codes and of the record are then not what they seem. */

import type { Log } from "./log.ts";

const LOOK_MS = 1_000;
/** From one look to the next. Corrections by NTP that slew stay far below (at most 0.5 ms a second). */
const JUMP_MS = 2_000;

export class ClockWatch {
  readonly #wall: () => number;
  readonly #monotonic: () => number;
  #last: number;
  #jumps = 0;

  constructor(options: { wall: () => number; monotonic: () => number }) {
    this.#wall = options.wall;
    this.#monotonic = options.monotonic;
    this.#last = this.#offset();
  }

  get jumps(): number {
    return this.#jumps;
  }

  /** By how much it has jumped since the last look, ms, negative for back; undefined when it has not. */
  look(): number | undefined {
    const offset = this.#offset();
    const jump = offset - this.#last;
    this.#last = offset;
    if (Math.abs(jump) < JUMP_MS) return undefined;
    this.#jumps += 1;
    return jump;
  }

  #offset(): number {
    return this.#wall() - this.#monotonic();
  }
}

/** Of the only country whose town halls this is for; it has no summer time. */
const JAPAN_OFFSET_MIN = 9 * 60;

/** Hours, days and midnights of policies are those of this server's time zone: why they are not Japan's. */
export function timeZoneProblem(now: number): string | undefined {
  const offset = -new Date(now).getTimezoneOffset();
  if (offset === JAPAN_OFFSET_MIN) return undefined;
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return `hours and days of the policies are counted in ${timeZone}, ${offset} min from UTC: set TZ=Asia/Tokyo`;
}

/** While the server runs. */
export function watchClock(log: Log, now: () => number): { clock: ClockWatch; stopLooking: () => void } {
  const inOtherZone = timeZoneProblem(now());
  if (inOtherZone) log.warn(inOtherZone);
  const clock = new ClockWatch({ wall: now, monotonic: () => performance.now() });
  const timer = setInterval(() => {
    const jumpMs = clock.look();
    if (jumpMs !== undefined) log.warn({ jumpMs: Math.round(jumpMs) }, "the clock of this server jumped");
  }, LOOK_MS);
  return { clock, stopLooking: () => clearInterval(timer) };
}
