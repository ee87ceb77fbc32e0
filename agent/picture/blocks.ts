/**
 * Which blocks of the planes a picture has to bring while something moves that is held back (movement.ts): those that changed since the newest
 * picture was coded, and those that were coded less well than is asked for now and do not move. The others are said to the encoder to stand as
 * they are: a letter typed beside a film would else make the film's last picture finer, which nobody reads.
 *
 * With nothing held back all blocks are coded: on the office trace the map saves no time then, and costs 0.5 dB.
 */
import { FOR_ENCODER, type Planes } from "./planes.ts";

/** Blocks, row by row: 1 where one is to be coded. */
export type ActiveBlocks = Uint8Array;

/** With more blocks than this share, saying which they are costs more than it saves. */
const NEARLY_ALL = 0.6;
export class Blocks {
  readonly #planes: Planes;
  /** 1: differs from what the newest picture has. */
  readonly #changed: Uint8Array;
  /** Quantizer with which each was coded. */
  readonly #quality: Uint8Array;

  constructor(planes: Planes) {
    this.#planes = planes;
    this.#changed = new Uint8Array(planes.touchedBlocks.length);
    this.#quality = new Uint8Array(planes.touchedBlocks.length);
  }

  /** For a picture of this quality; undefined: (nearly) all of them. `held`: 1 where something moves; undefined: nowhere. */
  active(quality: number, held?: Uint8Array): ActiveBlocks | undefined {
    this.#read();
    if (!held) return undefined;
    const active = this.#changed.slice();
    for (let at = 0; at < active.length; at++)
      if ((this.#quality[at] as number) > quality && !held?.[at]) active[at] = 1;
    const count = active.reduce((sum, one) => sum + one, 0);
    return count > NEARLY_ALL * active.length ? undefined : active;
  }

  /** Those that changed or were coded less well than this; and how well the worst of the others was. */
  fresh(quality: number): { readonly blocks: ActiveBlocks; readonly worst: number } {
    this.#read();
    let worst = 0;
    const blocks = this.#changed.map((changed, at) => {
      const coded = this.#quality[at] as number;
      if (changed || coded > quality) return 1;
      worst = Math.max(worst, coded);
      return 0;
    });
    return { blocks, worst };
  }

  /** The newest picture is one of just these. */
  coded(quality: number, active: ActiveBlocks | undefined): void {
    for (let at = 0; at < this.#quality.length; at++) {
      if (active?.[at] ?? this.#changed[at]) this.#quality[at] = quality;
      else if (!active) this.#quality[at] = Math.min(this.#quality[at] as number, quality);
    }
    this.#changed.fill(0);
  }

  /** The newest picture owes nothing to those before. */
  codedWhole(quality: number): void {
    this.#read();
    this.#changed.fill(0);
    this.#quality.fill(quality);
  }

  #read(): void {
    const { touchedBlocks } = this.#planes;
    for (let at = 0; at < touchedBlocks.length; at++) {
      const touched = touchedBlocks[at] as number;
      if ((touched & FOR_ENCODER) === 0) continue;
      touchedBlocks[at] = touched & ~FOR_ENCODER;
      this.#changed[at] = 1;
    }
  }
}
