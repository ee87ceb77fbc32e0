/**
 * VP9 in RTP (RFC 9628 §4.2), the smallest descriptor there is: no picture id, no layers, one byte.
 *
 *   I P L F B E V Z     P: refers to earlier pictures; B, E: first and last packet of the picture
 */
import { MAX_PAYLOAD_BYTES } from "./packets.ts";

export function vp9Packets(frame: Uint8Array, key: boolean, maxBytes = MAX_PAYLOAD_BYTES): Buffer[] {
  const packets: Buffer[] = [];
  const room = maxBytes - 1;
  for (let offset = 0; offset < frame.length; offset += room) {
    const begins = offset === 0;
    const ends = offset + room >= frame.length;
    const descriptor = (key ? 0 : 0x40) | (begins ? 0x08 : 0) | (ends ? 0x04 : 0);
    packets.push(Buffer.concat([Buffer.from([descriptor]), frame.subarray(offset, offset + room)]));
  }
  return packets;
}
