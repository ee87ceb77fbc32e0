/**
 * The byte budget of one session: 12.5 kB/s (0.1 Mbit/s) as a mean unless a policy says otherwise, with credit for bursts. Soft: an empty bucket makes motion
 * jerkier, it never stops it, and what stands still is always refined. Chosen by playing a recorded dense office trace through
 * the encoder: README ("Why") has what each choice was worth.
 *
 * Quality is the quantizer of the encoder, 0 (best) to 63.
 */

/** Contract of the line where nobody names another one, kbit/s. */
export const CONTRACT_KBPS = 100;
/** So long may be sent at twice the rate after as long a rest; debt is counted in it too. */
const CREDIT_S = 24;
/** On the thinnest contract a page that is turned must still come in one piece. */
const MIN_CREDIT_BYTES = 100_000;

export const rateBytesPerS = (kbps: number): number => kbps * 125;
export const creditBytes = (kbps: number): number => Math.max(MIN_CREDIT_BYTES, rateBytesPerS(kbps) * CREDIT_S);

/** Typing, a menu line, a caret: as sharp as it stays until it is refined. */
export const SMALL = 35;
/** A new page: to be read at once, refined when it stays. */
export const BIG = 42;
/** More of the same movement: nobody reads. Above this, text that was just scrolled cannot be read. */
export const COARSEST = 52;
export const REFINED = 32;
export const SHARP = 28;
/** Changed share of the screen above which a change is big. */
export const BIG_SHARE = 0.02;
/** Big changes closer together than this are one movement. */
const MOVEMENT_MS = 400;
const FULL = 0.95;
/** In contracts: on 1 Mbit/s, where the contract is 100 kbit/s, a page as a still picture is there sooner than one in real time. */
const THRIFTY = 10;

/** Time between pictures. Small ones: as fast as a 60 Hz screen changes, ten a second deep in debt. */
const SMALL_INTERVAL_MS = 16;
const SMALL_INTERVAL_IN_DEBT_MS = 100;
/**
 * Big ones. Pictures less often save next to nothing while somebody works, because each then brings more; what must be slowed
 * down is what never ends, a film. So the interval grows only deep in debt, in proportion.
 */
const BIG_INTERVAL_MS = 200;
const BIG_INTERVAL_IN_DEBT_MS = 1_200;
/** In credits: a debt from which it is slowed down, and the largest, which would otherwise be felt for minutes after a film. */
const DEBT = 1;
const MAX_DEBT = 2;

export class Budget {
  #rate: number;
  #full: number;
  #credit: number;
  #at: number;
  #lastBigAt = Number.NEGATIVE_INFINITY;

  constructor(now: number, kbps: number = CONTRACT_KBPS) {
    this.#at = now;
    this.#rate = rateBytesPerS(kbps);
    this.#full = creditBytes(kbps);
    this.#credit = this.#full;
  }

  /** Another contract from now on: credit and debt in proportion. */
  follow(kbps: number, now: number): void {
    this.#earn(now);
    const full = creditBytes(kbps);
    this.#credit *= full / this.#full;
    this.#full = full;
    this.#rate = rateBytesPerS(kbps);
  }

  /** `bytes`: as they go over the wire, packet overhead included. */
  spent(bytes: number, now: number): void {
    this.#earn(now);
    this.#credit = Math.max(-MAX_DEBT * this.#full, this.#credit - bytes);
  }

  /** For a picture that is made now, in which this share of the screen changes. `goesOn`: did so while the one before was made. */
  quality(share: number, now: number, goesOn = false): number {
    if (share <= BIG_SHARE) return SMALL;
    const isMovement = goesOn || now - this.#lastBigAt < MOVEMENT_MS;
    this.#lastBigAt = now;
    return isMovement ? COARSEST : BIG;
  }

  /** Between the last picture and one in which this share changes. */
  intervalMs(share: number, now: number): number {
    this.#earn(now);
    if (share <= BIG_SHARE) return this.#credit < -DEBT * this.#full ? SMALL_INTERVAL_IN_DEBT_MS : SMALL_INTERVAL_MS;
    const depth = (-this.#credit / this.#full - DEBT) / (MAX_DEBT - DEBT); // up to 1
    return BIG_INTERVAL_MS + (BIG_INTERVAL_IN_DEBT_MS - BIG_INTERVAL_MS) * Math.max(0, depth);
  }

  /**
   * What the line is to be taken for, bit/s, where something is chosen by how long its bytes take. With half of the credit gone it is one
   * of ten times the contract: then bytes cost time, later.
   */
  lineBps(rateBps: number, now: number): number {
    this.#earn(now);
    return this.#credit >= this.#full / 2 ? rateBps : Math.min(rateBps, THRIFTY * 8 * this.#rate);
  }

  isFull(now: number): boolean {
    this.#earn(now);
    return this.#credit >= FULL * this.#full;
  }

  /** When it will be full again if nothing is sent. */
  fullInMs(now: number): number {
    this.#earn(now);
    return Math.max(0, ((FULL * this.#full - this.#credit) / this.#rate) * 1_000);
  }

  #earn(now: number): void {
    this.#credit = Math.min(this.#full, this.#credit + (Math.max(0, now - this.#at) * this.#rate) / 1_000);
    this.#at = now;
  }
}
