/**
 * What the decoder still holds: the newest picture and the one before it. A caret that blinks shows the same two in turn;
 * a picture that is held is shown again with a few bytes, and nothing is encoded.
 *
 *   encode A ──▶ slot 0   encode B ──▶ slot 1   A again: "show slot 0"   B again: "show slot 1"   encode C ──▶ slot 0
 */
import { crc32 } from "node:zlib";
import type { Planes } from "../capture/planes.ts";

export type Slot = 0 | 1;

interface Kept {
  readonly content: Uint32Array;
  readonly quality: number;
}

export class KeptPictures {
  readonly #planes: Planes;
  /** A check sum for each row of each plane: what is on the planes now. */
  readonly #content: Uint32Array;
  readonly #kept: [Kept | undefined, Kept | undefined] = [undefined, undefined];
  #newest: Slot = 0;

  constructor(planes: Planes) {
    this.#planes = planes;
    this.#content = new Uint32Array(3 * planes.height);
    planes.touchedRows.fill(1);
  }

  /** Where the newest picture that was encoded is. */
  get newest(): Slot {
    return this.#newest;
  }

  /** Where the next one goes: over the older one. */
  get next(): Slot {
    return this.#newest === 0 ? 1 : 0;
  }

  /** A held picture of exactly these planes that was asked for at least as good. */
  find(quality: number): Slot | undefined {
    this.#read();
    return [this.newest, this.next].find((slot) => {
      const kept = this.#kept[slot];
      return kept !== undefined && kept.quality <= quality && equal(kept.content, this.#content);
    });
  }

  /** The planes were encoded. Whatever is coarser would undo a refinement, were it shown again. */
  encoded(quality: number): void {
    this.#read();
    const { newest, next } = this;
    if ((this.#kept[newest]?.quality ?? 0) > quality) this.#kept[newest] = undefined;
    this.#kept[next] = { content: this.#content.slice(), quality };
    this.#newest = next;
  }

  /** The planes were encoded as a keyframe: it fills all slots, and no shown keyframe may be shown again (AV1 spec §6.8.2). */
  encodedKey(): void {
    this.#kept.fill(undefined);
    this.#newest = 0;
  }

  #read(): void {
    const { y, u, v, lumaStride, chromaStride, chroma, height, touchedRows } = this.#planes;
    for (let row = touchedRows.indexOf(1); row >= 0; row = touchedRows.indexOf(1, row)) {
      touchedRows[row] = 0;
      this.#content[row] = sumOf(y, row, lumaStride);
      const colours = chroma === "444" ? row : row >> 1;
      this.#content[height + colours] = sumOf(u, colours, chromaStride);
      this.#content[2 * height + colours] = sumOf(v, colours, chromaStride);
    }
  }
}

const sumOf = (plane: Uint8Array, row: number, stride: number) =>
  crc32(plane.subarray(row * stride, (row + 1) * stride));

const equal = (a: Uint32Array, b: Uint32Array) => a.every((sum, at) => sum === b[at]);
