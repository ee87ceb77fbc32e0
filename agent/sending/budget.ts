/**
 * The byte budget of one session: 12.5 kB/s (0.1 Mbit/s) as a mean, with credit for bursts. Soft: an empty bucket slows the picture
 * down and coarsens it, it never stops it. Chosen on a dense office trace: see agent/README.md.
 *
 * Quality is the quantizer of the encoder, 0 (best) to 63.
 */

export const RATE_BYTES_PER_S = 12_500;
export const CREDIT_BYTES = 400_000;

const SMALL = 35;
const BIG = 45;
const COARSER_WHEN_LOW = 7;
/** Above this, text that was just scrolled cannot be read. */
export const COARSEST = 52;
export const REFINED = 28;
export const SHARP = 10;
/** Changed share of the screen above which a change is big. */
const BIG_SHARE = 0.02;
const LOW = 0.25;
const FULL = 0.95;
/** A refinement is not begun with less than this in the bucket. */
const REFINE_FLOOR = 0.05;

/** Time between pictures: normally as fast as a 60 Hz screen changes. */
const INTERVAL_MS = 16;
const INTERVAL_LOW_MS = 150;
const INTERVAL_EMPTY_MS = 1_000;

export class Budget {
  #credit = CREDIT_BYTES;
  #at: number;

  constructor(now: number) {
    this.#at = now;
  }

  /** `bytes`: as they go over the wire, packet overhead included. */
  spent(bytes: number, now: number): void {
    this.#earn(now);
    // a debt larger than one burst would freeze the picture for minutes after a film was on the screen
    this.#credit = Math.max(-CREDIT_BYTES / 4, this.#credit - bytes);
  }

  quality(share: number, now: number): number {
    this.#earn(now);
    const quality = share > BIG_SHARE ? BIG : SMALL;
    return Math.min(COARSEST, this.#isLow() ? quality + COARSER_WHEN_LOW : quality);
  }

  intervalMs(now: number): number {
    this.#earn(now);
    if (this.#credit <= 0) return INTERVAL_EMPTY_MS;
    return this.#isLow() ? INTERVAL_LOW_MS : INTERVAL_MS;
  }

  mayRefine(now: number): boolean {
    this.#earn(now);
    return this.#credit > REFINE_FLOOR * CREDIT_BYTES;
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

  #isLow(): boolean {
    return this.#credit < LOW * CREDIT_BYTES;
  }

  #earn(now: number): void {
    this.#credit = Math.min(CREDIT_BYTES, this.#credit + (Math.max(0, now - this.#at) * RATE_BYTES_PER_S) / 1_000);
    this.#at = now;
  }
}
