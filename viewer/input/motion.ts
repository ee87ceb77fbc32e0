/** Pure arithmetic of the pointing device: moves that collapse, wheel movement that adds up to notches, buttons from a mask. */
import type { Button } from "../session/wire.ts";

/** At most a hundred positions a second: under the agent's limit for all input, and finer than any screen shows. */
export const MOVE_INTERVAL_MS = 10;
/** What Chromium reports for one notch of an ordinary wheel in pixels (WheelEvent.deltaMode 0) and lines (1). */
const NOTCH_PX = 100;
const NOTCH_LINES = 3;
/** Left-over movement is forgotten after a pause, so that a touchpad does not scroll late. */
const WHEEL_PAUSE_MS = 500;
/** Limit of the wire for one message. */
const MAX_NOTCHES = 32;

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Lets the newest position through, not more often than the interval; the last one is never lost. */
export class Moves {
  #sentAt = Number.NEGATIVE_INFINITY;
  #waiting: Point | undefined;
  #last: Point | undefined;

  /** The position to send now, if one is due. */
  offer(point: Point, now: number): Point | undefined {
    this.#waiting = point;
    return this.due(now);
  }

  due(now: number): Point | undefined {
    const point = this.#waiting;
    if (!point || now - this.#sentAt < MOVE_INTERVAL_MS) return undefined;
    this.#waiting = undefined;
    if (point.x === this.#last?.x && point.y === this.#last.y) return undefined;
    this.#sentAt = now;
    this.#last = point;
    return point;
  }

  /** When to ask `due` again. */
  waitMs(now: number): number | undefined {
    return this.#waiting ? Math.max(0, this.#sentAt + MOVE_INTERVAL_MS - now) : undefined;
  }

  /** A button told the position anyway. */
  forget(point?: Point): void {
    this.#waiting = undefined;
    this.#last = point;
  }
}

export interface WheelLike {
  readonly deltaX: number;
  readonly deltaY: number;
  readonly deltaMode: number;
}

/** Whole notches out of whatever the device reports; the rest is kept for the next event. */
export class Notches {
  #x = 0;
  #y = 0;
  #at = Number.NEGATIVE_INFINITY;

  add(wheel: WheelLike, now: number): { dx: number; dy: number } | undefined {
    if (now - this.#at > WHEEL_PAUSE_MS) this.#x = this.#y = 0;
    this.#at = now;
    const unit = wheel.deltaMode === 0 ? NOTCH_PX : wheel.deltaMode === 1 ? NOTCH_LINES : 1;
    this.#x = add(this.#x, wheel.deltaX / unit);
    this.#y = add(this.#y, wheel.deltaY / unit);
    const dx = whole(this.#x);
    const dy = whole(this.#y);
    this.#x -= dx;
    this.#y -= dy;
    return dx === 0 && dy === 0 ? undefined : { dx: clamp(dx), dy: clamp(dy) };
  }
}

/** A change of direction begins anew. */
const add = (rest: number, more: number): number => (rest * more < 0 ? more : rest + more);
/** Never −0, which JSON and comparisons treat as they like. */
const whole = (value: number): number => Math.trunc(value) || 0;
const clamp = (value: number): number => Math.max(-MAX_NOTCHES, Math.min(MAX_NOTCHES, value));

/** MouseEvent.buttons bit → MouseEvent.button. */
const BITS: ReadonlyArray<readonly [bit: number, button: Button]> = [
  [1, 0],
  [4, 1],
  [2, 2],
  [8, 3],
  [16, 4],
];

/**
 * What changed between what we think is held and the mask of an event. The mask is the truth: a second button gives no
 * pointerdown of its own (Pointer Events §4.2.12), and a release outside the window gives no pointerup.
 */
export function buttonChanges(held: Iterable<Button>, mask: number): Array<{ button: Button; down: boolean }> {
  const before = new Set(held);
  return BITS.flatMap(([bit, button]) => {
    const down = (mask & bit) !== 0;
    return down === before.has(button) ? [] : [{ button, down }];
  });
}
