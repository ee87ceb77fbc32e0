/**
 * What is new on a page, alone on a sheet of white paper: to code that needs a third less bytes than the whole screen with the toolbars around it,
 * which the decoder has.
 */
import type { ActiveBlocks } from "./blocks.ts";
import { BLOCK, type Planes } from "./planes.ts";

const WHITE = 235;
const NO_COLOUR = 128;

/** `sheet`: of the same size and chroma. Its own marks of what was touched are not kept. */
export function copyOntoSheet(planes: Planes, sheet: Planes, blocks: ActiveBlocks): void {
  sheet.y.fill(WHITE);
  sheet.u.fill(NO_COLOUR);
  sheet.v.fill(NO_COLOUR);
  const { chroma, height, lumaStride, chromaStride, blockColumns } = planes;
  const luma = { width: BLOCK, height: BLOCK, stride: lumaStride, rows: height };
  const half = { width: BLOCK / 2, height: BLOCK / 2, stride: chromaStride, rows: (height + 1) >> 1 };
  const colour = chroma === "444" ? luma : half;
  for (const { row, left, right } of runs(blocks, blockColumns)) {
    copy(planes.y, sheet.y, { row, left, right, ...luma });
    copy(planes.u, sheet.u, { row, left, right, ...colour });
    copy(planes.v, sheet.v, { row, left, right, ...colour });
  }
}

interface Run {
  readonly row: number;
  readonly left: number;
  readonly right: number;
}

/** Blocks side by side, in blocks. */
function* runs(blocks: ActiveBlocks, columns: number): Iterable<Run> {
  for (let first = 0, row = 0; first < blocks.length; first += columns, row++)
    for (let left = 0; left < columns; left++) {
      if (blocks[first + left] !== 1) continue;
      let right = left + 1;
      while (right < columns && blocks[first + right] === 1) right++;
      yield { row, left, right };
      left = right;
    }
}

/** Of one plane. `width`, `height`: of a block in it. */
function copy(
  from: Uint8Array,
  to: Uint8Array,
  o: Run & { width: number; height: number; stride: number; rows: number },
): void {
  const end = Math.min((o.row + 1) * o.height, o.rows);
  for (let row = o.row * o.height; row < end; row++) {
    const at = row * o.stride;
    const [first, last] = [at + o.left * o.width, at + Math.min(o.right * o.width, o.stride)];
    to.set(from.subarray(first, last), first);
  }
}
