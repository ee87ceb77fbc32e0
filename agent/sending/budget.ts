/**
 * The byte budget of one session: 12.5 kB/s (0.1 Mbit/s) as a mean over ten minutes unless a policy says otherwise, whatever is on the screen. There is
 * credit for bursts, and debt for what somebody does and waits for; what never ends, a film, gets what is left: its pictures become fewer.
 * Chosen by playing a recorded dense office trace through the encoder: README ("Why") has what each choice was worth.
 *
 * Quality is the quantizer of the encoder, 0 (best) to 63.
 */

/** Contract of the line where nobody names another one, kbit/s. */
export const CONTRACT_KBPS = 100;
/** The contract is a mean over so long. */
const CONTRACT_S = 600;
/** Credit, in seconds of the contract; debt is counted in it too. */
const CREDIT_S = 24;
/** On the thinnest contract a page that is turned must still come in one piece. */
const MIN_CREDIT_BYTES = 100_000;

export const rateBytesPerS = (kbps: number): number => kbps * 125;
export const creditBytes = (kbps: number): number => Math.max(MIN_CREDIT_BYTES, rateBytesPerS(kbps) * CREDIT_S);
/** What comes in: so much less than the contract that whoever begins with full credit and ends with the largest debt has kept it. */
export const earnedBytesPerS = (kbps: number): number =>
  (1 - ASIDE) * rateBytesPerS(kbps) - ((1 + MAX_DEBT) * creditBytes(kbps) + BEYOND_BYTES) / CONTRACT_S;

/** Typing, a menu line, a caret: as sharp as it stays until it is refined. */
export const SMALL = 35;
/** A new page: to be read at once, refined when it stays. */
export const BIG = 40;
/** More of the same movement: nobody reads. Above this, text that was just scrolled cannot be read. */
export const COARSEST = 52;
export const REFINED = 34;
export const SHARP = 28;
/** Changed share of the screen above which a change is big. */
export const BIG_SHARE = 0.02;
/** Big changes closer together than this are one movement. */
const MOVEMENT_MS = 400;
const FULL = 0.95;
/** In contracts: on 1 Mbit/s, where the contract is 100 kbit/s, a page as a still picture is there sooner than one in real time. */
const THRIFTY = 10;

/** Time between pictures. Small ones: as fast as a 60 Hz screen changes, ten a second deep in debt, three in the deepest. */
const SMALL_INTERVAL_MS = 16;
const SMALL_INTERVAL_IN_DEBT_MS = 100;
const SMALL_INTERVAL_AT_LAST_MS = 300;
/**
 * Big ones: as often as so many bytes a second allow, by what the last one of them weighed. A page that is scrolled by lines is found again where it
 * was (2 kB, and 45 dB; a third of the pictures would save a third of the bytes), a window that is dragged or a page that is turned is not.
 * The interval grows only deep in debt, because each picture then brings more.
 */
interface BigPace {
  readonly cheapBytes: number;
  readonly bytesPerS: number;
  readonly leastMs: number;
}
const USUAL: BigPace = { cheapBytes: 1_500, bytesPerS: 13_000, leastMs: 40 };
/** Who turns the wheel reads what comes by, and stops where he finds it; who drags a window knows what is in it. For as long as WHEEL_DEBT allows. */
const BY_WHEEL: BigPace = { cheapBytes: 4_000, bytesPerS: 30_000, leastMs: 33 };
const WHEEL_DEBT = 1;
/** Where the last one weighed less, most of it was found again, and what is new is worth a tenth more bytes: page after page of it is then readable. */
const READABLE_BYTES = 6_000;
const BIG_INTERVAL_MS = 200;
/** Whether it would be cheap is seen only where one comes soon after another: what scrolls is as dear as what is dragged when it comes seldom. */
const SOON_MS = 150;
const TRY_EVERY_MS = 1_000;
const BIG_INTERVAL_IN_DEBT_MS = 1_200;
/** In credits: a debt from which small and big changes come less often, and the largest there is: then a page waits until it is paid off. */
const DEBT = 2;
const MAX_DEBT = 4;
/** Beyond it, a page and a picture of a film: nobody waits longer than that takes to be paid off. */
const BEYOND_BYTES = 100_000;
/** Small things that move by themselves: a spinner seems to turn. */
const MOVEMENT_INTERVAL_MS = 100;
/** Of the contract: what pictures have no part in (consent, reports, the line to the server). */
const ASIDE = 0.04;
export class Budget {
  #rate: number;
  #earned: number;
  #full: number;
  #credit: number;
  #at: number;
  #lastBigAt = Number.NEGATIVE_INFINITY;
  /** Of the last picture of what moves by itself. */
  #movementBytes = 0;
  /** Of the last big one, what moves by itself aside. */
  #bigBytes = Number.POSITIVE_INFINITY;
  #bigAt = Number.NEGATIVE_INFINITY;
  /** When one last came soon after another. */
  #soonAt = Number.NEGATIVE_INFINITY;

  constructor(now: number, kbps: number = CONTRACT_KBPS) {
    this.#at = now;
    this.#rate = rateBytesPerS(kbps);
    this.#earned = earnedBytesPerS(kbps);
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
    this.#earned = earnedBytesPerS(kbps);
  }

  /** `bytes`: as they go over the wire, packet overhead included. `share`: that the picture brought. `moving`: for what moves by itself. */
  spent(bytes: number, now: number, { share = 0, moving = false } = {}): void {
    this.#earn(now);
    this.#credit = Math.max(-MAX_DEBT * this.#full - BEYOND_BYTES, this.#credit - bytes);
    if (moving) this.#movementBytes = bytes;
    else if (share > BIG_SHARE) this.#spentBig(bytes, now);
  }

  #spentBig(bytes: number, now: number): void {
    if (now - this.#bigAt < SOON_MS) this.#soonAt = now;
    this.#bigBytes = bytes;
    this.#bigAt = now;
  }

  /** For a picture that is made now, in which this share of the screen changes. `goesOn`: did so while the one before was made. */
  quality(share: number, now: number, goesOn = false): number {
    if (share <= BIG_SHARE) return SMALL;
    const isMovement = this.isMovement(now, goesOn);
    this.#lastBigAt = now;
    return isMovement && this.#bigBytes > READABLE_BYTES ? COARSEST : BIG;
  }

  /** Something big that changes now goes on from what did just before. */
  isMovement(now: number, goesOn = false): boolean {
    return goesOn || now - this.#lastBigAt < MOVEMENT_MS;
  }

  /** Between the last picture and one in which this share changes. `wheel`: it is being turned. */
  intervalMs(share: number, now: number, { wheel = false } = {}): number {
    this.#earn(now);
    const debt = -this.#credit / this.#full;
    if (share <= BIG_SHARE && debt >= MAX_DEBT) return SMALL_INTERVAL_AT_LAST_MS;
    if (share <= BIG_SHARE) return debt > DEBT ? SMALL_INTERVAL_IN_DEBT_MS : SMALL_INTERVAL_MS;
    const depth = (debt - DEBT) / (MAX_DEBT - DEBT);
    const pace = wheel && debt < WHEEL_DEBT ? BY_WHEEL : USUAL;
    const least = now - this.#soonAt > TRY_EVERY_MS ? pace.leastMs : bigIntervalMs(this.#bigBytes, pace);
    return least + (BIG_INTERVAL_IN_DEBT_MS - least) * Math.min(1, Math.max(0, depth));
  }

  /** So long something big must wait, because the largest debt there may be is not paid off that far. */
  paidOffInMs(share: number, now: number): number {
    this.#earn(now);
    return share <= BIG_SHARE ? 0 : this.#reachedInMs(-MAX_DEBT);
  }

  /**
   * Between two pictures of what moves by itself, and changes this share. It may use up half of the credit; then what comes in; and half of that
   * while what somebody did is paid off.
   */
  movementIntervalMs(share: number, now: number): number {
    this.#earn(now);
    const least = share > BIG_SHARE ? bigIntervalMs(this.#movementBytes, USUAL) : MOVEMENT_INTERVAL_MS;
    if (this.#credit >= this.#full / 2) return least;
    const part = this.#credit >= 0 ? 1 : 1 / 2;
    return Math.max(least, (this.#movementBytes * 1_000) / (part * this.#earned));
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
    return this.#reachedInMs(FULL);
  }

  /** When there is so much credit, in credits, if nothing is sent. */
  #reachedInMs(credits: number): number {
    return Math.max(0, ((credits * this.#full - this.#credit) / this.#earned) * 1_000);
  }

  #earn(now: number): void {
    this.#credit = Math.min(this.#full, this.#credit + (Math.max(0, now - this.#at) * this.#earned) / 1_000);
    this.#at = now;
  }
}

const bigIntervalMs = (bytes: number, { cheapBytes, bytesPerS, leastMs }: BigPace): number =>
  Math.min(BIG_INTERVAL_MS, Math.max(leastMs, (1_000 * (bytes - cheapBytes)) / bytesPerS));
