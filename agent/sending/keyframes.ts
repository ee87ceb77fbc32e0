/**
 * Whether a request for a keyframe is granted. One costs 100 kB and more, eight seconds of the budget.
 *
 * Chromium also asks when nothing is wrong: once, three seconds after the last picture, because it expects a picture at all
 * times. A viewer that really cannot decode repeats its request several times a second, so after a quiet time the first one is let pass.
 */

/** Between two keyframes: the first repetition may come soon (the join's own keyframe was lost), further ones may not. */
const FIRST_REPEAT_MS = 500;
const REPEAT_MS = 2_000;
/** No picture for this long makes a single request unremarkable; another within the second is not. */
const QUIET_MS = 2_500;
const INSISTING_MS = 1_000;

export class Keyframes {
  #granted = 0;
  #grantedAt = Number.NEGATIVE_INFINITY;
  #quietRequestAt = Number.NEGATIVE_INFINITY;

  /** `lastPictureAt`: when the last packet of a picture left. */
  requested(now: number, lastPictureAt: number): boolean {
    if (now - lastPictureAt >= QUIET_MS && now - this.#quietRequestAt > INSISTING_MS) {
      this.#quietRequestAt = now;
      return false;
    }
    return now - this.#grantedAt >= (this.#granted <= 1 ? FIRST_REPEAT_MS : REPEAT_MS);
  }

  /** A keyframe was asked of the desktop, on request or not. */
  made(now: number): void {
    this.#granted = now - this.#grantedAt > 10 * REPEAT_MS ? 1 : this.#granted + 1;
    this.#grantedAt = now;
  }
}
