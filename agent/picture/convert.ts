/** Pixels of the screen → planes. Only what changed is converted, and what really differs is counted while converting. */
import { convertRows, WORTH_WIDTH } from "./convert-rows.ts";
import { type Planes, touch } from "./planes.ts";

/**
 * Converts a rectangle of BGRX pixels (blue in the lowest byte), rows without a gap, into the planes at (left, top).
 * Returns how many pixels differ from what was there. For 4:2:0, left and top must be even.
 */
export function convert(
  pixels: Int32Array,
  planes: Planes,
  left: number,
  top: number,
  width: number,
  height: number,
): number {
  if (planes.chroma === "420") return convert420(pixels, planes, left, top, width, height);
  return width >= WORTH_WIDTH
    ? convertRows(pixels, planes, { left, top, width, height })
    : convert444(pixels, planes, left, top, width, height);
}

// Coefficients of BT.709 limited × 65536, rounded; each sum carries its offset (16 or 128) and the half for rounding.
// Screens have long runs of one colour, so the last colour's samples are kept.
function convert444(pixels: Int32Array, planes: Planes, left: number, top: number, width: number, height: number) {
  let changed = 0;
  for (let row = 0; row < height; row++) {
    const at = (top + row) * planes.lumaStride + left;
    const inRow = convertRow(pixels, row * width, planes.y, planes.u, planes.v, at, at + width);
    if (inRow > 0) touch(planes, top + row, left, left + width);
    changed += inRow;
  }
  return changed;
}

/** A function of its own, with the planes as arguments: V8 makes the tightest loop of it. */
function convertRow(
  pixels: Int32Array,
  from: number,
  ys: Uint8Array,
  us: Uint8Array,
  vs: Uint8Array,
  start: number,
  end: number,
): number {
  let changed = 0;
  let last = -1;
  let y = 0;
  let u = 0;
  let v = 0;
  for (let at = start; at < end; at++, from++) {
    const pixel = (pixels[from] as number) & 0xffffff;
    if (pixel !== last) {
      last = pixel;
      const r = pixel >> 16;
      const g = (pixel >> 8) & 255;
      const b = pixel & 255;
      y = (11966 * r + 40254 * g + 4064 * b + 1081344) >> 16;
      u = (-6596 * r - 22189 * g + 28784 * b + 8421376) >> 16;
      v = (28784 * r - 26145 * g - 2640 * b + 8421376) >> 16;
    }
    if (ys[at] !== y || us[at] !== u || vs[at] !== v) {
      changed++;
      ys[at] = y;
      us[at] = u;
      vs[at] = v;
    }
  }
  return changed;
}

function convert420(pixels: Int32Array, planes: Planes, left: number, top: number, width: number, height: number) {
  let changed = 0;
  for (let row = 0; row < height; row += 2) {
    const below = row + 1 < height ? width : 0;
    const inPair = convertRowPair(pixels, row * width, below, planes, left, top + row, width);
    if (inPair > 0) touch(planes, top + row, left, left + width);
    if (inPair > 0 && below > 0) touch(planes, top + row + 1, left, left + width);
    changed += inPair;
  }
  return changed;
}

/** Two rows at once; `below` is the way to the pixel underneath, 0 in the last row of an odd height. */
function convertRowPair(
  pixels: Int32Array,
  start: number,
  below: number,
  planes: Planes,
  left: number,
  row: number,
  width: number,
): number {
  const { y: ys, u: us, v: vs, lumaStride, chromaStride } = planes;
  let changed = 0;
  let luma = row * lumaStride + left;
  let colour = (row >> 1) * chromaStride + (left >> 1);
  for (let x = 0; x < width; x += 2, luma += 2, colour++) {
    const right = x + 1 < width ? 1 : 0;
    const at = start + x;
    const a = pixels[at] as number;
    const b = pixels[at + right] as number;
    const c = pixels[at + below] as number;
    const d = pixels[at + below + right] as number;
    let differs = setLuma(ys, luma, a);
    if (right) differs += setLuma(ys, luma + 1, b);
    if (below) differs += setLuma(ys, luma + lumaStride, c);
    if (right && below) differs += setLuma(ys, luma + lumaStride + 1, d);
    // sums of four pixels, so each coefficient's product is divided by 2^18 instead of 2^16
    const red = ((a >>> 16) & 255) + ((b >>> 16) & 255) + ((c >>> 16) & 255) + ((d >>> 16) & 255);
    const green = ((a >>> 8) & 255) + ((b >>> 8) & 255) + ((c >>> 8) & 255) + ((d >>> 8) & 255);
    const blue = (a & 255) + (b & 255) + (c & 255) + (d & 255);
    const u = (-6596 * red - 22189 * green + 28784 * blue + 33685504) >> 18;
    const v = (28784 * red - 26145 * green - 2640 * blue + 33685504) >> 18;
    if (us[colour] !== u || vs[colour] !== v) {
      us[colour] = u;
      vs[colour] = v;
      if (differs === 0) differs = 1;
    }
    changed += differs;
  }
  return changed;
}

function setLuma(ys: Uint8Array, at: number, pixel: number): number {
  const y = (11966 * ((pixel >>> 16) & 255) + 40254 * ((pixel >>> 8) & 255) + 4064 * (pixel & 255) + 1081344) >> 16;
  if (ys[at] === y) return 0;
  ys[at] = y;
  return 1;
}
