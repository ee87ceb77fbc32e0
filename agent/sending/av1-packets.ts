/**
 * AV1 in RTP (AOM "RTP Payload Format For AV1" v1.0 §4.4).
 *
 *   | aggregation header | length | OBU element | length | OBU element … |
 *     Z Y W W N - - -      Z: first element continues one of the packet before; Y: last one goes on in the next
 *
 * Temporal delimiters are dropped, `obu_has_size_field` is cleared (§5), and a sequence header travels in one packet with the
 * beginning of the frame that follows: Chromium takes the first packet with Z = 0 for the beginning of the picture and decodes
 * nothing when the sequence header stands alone.
 */
import { MAX_PAYLOAD_BYTES } from "./packets.ts";

const TEMPORAL_DELIMITER = 2;
const PADDING = 15;

/** An element shorter than this is not begun at the end of a packet: it would cost more than it fills. */
const MIN_FRAGMENT_BYTES = 16;

export function av1Packets(temporalUnit: Uint8Array, key: boolean, maxBytes = MAX_PAYLOAD_BYTES): Buffer[] {
  const packets: Buffer[] = [];
  let parts: Uint8Array[] = [];
  let length = 1;
  let continues = false;
  const flush = (goesOn: boolean): void => {
    const newSequence = key && packets.length === 0;
    const header = (continues ? 0x80 : 0) | (goesOn ? 0x40 : 0) | (newSequence ? 0x08 : 0);
    packets.push(Buffer.concat([Buffer.from([header]), ...parts]));
    parts = [];
    length = 1;
    continues = goesOn;
  };
  for (const obu of obus(temporalUnit)) {
    for (let offset = 0; offset < obu.length; ) {
      if (maxBytes - length < MIN_FRAGMENT_BYTES + 2) flush(offset > 0);
      const size = Math.min(obu.length - offset, maxBytes - length - 2); // lengths here never need more than two bytes
      const prefix = leb128(size);
      parts.push(prefix, obu.subarray(offset, offset + size));
      length += prefix.length + size;
      offset += size;
      if (offset < obu.length) flush(true);
    }
  }
  if (parts.length > 0) flush(false);
  return packets;
}

/** The OBUs worth sending, each without its size field. Throws when the temporal unit is cut off (AV1 spec §5.3). */
function obus(unit: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let offset = 0; offset < unit.length; ) {
    const header = unit[offset] ?? 0;
    const type = (header >> 3) & 15;
    const headerLength = header & 4 ? 2 : 1;
    const size = header & 2 ? readLeb128(unit, offset + headerLength) : undefined;
    const start = offset + headerLength + (size?.length ?? 0);
    const end = size ? start + size.value : unit.length;
    if (end > unit.length) throw new Error("the temporal unit is cut off");
    if (type !== TEMPORAL_DELIMITER && type !== PADDING) {
      const bare = Buffer.concat([unit.subarray(offset, offset + headerLength), unit.subarray(start, end)]);
      bare[0] = header & ~2;
      found.push(bare);
    }
    offset = end;
  }
  return found;
}

function readLeb128(bytes: Uint8Array, at: number): { value: number; length: number } {
  let value = 0;
  for (let i = 0; i < 4; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) break;
    value |= (byte & 0x7f) << (7 * i);
    if ((byte & 0x80) === 0) return { value, length: i + 1 };
  }
  throw new Error("not a length");
}

function leb128(value: number): Uint8Array {
  return value < 0x80 ? Uint8Array.of(value) : Uint8Array.of((value & 0x7f) | 0x80, value >> 7);
}
