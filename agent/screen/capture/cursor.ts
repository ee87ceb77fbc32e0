/**
 * Windows' pointers as RGBA. A pointer is drawn as (screen AND mask) XOR colour, which a picture with transparency can
 * express except where both are set: there the screen is inverted. Those pixels become black with a white edge, which
 * can be seen on any ground.
 */
import type { PointerShape } from "../../desktop/reports.ts";
import type { CursorBitmaps } from "../../native/win32/pointer.ts";

const CLEAR = 0x00000000;
const BLACK = 0xff000000;
const WHITE = 0xffffffff;
const RGB = 0x00ffffff;

/** Undefined when nothing of it can be seen. */
export function cursorShape(cursor: CursorBitmaps): PointerShape | undefined {
  const { width, hotX, hotY, colour, mask } = cursor;
  const height = colour ? cursor.maskHeight : cursor.maskHeight >> 1;
  const count = width * height;
  const pixels = colour?.some((pixel) => pixel >>> 24 !== 0)
    ? colour // has its own transparency; the mask says nothing more
    : combine(mask.subarray(0, count), colour ?? mask.subarray(count, 2 * count), width, height);
  if (pixels.every((pixel) => pixel >>> 24 === 0)) return undefined;
  return { width, height, hotX: Math.min(hotX, width), hotY: Math.min(hotY, height), rgba: toRgba(pixels) };
}

function combine(and: Uint32Array, xor: Uint32Array, width: number, height: number): Uint32Array {
  const keeps = (at: number) => ((and[at] ?? 0) & RGB) !== 0;
  const paints = (at: number) => ((xor[at] ?? 0) & RGB) !== 0;
  const pixels = xor.map((pixel, at) => (keeps(at) ? CLEAR : (pixel | BLACK) >>> 0));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (keeps(y * width + x) && paints(y * width + x)) invert(pixels, x, y, width, height);
  for (let at = 0; at < pixels.length; at++) if (keeps(at) && paints(at)) pixels[at] = BLACK;
  return pixels;
}

/** Its clear neighbours become white. */
function invert(pixels: Uint32Array, x: number, y: number, width: number, height: number): void {
  for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++)
    for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++)
      if (pixels[row * width + column] === CLEAR) pixels[row * width + column] = WHITE;
}

function toRgba(bgra: Uint32Array): Uint8Array {
  const rgba = new Uint8Array(bgra.length * 4);
  bgra.forEach((pixel, at) => {
    rgba.set([(pixel >>> 16) & 255, (pixel >>> 8) & 255, pixel & 255, pixel >>> 24], at * 4);
  });
  return rgba;
}
