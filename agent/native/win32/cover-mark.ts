/** The mark in a corner of the cover by which a capture that shows the cover is recognised: cells in one of two dark colours. */
import type { Pointer } from "../library.ts";
import { fill, type Rect } from "./paint.ts";
import { gdi32 } from "./win32.ts";

const pixel = gdi32.func("uint32 __stdcall GetPixel(void *dc, int x, int y)") as (
  dc: Pointer,
  x: number,
  y: number,
) => number;

const COLUMNS = 16;
const ROWS = 4;
/** Width and height, pixels. */
const CELL = 8;
/** COLORREF, 0x00BBGGRR. */
const COLOURS = [0x30_26_1c, 0x3c_32_28] as const;

/** No two of them are alike: what is recognised is this cover and no picture of another. */
export class CoverMark {
  readonly #cells = [...crypto.getRandomValues(new Uint8Array(COLUMNS * ROWS))].map(
    (value) => COLOURS[value % 2 ? 1 : 0],
  );

  /** Into the upper left corner of the area. */
  paint(dc: Pointer, area: Rect): void {
    for (const [at, colour] of this.#cells.entries()) {
      const [left, top] = cellAt(area, at);
      fill(dc, { left, top, right: left + CELL, bottom: top + CELL }, colour);
    }
  }

  isAt(dc: Pointer, area: Rect): boolean {
    return this.#cells.every((colour, at) => {
      const [x, y] = cellAt(area, at);
      return near(pixel(dc, x + CELL / 2, y + CELL / 2), colour);
    });
  }
}

const cellAt = (area: Rect, at: number): [x: number, y: number] => [
  area.left + (at % COLUMNS) * CELL,
  area.top + Math.floor(at / COLUMNS) * CELL,
];

/** Within what blending and colour management may do to a colour. */
const near = (seen: number, painted: number): boolean =>
  [0, 8, 16].every((shift) => Math.abs(((seen >> shift) & 255) - ((painted >> shift) & 255)) <= 3);
