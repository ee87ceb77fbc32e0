/**
 * Rows of BGRX pixels → luma and two colour samples each, sixteen pixels at a time: a page of text takes a quarter of the processor time
 * that a loop over its pixels takes, because text has no runs of one colour. The sums are those of planes.ts, to the bit.
 *
 *   pixels, samples ─ copied ─▶ scratch memory: some rows ─ run ─▶ how many pixels differ ─ any? ─▶ samples, copied back
 *
 * The planes belong to the encoder and the pixels to the system; WebAssembly sees only memory of its own. So few rows at once that
 * they stay in the processor's cache: of all, copying is a fifth.
 */
import { BLOCK, type Planes, touchBlocks } from "./planes.ts";
import { type Code, get, I32, i8x16, i32, i32x4, instantiate, moduleOf, repeat, set, V128, v128 } from "./wasm.ts";

/** Pixels of one turn of the loop: no row may be narrower. */
const TURN = 16;
/** Below, copying takes longer than what it saves. */
export const WORTH_WIDTH = 64;
const SCRATCH_PIXELS = 65_536;
const PIXEL_BYTES = 4;
const CONSTANTS_AT = (PIXEL_BYTES + 3) * SCRATCH_PIXELS;
const PAGE_BYTES = 65_536;
/** For each turn of a row a byte: whether something differed there, in any row since it was cleared. */
const TURNS_AT = CONSTANTS_AT + PAGE_BYTES / 2;
const SCRATCH_PAGES = CONSTANTS_AT / PAGE_BYTES + 1;

/** BT.709, limited range, × 65536. Green's part of luma is too large for 16 bits: half of it in each sum. */
const SAMPLES = [
  { blueGreen: [4064, 20127], redGreen: [11966, 20127], offset: 1081344 },
  { blueGreen: [28784, -22189], redGreen: [-6596, 0], offset: 8421376 },
  { blueGreen: [-2640, -26145], redGreen: [28784, 0], offset: 8421376 },
] as const;

/** In memory and not in the code: V8 makes those anew in each turn of the loop, which takes a third longer. */
class Constants {
  readonly bytes: number[] = [];
  readonly load: number[] = [];
  readonly #firstLocal: number;

  constructor(firstLocal: number) {
    this.#firstLocal = firstLocal;
  }

  add(lanes: Uint8Array | Int16Array | Int32Array): Code {
    const local = this.#firstLocal + this.bytes.length / 16;
    this.load.push(...set(local, v128.load(i32.const(CONSTANTS_AT + this.bytes.length))));
    this.bytes.push(...new Uint8Array(lanes.buffer));
    return get(local);
  }
}

interface Kernel {
  readonly module: Uint8Array<ArrayBuffer>;
  readonly constants: readonly number[];
}

const FOURS = [0, 1, 2, 3] as const;

function kernel(): Kernel {
  // parameters: where the pixels and the three kinds of samples begin, how many pixels there are
  const [pixels, count] = [get(0), get(4)];
  const [at, last, changed, samples, differ] = [5, 6, 7, 8, 9];
  const [blueGreen, redGreen] = [(four: number) => 10 + four, (four: number) => 14 + four];
  const constants = new Constants(18);
  /** Of each of four pixels two bytes, each as 16 bits. */
  const pairs = (low: number, high: number) =>
    constants.add(Uint8Array.from([0, 4, 8, 12].flatMap((pixel) => [pixel + low, 0xff, pixel + high, 0xff])));
  const [toBlueGreen, toRedGreen] = [pairs(0, 1), pairs(2, 1)];
  const take = FOURS.flatMap((four) => {
    const block = v128.load(i32.add(pixels, i32.mul(get(at), i32.const(PIXEL_BYTES))), 16 * four);
    return [
      ...set(blueGreen(four), i8x16.swizzle(block, toBlueGreen)),
      ...set(redGreen(four), i8x16.swizzle(block, toRedGreen)),
    ];
  });
  const times = ([low, high]: readonly [number, number]) =>
    constants.add(Int16Array.from({ length: 8 }, (_, lane) => (lane % 2 === 0 ? low : high)));
  const make = SAMPLES.flatMap((of, plane) => {
    const [bg, rg] = [times(of.blueGreen), times(of.redGreen)];
    const offset = constants.add(new Int32Array(4).fill(of.offset));
    const sum = (four: number): Code => {
      const dots = i32x4.add(i32x4.dot(get(blueGreen(four)), bg), i32x4.dot(get(redGreen(four)), rg));
      return i32x4.shiftRight(i32x4.add(dots, offset), i32.const(16));
    };
    const narrow = i8x16.narrowUnsigned(i32x4.narrow(sum(0), sum(1)), i32x4.narrow(sum(2), sum(3)));
    const place = i32.add(get(1 + plane), get(at));
    const difference = i8x16.notEqual(get(samples), v128.load(place));
    return [
      ...set(samples, narrow),
      ...set(differ, plane === 0 ? difference : v128.or(get(differ), difference)),
      ...v128.store(place, get(samples)),
    ];
  });
  const add = set(changed, i32.add(get(changed), i32.bitsSet(i8x16.bitmask(get(differ)))));
  const turn = i32.add(i32.shiftRight(i32.add(get(at), i32.const(TURN - 1)), i32.const(4)), i32.const(TURNS_AT));
  const tell = i32.store8(turn, i32.or(i32.load8(turn), v128.anyTrue(get(differ))));
  // the last turn may overlap with the one before: what was written then differs no more
  const next = i32.add(get(at), i32.const(TURN));
  const onward = set(at, i32.select(next, get(last), i32.less(next, get(last))));
  const module = moduleOf({
    parameters: 5,
    locals: [
      [3, I32],
      [10 + constants.bytes.length / 16, V128],
    ],
    pages: SCRATCH_PAGES,
    body: [
      ...constants.load,
      ...set(last, i32.sub(count, i32.const(TURN))),
      ...repeat([...take, ...make, ...add, ...tell], i32.equal(get(at), get(last)), onward),
      ...get(changed),
    ],
  });
  return { module, constants: constants.bytes };
}

class Scratch {
  readonly pixels: Int32Array;
  readonly samples: readonly Uint8Array[];
  readonly turns: Uint8Array;
  readonly run: (pixels: number, y: number, u: number, v: number, count: number) => number;

  constructor() {
    const { module, constants } = kernel();
    const { memory, run } = instantiate(module, SCRATCH_PAGES);
    new Uint8Array(memory, CONSTANTS_AT).set(constants);
    this.run = run;
    this.pixels = new Int32Array(memory, 0, SCRATCH_PIXELS);
    this.turns = new Uint8Array(memory, TURNS_AT, SCRATCH_PIXELS / TURN);
    this.samples = SAMPLES.map(
      (_, plane) => new Uint8Array(memory, (PIXEL_BYTES + plane) * SCRATCH_PIXELS, SCRATCH_PIXELS),
    );
  }
}
let scratch: Scratch | undefined;

export interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Rows of at least WORTH_WIDTH pixels, without a gap, into planes of 4:4:4. Returns how many differ from what was there. */
export function convertRows(pixels: Int32Array, planes: Planes, { left, top, width, height }: Place): number {
  scratch ??= new Scratch();
  const atOnce = Math.floor(SCRATCH_PIXELS / width);
  let changed = 0;
  for (let row = 0; row < height; row += atOnce) {
    const place = { left, top: top + row, width, height: Math.min(atOnce, height - row) };
    changed += convertSome(scratch, pixels.subarray(row * width, (row + place.height) * width), planes, place);
  }
  return changed;
}

/** As many as the scratch memory holds. */
function convertSome(scratch: Scratch, pixels: Int32Array, planes: Planes, { left, top, width, height }: Place) {
  const theirs = [planes.y, planes.u, planes.v];
  const begin = top * planes.lumaStride + left;
  // rows of the whole width lie one behind another there too
  const [pieces, length] = width === planes.lumaStride ? [1, height * width] : [height, width];
  const eachPiece = (copy: (theirs: Uint8Array, own: Uint8Array) => void) => {
    for (const [plane, own] of scratch.samples.entries())
      for (let piece = 0; piece < pieces; piece++) {
        const from = begin + piece * planes.lumaStride;
        copy(
          (theirs[plane] as Uint8Array).subarray(from, from + length),
          own.subarray(piece * width, piece * width + length),
        );
      }
  };
  scratch.pixels.set(pixels);
  eachPiece((theirs, own) => own.set(theirs));
  const [y = 0, u = 0, v = 0] = scratch.samples.map(({ byteOffset }) => byteOffset);
  let changed = 0;
  /** Since the last row of blocks was marked. */
  let inBlocks = 0;
  for (let row = 0; row < height; row++) {
    const at = row * width;
    const inRow = scratch.run(PIXEL_BYTES * at, y + at, u + at, v + at, width);
    if (inRow > 0) planes.touchedRows[top + row] = 1;
    inBlocks += inRow;
    if ((top + row + 1) % BLOCK !== 0 && row + 1 < height) continue;
    if (inBlocks > 0) touchTurns(scratch.turns, planes, { left, top: top + row, width });
    changed += inBlocks;
    inBlocks = 0;
  }
  if (changed > 0) eachPiece((theirs, own) => theirs.set(own));
  return changed;
}

/** Marks the blocks of a row of them, and begins anew. */
function touchTurns(turns: Uint8Array, planes: Planes, { left, top, width }: Omit<Place, "height">): void {
  for (let turn = 0; turn * TURN < width; turn++) {
    if (turns[turn] === 0) continue;
    turns[turn] = 0;
    const begin = left + Math.min(turn * TURN, width - TURN);
    touchBlocks(planes, top, begin, begin + TURN);
  }
}
