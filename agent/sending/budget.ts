/**
 * The byte budget of one session: 12.5 kB/s (0.1 Mbit/s) as a mean, with credit for bursts. Soft: an empty bucket makes motion
 * jerkier, it never stops it, and what stands still is always refined. Chosen by playing a recorded dense office trace through
 * the encoder: README ("Why") has what each choice was worth.
 *
 * Quality is the quantizer of the encoder, 0 (best) to 63.
 */

export const RATE_BYTES_PER_S = 12_500;
export const CREDIT_BYTES = 300_000;

/** Typing, a menu line, a caret: as sharp as it stays until it is refined. */
export const SMALL = 35;
/** A new page: to be read at once, refined when it stays. */
export const BIG = 42;
/** More of the same movement: nobody reads. Above this, text that was just scrolled cannot be read. */
export const COARSEST = 52;
export const REFINED = 32;
export const SHARP = 28;
/** Changed share of the screen above which a change is big. */
const BIG_SHARE = 0.02;
/** Big changes closer together than this are one movement. */
const MOVEMENT_MS = 400;
const FULL = 0.95;

/** Time between pictures. Small ones: as fast as a 60 Hz screen changes, ten a second deep in debt. */
const SMALL_INTERVAL_MS = 16;
const SMALL_INTERVAL_IN_DEBT_MS = 100;
/**
 * Big ones. Pictures less often save next to nothing while somebody works, because each then brings more; what must be slowed
 * down is what never ends, a film. So the interval grows only deep in debt, in proportion.
 */
const BIG_INTERVAL_MS = 200;
const BIG_INTERVAL_IN_DEBT_MS = 1_200;
const DEBT_BYTES = 300_000;
const MAX_DEBT_BYTES = 600_000;

export class Budget {
  #credit = CREDIT_BYTES;
  #at: number;
  #lastBigAt = Number.NEGATIVE_INFINITY;

  constructor(now: number) {
    this.#at = now;
  }

  /** `bytes`: as they go over the wire, packet overhead included. */
  spent(bytes: number, now: number): void {
    this.#earn(now);
    // a debt larger than this would be felt for minutes after a film was on the screen
    this.#credit = Math.max(-MAX_DEBT_BYTES, this.#credit - bytes);
  }

  /** For a picture that is made now, in which this share of the screen changes. */
  quality(share: number, now: number): number {
    if (share <= BIG_SHARE) return SMALL;
    const isMovement = now - this.#lastBigAt < MOVEMENT_MS;
    this.#lastBigAt = now;
    return isMovement ? COARSEST : BIG;
  }

  /** Between the last picture and one in which this share changes. */
  intervalMs(share: number, now: number): number {
    this.#earn(now);
    if (share <= BIG_SHARE) return this.#credit < -DEBT_BYTES ? SMALL_INTERVAL_IN_DEBT_MS : SMALL_INTERVAL_MS;
    const depth = (-this.#credit - DEBT_BYTES) / (MAX_DEBT_BYTES - DEBT_BYTES); // up to 1
    return BIG_INTERVAL_MS + (BIG_INTERVAL_IN_DEBT_MS - BIG_INTERVAL_MS) * Math.max(0, depth);
  }

  isFull(now: number): boolean {
    this.#earn(now);
    return this.#credit >= FULL * CREDIT_BYTES;
  }

  /** When it will be full again if nothing is sent. */
  fullInMs(now: number): number {
    this.#earn(now);
    return Math.max(0, ((FULL * CREDIT_BYTES - this.#credit) / RATE_BYTES_PER_S) * 1_000);
  }

  #earn(now: number): void {
    this.#credit = Math.min(CREDIT_BYTES, this.#credit + (Math.max(0, now - this.#at) * RATE_BYTES_PER_S) / 1_000);
    this.#at = now;
  }
}
