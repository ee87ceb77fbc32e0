/** Notices when the wall clock jumps: times of rights, of one-time codes and of the record are then not what they seem. */

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
