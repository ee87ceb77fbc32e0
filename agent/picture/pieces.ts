/**
 * How much of the screen is new: on it, and nowhere in what the decoder holds. What was scrolled, dragged or uncovered is found again, and costs an
 * encoder that looks for it little; a page that is new costs it all. Here that is seen in a tenth of the time in which an encoder sees it.
 *
 * A piece is PIECE luma samples of one row. It is known by one place in it, which is chosen by what stands there and not by where: of the sums of
 * WINDOW samples that have an edge the least (Schleimer et al., Winnowing, 2003). So most pieces are found wherever they are moved to.
 */
import { BLOCK, FOR_PIECES, type Planes } from "./planes.ts";

/** Samples of a row; whole blocks. */
const PIECE_BLOCKS = 8;
const PIECE = PIECE_BLOCKS * BLOCK;
const WINDOW = 24;
/** A piece without edges is found anywhere. */
const FLAT = 0;
/** Neighbours that differ by more: the edge of a stroke. */
const EDGE = 16;
/** Of the sums, modulo 2^32: a factor for each sample, what the one that leaves the window has by then, and what mixes their bits. */
const FACTOR = 0x01000193;
const LEAVING = Array.from({ length: WINDOW }).reduce<number>((product) => Math.imul(product, FACTOR), 1);
const MIXER = 0x9e3779b1;

interface Held {
  readonly sums: Uint32Array;
  /** Made when it is first asked for. */
  known?: ReadonlySet<number>;
}

export class Pieces {
  readonly #planes: Planes;
  readonly #columns: number;
  /** Of each piece, row by row, on the planes now: a sum, and its edges. */
  readonly #sums: Uint32Array;
  readonly #edges: Uint8Array;
  readonly #held: (Held | undefined)[] = [];

  constructor(planes: Planes) {
    this.#planes = planes;
    this.#columns = Math.ceil(planes.width / PIECE);
    this.#sums = new Uint32Array(this.#columns * planes.height);
    this.#edges = new Uint8Array(this.#sums.length);
  }

  /** Edges on pieces that are in none of these slots; each piece once, however often it is there. */
  unseen(slots: readonly number[]): number {
    this.#read();
    const held = slots.flatMap((slot) => this.#known(this.#held[slot]));
    const counted = new Set<number>();
    let edges = 0;
    for (let at = 0; at < this.#sums.length; at++) {
      const sum = this.#sums[at] as number;
      if (sum === FLAT || counted.has(sum) || held.some((known) => known.has(sum))) continue;
      counted.add(sum);
      edges += this.#edges[at] as number;
    }
    return edges;
  }

  /** These slots hold what is on the planes. */
  coded(slots: readonly number[]): void {
    this.#read();
    const held: Held = { sums: this.#sums.slice() };
    for (const slot of slots) this.#held[slot] = held;
  }

  #known(held: Held | undefined): ReadonlySet<number>[] {
    if (!held) return [];
    held.known ??= new Set(held.sums);
    return [held.known];
  }

  #read(): void {
    const { touchedBlocks, blockColumns, height } = this.#planes;
    for (let top = 0, first = 0; top < height; top += BLOCK, first += blockColumns)
      for (let column = 0; column < this.#columns; column++) {
        const from = first + column * PIECE_BLOCKS;
        if (takeTouched(touchedBlocks, from, Math.min(from + PIECE_BLOCKS, first + blockColumns)))
          this.#sum(top, column);
      }
  }

  /** Those of one row of blocks. */
  #sum(top: number, column: number): void {
    const { y, lumaStride, width, height } = this.#planes;
    const [left, right] = [column * PIECE, Math.min((column + 1) * PIECE, width)];
    for (let row = top; row < Math.min(top + BLOCK, height); row++) {
      const begin = row * lumaStride;
      let [sum, least, edges, edgeAt] = [0, FLAT, 0, -1];
      // windows end in the piece, and begin before it
      const from = begin + Math.max(0, left - WINDOW);
      for (let at = from; at < begin + right; at++) {
        const sample = y[at] as number;
        if (at > begin && Math.abs(sample - (y[at - 1] as number)) > EDGE) {
          edgeAt = at;
          if (at >= begin + left) edges++;
        }
        const leaving = at - from < WINDOW ? 0 : (y[at - WINDOW] as number);
        sum = (Math.imul(sum, FACTOR) + sample - Math.imul(leaving, LEAVING)) | 0;
        if (at < begin + left || edgeAt <= at - WINDOW) continue;
        const mixed = Math.imul(sum ^ (sum >>> 15), MIXER) >>> 0;
        if (least === FLAT || mixed < least) least = mixed;
      }
      this.#sums[row * this.#columns + column] = least;
      this.#edges[row * this.#columns + column] = edges;
    }
  }
}

/** Whether one of these blocks was touched since it was last asked. */
function takeTouched(touchedBlocks: Uint8Array, from: number, to: number): boolean {
  let touched = false;
  for (let at = from; at < to; at++) {
    const block = touchedBlocks[at] as number;
    touched ||= (block & FOR_PIECES) !== 0;
    touchedBlocks[at] = block & ~FOR_PIECES;
  }
  return touched;
}
