/**
 * A screen that needs no display: colour bars, a caret that blinks, and whatever is drawn on it. For tests, for the
 * doctor, and for agents without a screen.
 */

import { ARROW } from "../../desktop/arrow.ts";
import { convert } from "../../picture/convert.ts";
import type { Planes } from "../../picture/planes.ts";
import { clip, cut, type Rectangle } from "../../picture/rectangles.ts";
import { type CaptureHandlers, EVERYTHING, type ScreenCapture, shapeReport, type Wish, wanted } from "./capture.ts";

export const TEST_PATTERN_SIZE = { width: 1280, height: 720 } as const;
const BARS = [0xffffff, 0xc0c000, 0x00c0c0, 0x00c000, 0xc000c0, 0xc00000, 0x0000c0, 0x101010];
const CARET: Rectangle = { x: 40, y: 40, width: 2, height: 20 };
const BLINK_MS = 500;

export class TestPattern implements ScreenCapture {
  readonly width: number;
  readonly height: number;
  readonly #handlers: CaptureHandlers;
  readonly #pixels: Int32Array;
  readonly #blink: NodeJS.Timeout;
  readonly #dirty: Rectangle[] = [];
  #filled: Planes | undefined;
  #caretOn = false;
  #closed = false;

  constructor(handlers: CaptureHandlers, size: { width: number; height: number } = TEST_PATTERN_SIZE) {
    ({ width: this.width, height: this.height } = size);
    this.#handlers = handlers;
    const bar = Math.ceil(this.width / BARS.length);
    this.#pixels = Int32Array.from(
      { length: this.width * this.height },
      (_, at) => BARS[Math.floor((at % this.width) / bar)] ?? 0,
    );
    this.#blink = setInterval(() => {
      this.#caretOn = !this.#caretOn;
      this.draw(CARET, this.#caretOn ? 0x000000 : 0xffffff);
    }, BLINK_MS);
    handlers.report(shapeReport(ARROW));
    this.movePointer(this.width >> 1, this.height >> 1);
  }

  /** Fills a rectangle with a colour, 0xRRGGBB. */
  draw(rectangle: Rectangle, colour: number): void {
    const inside = clip(rectangle, this);
    if (!inside || this.#closed) return;
    const { x, y, width, height } = rectangle;
    for (let row = Math.max(0, y); row < Math.min(this.height, y + height); row++)
      this.#pixels.fill(colour, row * this.width + Math.max(0, x), row * this.width + Math.min(this.width, x + width));
    this.#dirty.push(inside);
    if (this.#dirty.length === 1) this.#handlers.damaged(Date.now());
  }

  movePointer(x: number, y: number): void {
    if (!this.#closed) this.#handlers.report({ type: "pointer-position", x, y });
  }

  take(planes: Planes, wish: Wish = EVERYTHING): number {
    if (this.#closed) return 0;
    const isNew = this.#filled !== planes;
    this.#filled = planes;
    const rectangles = wanted(this, isNew, wish, () => this.#dirty.splice(0));
    return rectangles.reduce((sum, rectangle) => sum + this.#convert(rectangle, planes), 0);
  }

  #convert(rectangle: Rectangle, planes: Planes): number {
    const { x, y, width, height } = rectangle;
    return convert(cut(this.#pixels, this.width, rectangle), planes, x, y, width, height);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#blink);
  }
}
