/**
 * A picture as the encoder takes it: one luma and two colour planes, BT.709, limited range (ITU-R BT.709-6 §3, 8 bit:
 * Y 16–235, U and V 16–240). Only what changed is converted, and what really differs is counted while converting.
 */

export interface Planes {
  /** "444": each pixel has its colour. "420": 2×2 pixels share one. */
  readonly chroma: Chroma;
  readonly width: number;
  readonly height: number;
  readonly y: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
  /** Bytes from a row to the next. */
  readonly lumaStride: number;
  readonly chromaStride: number;
  /** A luma row → 1 when convert() changed samples of it or of its colours. Whoever reads it clears it. */
  readonly touchedRows: Uint8Array;
}
export type Chroma = "444" | "420";

/** Where the three planes lie in one block of memory. */
export interface PlanesLayout {
  readonly bytes: number;
  readonly lumaStride: number;
  readonly chromaStride: number;
  readonly uOffset: number;
  readonly vOffset: number;
}

/** Shorter runs are set sample by sample: fill() is a call. */
const WORTH_FILLING = 32;
const even = (length: number) => (length + 1) & ~1;

export function planesLayout(chroma: Chroma, width: number, height: number): PlanesLayout {
  const lumaStride = even(width);
  const luma = lumaStride * even(height);
  const chromaStride = chroma === "444" ? lumaStride : lumaStride / 2;
  const colour = chroma === "444" ? luma : luma / 4;
  return { bytes: luma + 2 * colour, lumaStride, chromaStride, uOffset: luma, vOffset: luma + colour };
}

/** Planes over memory of `planesLayout(…).bytes` bytes. */
export function planesOver(memory: Uint8Array, chroma: Chroma, width: number, height: number): Planes {
  const { bytes, uOffset, vOffset, lumaStride, chromaStride } = planesLayout(chroma, width, height);
  return {
    chroma,
    width,
    height,
    lumaStride,
    chromaStride,
    y: memory.subarray(0, uOffset),
    u: memory.subarray(uOffset, vOffset),
    v: memory.subarray(vOffset, bytes),
    touchedRows: new Uint8Array(height),
  };
}

/**
 * Converts a rectangle of BGRX pixels (blue in the lowest byte), rows without a gap, into the planes at (left, top).
 * Returns how many pixels differ from what was there; `fresh`, which is quicker, says that nothing was there, so all do. For
 * 4:2:0, left and top must be even.
 */
export function convert(
  pixels: Int32Array,
  planes: Planes,
  left: number,
  top: number,
  width: number,
  height: number,
  fresh = false,
): number {
  return planes.chroma === "444"
    ? convert444(pixels, planes, left, top, width, height, fresh)
    : convert420(pixels, planes, left, top, width, height);
}

// Coefficients of BT.709 limited × 65536, rounded; each sum carries its offset (16 or 128) and the half for rounding.
// Screens have long runs of one colour, so the last colour's samples are kept.
function convert444(
  pixels: Int32Array,
  planes: Planes,
  left: number,
  top: number,
  width: number,
  height: number,
  fresh: boolean,
) {
  let changed = 0;
  for (let row = 0; row < height; row++) {
    const at = (top + row) * planes.lumaStride + left;
    const inRow = fresh
      ? fillRow(pixels, row * width, planes.y, planes.u, planes.v, at, at + width)
      : convertRow(pixels, row * width, planes.y, planes.u, planes.v, at, at + width);
    if (inRow > 0) planes.touchedRows[top + row] = 1;
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

/** The same where nothing is to be compared: somebody waits for the first picture. Runs are filled as a whole. */
function fillRow(
  pixels: Int32Array,
  from: number,
  ys: Uint8Array,
  us: Uint8Array,
  vs: Uint8Array,
  start: number,
  end: number,
): number {
  const shift = from - start;
  for (let at = start; at < end; ) {
    const pixel = (pixels[at + shift] as number) & 0xffffff;
    let next = at + 1;
    while (next < end && ((pixels[next + shift] as number) & 0xffffff) === pixel) next++;
    const r = pixel >> 16;
    const g = (pixel >> 8) & 255;
    const b = pixel & 255;
    const y = (11966 * r + 40254 * g + 4064 * b + 1081344) >> 16;
    const u = (-6596 * r - 22189 * g + 28784 * b + 8421376) >> 16;
    const v = (28784 * r - 26145 * g - 2640 * b + 8421376) >> 16;
    if (next - at >= WORTH_FILLING) {
      ys.fill(y, at, next);
      us.fill(u, at, next);
      vs.fill(v, at, next);
      at = next;
    } else {
      for (; at < next; at++) {
        ys[at] = y;
        us[at] = u;
        vs[at] = v;
      }
    }
  }
  return end - start;
}

function convert420(pixels: Int32Array, planes: Planes, left: number, top: number, width: number, height: number) {
  let changed = 0;
  for (let row = 0; row < height; row += 2) {
    const below = row + 1 < height ? width : 0;
    const inPair = convertRowPair(pixels, row * width, below, planes, left, top + row, width);
    if (inPair > 0) planes.touchedRows.fill(1, top + row, top + row + 2);
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
