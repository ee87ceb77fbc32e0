/**
 * When the next picture is asked of the desktop, and how good it shall be.
 *
 *   change ──▶ ask at once, coarse if big ──1.5 s still──▶ refine once ──credit full──▶ sharpen once
 *   what moves by itself ──▶ pictures of it alone, as often as the contract of the line allows
 *
 * The first picture of a session is a quick keyframe; the first refinement after it is a proper one.
 *
 * One picture is being made at a time and the newest screen wins. While much of the last one still waits for the line, none is
 * asked for: a picture that is not made cannot be late.
 */
import { BIG, BIG_SHARE, Budget, COARSEST, REFINED, SHARP, SMALL } from "./budget.ts";

/** More than this unsent at the estimated rate: wait. */
const MAX_WAITING_MS = 120;
/** Who pages through a document looks at each page for about a second: refining those in between would be half of all bytes. */
const STILL_MS = 1_500;
/** Longer than between two steps of a wheel or two pictures of an animation. */
const SETTLED_MS = 120;
/** So long after a notch of the wheel what changes is what it scrolls. */
const WHEEL_MS = 400;
/**
 * Smaller changes (a caret, a clock) are good enough as they are. So are larger ones, letters and cells, when they were made as sharp as small
 * ones are: with them the whole page would be made anew, which was worth 0.1 dB for 27 kB.
 */
const WORTH_REFINING = 0.002;
/** What changes so much of the screen may come back when what covers it goes. */
const PAGE_SHARE = 0.02;
/** The keyframe a session begins with: how good, and whether made the quick way. */
export interface Beginning {
  readonly quality: number;
  readonly quick: boolean;
}
/** As good as its fellows all the same (43 dB): a keyframe's quantizer is finer than the number says. */
const QUICK: Beginning = { quality: 50, quick: true };
/** On a line slower than this, time is lost in sending and not in encoding: as small as may be. */
const SLOW_LINE_BPS = 1_000_000;
const SMALLEST: Beginning = { quality: COARSEST, quick: false };

export const beginning = (rateBps: number): Beginning => (rateBps < SLOW_LINE_BPS ? SMALLEST : QUICK);

export type Step =
  | { kind: "ask"; quality: number; key: boolean; quick: boolean; moving: boolean; page: boolean }
  | { kind: "wait"; ms: number }
  /** Nothing to do until something happens. */
  | { kind: "rest" };

export class PicturePlan {
  readonly #budget: Budget;
  #asked: (Wish & { at: number }) | undefined;
  #keyWanted = true;
  #begun = false;
  /** The last keyframe was a quick one: what follows lacks the tools for screens. */
  #unequipped = false;
  #share = 0;
  #changed = false;
  /** What changed did so while a big picture was being made: one movement, however long that took. */
  #goesOn = false;
  /** Share of the screen that moves by itself and has changed since its last picture. */
  #moving = 0;
  #movementAskedAt = Number.NEGATIVE_INFINITY;
  #bigEncodedAt = Number.NEGATIVE_INFINITY;
  /** Last change worth refining. */
  #movedAt: number;
  #askedAt = Number.NEGATIVE_INFINITY;
  #wheelAt = Number.NEGATIVE_INFINITY;
  #unrefined = false;
  /** When the last coarse picture was made. */
  #coarseAt = Number.NEGATIVE_INFINITY;
  #unsharp = false;
  /**
   * A page came, however fine. When it stays, it is asked for once more, for the encoder to keep it (kept-pictures.ts): next to nothing when there
   * is nothing to refine.
   */
  #unkept = false;

  /** `kbps`: contract of the line. */
  constructor(now: number, kbps?: number) {
    this.#budget = new Budget(now, kbps);
    this.#movedAt = now;
  }

  follow(kbps: number, now: number): void {
    this.#budget.follow(kbps, now);
  }

  /** What the line is to be taken for (budget.ts), bit/s. */
  lineBps(rateBps: number, now: number): number {
    return this.#budget.lineBps(rateBps, now);
  }

  /** A picture was asked for and has not come. */
  get isWaiting(): boolean {
    return this.#asked !== undefined;
  }

  /** `share`: of the screen, since this was last said. `at`: when the desktop first saw some of it, by its own clock, ms. */
  changed(share: number, now: number, at = Number.POSITIVE_INFINITY): void {
    this.#goesOn ||= at <= this.#bigEncodedAt;
    this.#changed = true;
    this.#share = Math.min(1, this.#share + share);
    if (share > WORTH_REFINING) this.#movedAt = now;
  }

  /** So much of the screen moves by itself, and a picture does not bring it unless it is asked for. */
  moves(share: number): void {
    this.#moving = share;
  }

  /** By who is at home. */
  wheelTurned(now: number): void {
    this.#wheelAt = now;
  }

  wantKey(): void {
    this.#keyWanted = true;
  }

  /** The first picture was asked for before there was a plan. */
  begunWith(begin: Beginning, now: number): void {
    this.#ask({ ...begin, ...PLAIN, key: true }, now);
  }

  next(now: number, line: { waitingMs: number; rateBps: number }): Step {
    if (this.#asked) return { kind: "rest" };
    if (line.waitingMs > MAX_WAITING_MS) return { kind: "wait", ms: line.waitingMs - MAX_WAITING_MS };
    if (this.#keyWanted) return this.#ask({ ...this.#key(line.rateBps), ...PLAIN, key: true }, now);
    return sooner(this.#change(now) ?? this.#refine(now), this.#movement(now));
  }

  #change(now: number): Step | undefined {
    if (!this.#changed) return undefined;
    const due = this.#due(now);
    if (now < due) return { kind: "wait", ms: due - now };
    const page = this.#share > BIG_SHARE && !this.#budget.isMovement(now, this.#goesOn);
    return this.#ask(this.#refinementDue(now) ?? { ...this.#delta(this.#quality(now)), page }, now);
  }

  #movement(now: number): Step {
    if (this.#asked || this.#moving === 0) return { kind: "rest" };
    const due = this.#movementAskedAt + this.#budget.movementIntervalMs(this.#moving, now);
    if (now < due) return { kind: "wait", ms: due - now };
    const quality = this.#moving > BIG_SHARE ? COARSEST : SMALL;
    this.#moving = 0;
    this.#movementAskedAt = now;
    return this.#ask({ ...this.#delta(quality), moving: true }, now);
  }

  /** The picture came: what it was and what it weighs on the wire. */
  made(picture: Made, bytes: number, now: number): void {
    this.#bigEncodedAt =
      picture.share > BIG_SHARE ? (picture.encodedAt ?? Number.NEGATIVE_INFINITY) : Number.NEGATIVE_INFINITY;
    // one that came out better than asked for was not made the quick way
    if (picture.key) this.#unequipped = (this.#asked?.quick ?? false) && picture.quality >= (this.#asked?.quality ?? 0);
    this.#budget.spent(bytes, now, { share: picture.share, moving: this.#asked?.moving ?? false });
    this.#asked = undefined;
    const worth = picture.quality > SMALL ? WORTH_REFINING : PAGE_SHARE;
    if (picture.key || picture.share > worth) {
      this.#unrefined ||= picture.quality > REFINED;
      if (picture.quality >= BIG) this.#coarseAt = now;
      this.#unsharp ||= picture.quality > SHARP;
    }
    if (picture.quality <= REFINED) this.#unrefined = false;
    this.#unkept = picture.key || picture.share > PAGE_SHARE || (this.#unkept && picture.quality > REFINED);
    if (picture.quality <= SHARP) this.#unsharp = false;
  }

  /** The desktop could not make it; the same is wanted again. */
  failed(): void {
    if (this.#asked?.key) this.#keyWanted = true;
    this.#asked = undefined;
  }

  /**
   * Of a change. While a page that just came is coarse, a caret that blinks on it must not refine it all: the page may be gone
   * the next moment; it was a seventh of all bytes.
   */
  #quality(now: number): number {
    const quality = this.#budget.quality(this.#share, now, this.#goesOn);
    return this.#unrefined && now - this.#coarseAt < STILL_MS ? Math.max(quality, BIG) : quality;
  }

  #refine(now: number): Step {
    const due = this.#refinementDue(now);
    if (due) return this.#ask(due, now);
    if (!this.#unrefined && !this.#unkept && !this.#unsharp) return { kind: "rest" };
    const soon = this.#unrefined || this.#unkept;
    const credit = soon ? this.#budget.paidOffInMs(1, now) : this.#budget.fullInMs(now);
    return { kind: "wait", ms: Math.max(this.#movedAt + STILL_MS - now, credit, 1) };
  }

  /** What is small and goes on changing, a caret or a spinner, does not put it off. */
  #refinementDue(now: number): Wish | undefined {
    if (now < this.#movedAt + STILL_MS || this.#budget.paidOffInMs(1, now) > 0) return undefined;
    if (this.#unrefined)
      return this.#unequipped ? { ...PLAIN, quality: BIG, key: true, quick: false } : this.#delta(REFINED);
    if (this.#unkept) return this.#delta(REFINED);
    return this.#unsharp && this.#budget.isFull(now) ? this.#delta(SHARP) : undefined;
  }

  /** Movement is shown at intervals; where it ends is shown as soon as it has ended. */
  #due(now: number): number {
    const settled = Math.max(this.#askedAt, this.#movedAt) + SETTLED_MS;
    const wheel = now - this.#wheelAt < WHEEL_MS;
    const due = Math.min(settled, this.#askedAt + this.#budget.intervalMs(this.#share, now, { wheel }));
    return Math.max(due, now + this.#budget.paidOffInMs(this.#share, now));
  }

  #key(rateBps: number): Beginning {
    if (!this.#begun) return beginning(rateBps);
    return { quality: rateBps < SLOW_LINE_BPS ? COARSEST : BIG, quick: false };
  }

  #delta(quality: number): Wish {
    return { ...PLAIN, quality, key: false, quick: false };
  }

  #ask(wish: Wish, now: number): Step {
    this.#asked = { ...wish, at: now };
    if (wish.moving) return { kind: "ask", ...wish };
    this.#askedAt = now;
    this.#begun = true;
    this.#keyWanted = false;
    this.#changed = false;
    this.#goesOn = false;
    this.#share = 0;
    return { kind: "ask", ...wish };
  }
}

interface Made {
  readonly share: number;
  readonly key: boolean;
  readonly quality: number;
  /** By the desktop's own clock, ms. */
  readonly encodedAt?: number;
}

interface Wish extends Beginning {
  readonly key: boolean;
  readonly moving: boolean;
  readonly page: boolean;
}
const PLAIN = { moving: false, page: false } as const;

function sooner(one: Step, other: Step): Step {
  if (one.kind === "ask" || other.kind === "rest") return one;
  if (other.kind === "ask" || one.kind === "rest") return other;
  return one.ms < other.ms ? one : other;
}
