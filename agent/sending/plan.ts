/**
 * When the next picture is asked of the desktop, and how good it shall be.
 *
 *   change ──▶ ask at once, coarse if big ──400 ms still──▶ refine once ──credit full──▶ sharpen once
 *
 * One picture is being made at a time and the newest screen wins. While much of the last one still waits for the line, none is
 * asked for: a picture that is not made cannot be late.
 */
import { Budget, COARSEST, REFINED, SHARP } from "./budget.ts";

/** More than this unsent at the estimated rate: wait. */
const MAX_WAITING_MS = 120;
const STILL_MS = 400;
/** Smaller changes (a caret, a clock) are good enough as they are. */
const WORTH_REFINING = 0.002;
/** Finer than other big changes: it is coded without the tools for screens, and read at once. */
const FIRST = 40;
/** On a line slower than this the first picture is made as small as may be. */
const SLOW_LINE_BPS = 1_000_000;

/** The quality of the picture that a session begins with, on a line of this speed. */
export const firstQuality = (rateBps: number): number => (rateBps < SLOW_LINE_BPS ? COARSEST : FIRST);

export type Step =
  | { kind: "ask"; quality: number; key: boolean }
  | { kind: "wait"; ms: number }
  /** Nothing to do until something happens. */
  | { kind: "rest" };

export class PicturePlan {
  readonly #budget: Budget;
  #asked: { quality: number; key: boolean; at: number } | undefined;
  #keyWanted = true;
  #share = 0;
  #changed = false;
  /** Last change worth refining. */
  #movedAt: number;
  #askedAt = Number.NEGATIVE_INFINITY;
  #unrefined = false;
  #unsharp = false;

  constructor(now: number) {
    this.#budget = new Budget(now);
    this.#movedAt = now;
  }

  /** A picture was asked for and has not come. */
  get isWaiting(): boolean {
    return this.#asked !== undefined;
  }

  changed(share: number, now: number): void {
    this.#changed = true;
    this.#share = Math.max(this.#share, share);
    if (share > WORTH_REFINING) this.#movedAt = now;
  }

  wantKey(): void {
    this.#keyWanted = true;
  }

  /** The first picture was asked for before there was a plan. */
  begunWith(quality: number, now: number): void {
    this.#ask(quality, true, now);
  }

  next(now: number, line: { waitingMs: number; rateBps: number }): Step {
    if (this.#asked) return { kind: "rest" };
    if (line.waitingMs > MAX_WAITING_MS) return { kind: "wait", ms: line.waitingMs - MAX_WAITING_MS };
    if (this.#keyWanted) return this.#ask(this.#keyQuality(line.rateBps, now), true, now);
    if (this.#changed) {
      const due = this.#askedAt + this.#budget.intervalMs(now);
      if (now < due) return { kind: "wait", ms: due - now };
      return this.#ask(this.#refinementDue(now) ?? this.#budget.quality(this.#share, now), false, now);
    }
    return this.#refine(now);
  }

  /** The picture came: what it was and what it weighs on the wire. */
  made(picture: { share: number; key: boolean; quality: number }, bytes: number, now: number): void {
    this.#asked = undefined;
    this.#budget.spent(bytes, now);
    if (picture.key || picture.share > WORTH_REFINING) {
      this.#unrefined ||= picture.quality > REFINED;
      this.#unsharp ||= picture.quality > SHARP;
    }
    if (picture.quality <= REFINED) this.#unrefined = false;
    if (picture.quality <= SHARP) this.#unsharp = false;
  }

  /** The desktop could not make it; the same is wanted again. */
  failed(): void {
    if (this.#asked?.key) this.#keyWanted = true;
    this.#asked = undefined;
  }

  #refine(now: number): Step {
    const quality = this.#refinementDue(now);
    if (quality !== undefined) return this.#ask(quality, false, now);
    if (!this.#unrefined && !this.#unsharp) return { kind: "rest" };
    const credit = this.#unrefined ? STILL_MS : this.#budget.fullInMs(now);
    return { kind: "wait", ms: Math.max(this.#movedAt + STILL_MS - now, credit, 1) };
  }

  /** What is small and goes on changing, a caret or a spinner, does not put it off. */
  #refinementDue(now: number): number | undefined {
    if (now < this.#movedAt + STILL_MS) return undefined;
    if (this.#unrefined) return this.#budget.mayRefine(now) ? REFINED : undefined;
    return this.#unsharp && this.#budget.isFull(now) ? SHARP : undefined;
  }

  #keyQuality(rateBps: number, now: number): number {
    return Math.max(firstQuality(rateBps), this.#budget.quality(1, now));
  }

  #ask(quality: number, key: boolean, now: number): Step {
    this.#asked = { quality, key, at: now };
    this.#askedAt = now;
    this.#keyWanted = false;
    this.#changed = false;
    this.#share = 0;
    return { kind: "ask", quality, key };
  }
}
