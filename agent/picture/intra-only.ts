/**
 * Makes a picture that was coded as the beginning of a stream one within it, for others to refer to: a keyframe renews all that the decoder
 * holds, an intra-only frame the slots that are named, and it need not be shown. Both are coded alike; only the header differs, and is
 * written anew (AV1 spec §5.9.2):
 *
 *   KEY         | 0 | frame_type 0 | show 1 |                              | … |                     | … | samples
 *   INTRA_ONLY  | 0 | frame_type 2 | show 0 | showable 0 error_resilient 1 | … | refresh_frame_flags | … | samples
 *
 * What is in between is read only to know where it ends: the samples begin at a whole byte. Headers with what our encoders never write
 * (order hints, segments, super-resolution, film grain) are refused.
 */
import { BitReader, BitWriter } from "./bits.ts";

const SEQUENCE_HEADER = 1;
const TEMPORAL_DELIMITER = 2;
const FRAME = 6;
/** show_existing_frame, frame_type, show_frame. */
const SHOWN_KEY = 0b0_00_1;
const HIDDEN_INTRA_ONLY = 0b0_10_0;
const ALL_SLOTS = 0xff;

/** Of the sequence header, what decides how a frame's header is read. */
interface Sequence {
  readonly width: number;
  readonly height: number;
  readonly superblock128: boolean;
  /** 2: said with each frame. */
  readonly screenTools: number;
  readonly integerMotion: number;
  readonly superResolution: boolean;
  readonly cdef: boolean;
  readonly restoration: boolean;
  readonly separateUvDeltas: boolean;
}

interface Obu {
  readonly type: number;
  readonly header: number;
  readonly payload: Uint8Array;
}

/** `unit`: a temporal unit with one shown keyframe. `slots`: those it renews, not all. Not shown. Throws when it is another. */
export function intraOnly(unit: Uint8Array, slots: readonly number[]): Uint8Array {
  const refresh = slots.reduce((flags, slot) => flags | (1 << slot), 0);
  if (refresh === ALL_SLOTS) throw new Error("an intra-only frame cannot renew all slots");
  const parts = obusOf(unit);
  const sequence = parts.find(({ type }) => type === SEQUENCE_HEADER);
  const [frame, ...more] = parts.filter(({ type }) => type === FRAME);
  if (!sequence || !frame || more.length > 0) throw new Error("not a keyframe");
  const payload = rewritten(frame.payload, sequenceOf(sequence.payload), refresh);
  const delimiter = parts.filter(({ type }) => type === TEMPORAL_DELIMITER);
  return Buffer.concat([...delimiter, { ...frame, payload }].map(bytesOf));
}

/** Frames of one moment as one temporal unit (§7.5): all but the last are not shown. */
export function oneUnit(first: Uint8Array, ...others: readonly Uint8Array[]): Uint8Array {
  const frames = others.flatMap((unit) => obusOf(unit).filter(({ type }) => type !== TEMPORAL_DELIMITER));
  return Buffer.concat([first, ...frames.map(bytesOf)]);
}

/** The sequence header of a unit, byte for byte: two encoders of one stream must agree on it. Empty: it has none. */
export function sequenceHeaderOf(unit: Uint8Array): Uint8Array {
  return obusOf(unit).find(({ type }) => type === SEQUENCE_HEADER)?.payload ?? new Uint8Array();
}

function obusOf(unit: Uint8Array): Obu[] {
  const found: Obu[] = [];
  for (let at = 0; at < unit.length; ) {
    const header = unit[at++] ?? 0;
    if ((header & 0x06) !== 0x02) throw new Error("an OBU without a size, or with an extension"); // §5.3.2
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      const byte = unit[at++];
      if (byte === undefined || shift > 28) throw new Error("the temporal unit is cut off");
      size += (byte & 0x7f) * 2 ** shift;
      more = (byte & 0x80) !== 0;
    }
    if (at + size > unit.length) throw new Error("the temporal unit is cut off");
    found.push({ type: (header >> 3) & 15, header, payload: unit.subarray(at, at + size) });
    at += size;
  }
  return found;
}

function bytesOf({ header, payload }: Obu): Uint8Array {
  const size: number[] = [];
  for (let rest = payload.length; ; rest >>= 7) {
    size.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    if (rest <= 0x7f) break;
  }
  return Buffer.concat([Uint8Array.of(header, ...size), payload]);
}

/** §5.5. */
function sequenceOf(payload: Uint8Array): Sequence {
  const bits = new BitReader(payload);
  const profile = bits.read(3);
  bits.read(1); // still_picture
  refuse(bits.flag(), "a reduced header");
  refuse(bits.flag(), "timing");
  refuse(bits.flag(), "display delays");
  const points = bits.read(5) + 1;
  for (let point = 0; point < points; point++) {
    bits.read(12);
    if (bits.read(5) > 7) bits.read(1); // seq_level_idx, seq_tier
  }
  const [widthBits, heightBits] = [bits.read(4) + 1, bits.read(4) + 1];
  const [width, height] = [bits.read(widthBits) + 1, bits.read(heightBits) + 1];
  refuse(bits.flag(), "frame ids");
  const superblock128 = bits.flag();
  bits.read(6); // filter intra, intra edge; interintra, masked, warped, dual filter
  refuse(bits.flag(), "order hints");
  const screenTools = bits.flag() ? 2 : bits.read(1);
  const integerMotion = screenTools === 0 || bits.flag() ? 2 : bits.read(1);
  const [superResolution, cdef, restoration] = [bits.flag(), bits.flag(), bits.flag()];
  return {
    ...{ width, height, superblock128, screenTools, integerMotion, superResolution, cdef, restoration },
    ...colourOf(bits, profile),
  };
}

/** §5.5.2, and the film grain's flag behind it. */
function colourOf(bits: BitReader, profile: number): Pick<Sequence, "separateUvDeltas"> {
  refuse(bits.flag(), "more than 8 bits");
  const mono = profile !== 1 && bits.flag();
  const described = bits.flag();
  const identity = described && [bits.read(8), bits.read(8), bits.read(8)].join() === "1,13,0";
  refuse(identity || mono, "sRGB, or no colours");
  bits.read(1); // color_range
  refuse(profile > 1, "4:2:2");
  if (profile === 0) bits.read(2); // chroma_sample_position
  const separateUvDeltas = bits.flag();
  refuse(bits.flag(), "film grain");
  return { separateUvDeltas };
}

function refuse(has: boolean, what: string): void {
  if (has) throw new Error(`this stream has ${what}`);
}

/** §5.9.2 of a shown keyframe, in its order. */
function rewritten(payload: Uint8Array, sequence: Sequence, refresh: number): Uint8Array {
  const bits = new BitReader(payload);
  const out = new BitWriter();
  const copy = (count: number): number => {
    const value = bits.read(count);
    out.write(value, count);
    return value;
  };
  const flag = (): boolean => copy(1) === 1;
  if (bits.read(4) !== SHOWN_KEY) throw new Error("not a shown keyframe");
  out.write(HIDDEN_INTRA_ONLY, 4);
  out.write(0b01, 2); // showable_frame, error_resilient_mode
  const noUpdate = flag(); // disable_cdf_update
  const screenTools = sequence.screenTools === 2 ? flag() : sequence.screenTools === 1;
  if (screenTools && sequence.integerMotion === 2) flag();
  refuse(flag(), "frames of another size");
  out.write(refresh, 8);
  if (sequence.superResolution) refuse(flag(), "super-resolution");
  refuse(flag(), "another render size");
  const blockCopy = screenTools && flag(); // allow_intrabc
  if (!noUpdate) flag(); // disable_frame_end_update_cdf
  copyTiles(copy, sequence);
  copyQuantizers(copy, sequence);
  refuse(flag(), "segments");
  refuse(flag(), "quantizers by block");
  if (!blockCopy) copyFilters(copy, sequence);
  flag(); // TX_MODE_SELECT
  flag(); // reduced_tx_set
  return Buffer.concat([out.bytes(), payload.subarray((bits.position + 7) >> 3)]);
}

/** §5.9.15. */
function copyTiles(copy: (count: number) => number, { width, height, superblock128 }: Sequence): void {
  const log2 = superblock128 ? 7 : 6;
  const [columns, rows] = [Math.ceil(width / 2 ** log2), Math.ceil(height / 2 ** log2)];
  const atLeast = (block: number, target: number) => Math.max(0, Math.ceil(Math.log2(target / block)));
  const leastColumns = atLeast(4096 >> log2, columns);
  const leastTiles = Math.max(leastColumns, atLeast((4096 * 2304) >> (2 * log2), rows * columns));
  if (copy(1) !== 1) throw new Error("this stream has tiles of different sizes");
  const chosen = (least: number, most: number) => {
    let value = least;
    while (value < most && copy(1) === 1) value++;
    return value;
  };
  const columnBits = chosen(leastColumns, atLeast(1, Math.min(columns, 64)));
  const rowBits = chosen(Math.max(leastTiles - columnBits, 0), atLeast(1, Math.min(rows, 64)));
  if (columnBits + rowBits > 0) copy(columnBits + rowBits + 2); // context_update_tile_id, tile_size_bytes
}

/** §5.9.12. */
function copyQuantizers(copy: (count: number) => number, { separateUvDeltas }: Sequence): void {
  const delta = () => {
    if (copy(1) === 1) copy(7);
  };
  refuse(copy(8) === 0, "no losses");
  delta();
  const different = separateUvDeltas && copy(1) === 1;
  for (let plane = 0; plane < (different ? 2 : 1); plane++) {
    delta();
    delta();
  }
  if (copy(1) === 1) copy(separateUvDeltas ? 12 : 8 + 4); // quantizer matrices: y, u, v
}

/** §5.9.11, §5.9.19, §5.9.20. */
function copyFilters(copy: (count: number) => number, { cdef, restoration }: Sequence): void {
  const [vertical, horizontal] = [copy(6), copy(6)];
  if (vertical || horizontal) copy(12); // of u and v
  copy(3);
  const updated = copy(1) === 1 ? copy(1) : 0; // loop_filter_delta_enabled, loop_filter_delta_update
  for (let delta = 0; delta < updated * 10; delta++) if (copy(1) === 1) copy(7); // eight references, two modes
  if (cdef) {
    copy(2);
    for (let strength = 2 ** copy(2); strength > 0; strength--) copy(12); // luma 4 + 2, colour 4 + 2
  }
  refuse(restoration, "loop restoration");
}
