/**
 * Whether a request for a keyframe is granted. One costs 100 kB and more, eight seconds of the budget.
 *
 * Chromium also asks when nothing is wrong: once, three seconds after the last picture, because it expects a picture at all
 * times. A viewer that really cannot decode repeats its request, so the first one of a quiet time is let pass. And it asks when it has had no
 * whole picture for three seconds: on a slow line a page takes as long, and a keyframe behind it would take twice as long again.
 */

/** Between two keyframes: the first repetition may come soon (the join's own keyframe was lost), further ones may not. */
const FIRST_REPEAT_MS = 500;
const REPEAT_MS = 2_000;
/** No picture for this long makes a single request unremarkable; a second one is not. */
const QUIET_MS = 2_500;

/** What has left so long ago has arrived, or is lost. */
const COMING_MS = 500;

export class Keyframes {
  #granted = 0;
  #grantedAt = Number.NEGATIVE_INFINITY;
  /** The quiet time, by its last picture, of which a request was let pass. */
  #letPassAfter = Number.NEGATIVE_INFINITY;

  /** `lastPictureAt`: when the last picture was made. `waitedAt`: when something of it last waited for the line. */
  requested(now: number, lastPictureAt: number, waitedAt = Number.NEGATIVE_INFINITY): boolean {
    if (now - waitedAt < COMING_MS) return false;
    if (now - lastPictureAt >= QUIET_MS && this.#letPassAfter !== lastPictureAt) {
      this.#letPassAfter = lastPictureAt;
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
