/**
 * A picture as the encoder takes it: one luma and two colour planes, BT.709, limited range (ITU-R BT.709-6 §3, 8 bit:
 * Y 16–235, U and V 16–240).
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
  /**
   * A block of BLOCK × BLOCK luma samples, row by row → all bits set when convert() changed samples of it, or perhaps of a neighbour. Each reader
   * clears a bit of its own.
   */
  readonly touchedBlocks: Uint8Array;
  readonly blockColumns: number;
}
export type Chroma = "444" | "420";

/** Side of the blocks whose changes are told apart: what encoders call a macroblock. */
export const BLOCK = 16;
/** The readers of touchedBlocks. */
export const FOR_ENCODER = 1;
export const FOR_MOVEMENT = 2;
export const FOR_PIECES = 4;
export const FOR_ALL = FOR_ENCODER | FOR_MOVEMENT | FOR_PIECES;

/** Where the three planes lie in one block of memory. */
export interface PlanesLayout {
  readonly bytes: number;
  readonly lumaStride: number;
  readonly chromaStride: number;
  readonly uOffset: number;
  readonly vOffset: number;
}

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
    touchedBlocks: new Uint8Array(blocksIn(width) * blocksIn(height)),
    blockColumns: blocksIn(width),
  };
}

export const blocksIn = (length: number): number => Math.ceil(length / BLOCK);

/** Samples of this row changed, somewhere from `left` to before `right`. */
export function touch(planes: Planes, row: number, left: number, right: number): void {
  planes.touchedRows[row] = 1;
  touchBlocks(planes, row, left, right);
}

export function touchBlocks({ touchedBlocks, blockColumns }: Planes, row: number, left: number, right: number): void {
  const first = Math.floor(row / BLOCK) * blockColumns;
  const end = first + blocksIn(right);
  for (let at = first + Math.floor(left / BLOCK); at < end; at++) touchedBlocks[at] = FOR_ALL;
}
