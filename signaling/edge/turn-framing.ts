/**
 * Cuts a TCP stream into TURN messages, and reads of each just what the edge must know.
 *
 *   STUN (RFC 8489 §5)             00 + 14 bits of type │ length │ magic cookie │ transaction, 12 bytes │ attributes
 *   ChannelData (RFC 8656 §12.4)   channel 0x4000–0x4FFF │ length │ data, over TCP padded to four bytes (§12.5)
 *
 * Nothing else may appear. A stream that breaks the framing cannot be read any further: the caller closes it.
 */
import { MAGIC_COOKIE, readType, STUN_HEADER_BYTES } from "../protocol/stun.ts";

/**
 * Largest message taken, header included. Everything a WebRTC client sends fits one datagram of an ordinary path
 * (1500 bytes); the rest is room for long attributes. It is also all that a connection can make us remember.
 */
export const MAX_FRAME_BYTES = 4096;

const CHANNEL_HEADER_BYTES = 4;

/** `bytes` is one message as UDP carries it (no padding after ChannelData); a view, good until the next push. */
export type TurnFrame =
  | { readonly kind: "channel"; readonly bytes: Buffer }
  | { readonly kind: "stun"; readonly method: number; readonly class: number; readonly bytes: Buffer };

export type FramingError = "not TURN" | "message too long" | "STUN length not a multiple of four";
export type Pushed = { frames: TurnFrame[]; error?: FramingError };

/** How long the message at the head of `buffer` (≥ 4 bytes) is, on the wire and without padding. */
function measure(buffer: Buffer): { wire: number; size: number } | FramingError {
  const first = buffer.readUInt8(0);
  const length = buffer.readUInt16BE(2);
  if (first < 0x40) {
    if (length % 4 !== 0) return "STUN length not a multiple of four";
    const size = STUN_HEADER_BYTES + length;
    return size > MAX_FRAME_BYTES ? "message too long" : { wire: size, size };
  }
  if (first >= 0x50) return "not TURN";
  const size = CHANNEL_HEADER_BYTES + length;
  return size > MAX_FRAME_BYTES ? "message too long" : { wire: (size + 3) & ~3, size };
}

function frame(bytes: Buffer): TurnFrame | undefined {
  if (bytes.readUInt8(0) >= 0x40) return { kind: "channel", bytes };
  if (bytes.readUInt32BE(4) !== MAGIC_COOKIE) return undefined;
  return { kind: "stun", ...readType(bytes.readUInt16BE(0)), bytes };
}

/** Reads one datagram (from the relay): no stream, no padding. */
export function readDatagram(bytes: Buffer): TurnFrame | undefined {
  if (bytes.length < CHANNEL_HEADER_BYTES) return undefined;
  const measured = measure(bytes);
  if (typeof measured === "string" || bytes.length < measured.size) return undefined;
  return frame(bytes.subarray(0, measured.size));
}

/** The incremental reader of one stream. After an error it stays in error. */
export class TurnFraming {
  #rest: Buffer = Buffer.alloc(0);
  #error: FramingError | undefined;

  /** Bytes held back for a message that is not complete yet; less than MAX_FRAME_BYTES + 4. */
  get held(): number {
    return this.#rest.length;
  }

  push(chunk: Buffer): Pushed {
    const frames: TurnFrame[] = [];
    let buffer = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#error === undefined && buffer.length >= CHANNEL_HEADER_BYTES) {
      const measured = measure(buffer);
      if (typeof measured === "string") {
        this.#error = measured;
        break;
      }
      if (buffer.length < measured.wire) break;
      const found = frame(buffer.subarray(0, measured.size));
      if (found === undefined) this.#error = "not TURN";
      else frames.push(found);
      buffer = buffer.subarray(measured.wire);
    }
    if (this.#error !== undefined) {
      this.#rest = Buffer.alloc(0);
      return { frames, error: this.#error };
    }
    // copied: the rest must not keep the whole chunk alive
    this.#rest = Buffer.from(buffer);
    return { frames };
  }
}

export type Attribute = { readonly type: number; readonly value: Buffer };

/** The attributes of a STUN message in their order, or undefined where they do not fill it exactly (RFC 8489 §14). */
export function attributes(bytes: Buffer): Attribute[] | undefined {
  const found: Attribute[] = [];
  let at = STUN_HEADER_BYTES;
  while (at + 4 <= bytes.length) {
    const length = bytes.readUInt16BE(at + 2);
    const end = at + 4 + length;
    if (end > bytes.length) return undefined;
    found.push({ type: bytes.readUInt16BE(at), value: bytes.subarray(at + 4, end) });
    at = (end + 3) & ~3;
  }
  return at === bytes.length ? found : undefined;
}

/** ChannelData as TCP carries it (RFC 8656 §12.5). */
export function padded(bytes: Buffer): Buffer {
  const missing = -bytes.length & 3;
  return missing === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(missing)]);
}
