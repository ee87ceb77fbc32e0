/**
 * The office's pointer shapes as CSS cursors, which move with the hand and not with the line.
 *
 * A shape becomes a PNG (RFC 2083) as data: URL. It is put together here, so that the page holds no canvas: nothing in
 * it can read a pixel of what is shown.
 */
import type { AgentControl } from "../../signaling/protocol/channels.ts";
import { fromBase64Url } from "../../signaling/protocol/signed.ts";

export type ShapeMessage = Extract<AgentControl, { type: "pointer-shape" }>;

export interface Shape {
  readonly url: string;
  readonly width: number;
  readonly height: number;
  readonly hotX: number;
  readonly hotY: number;
}

/** An agent sends each shape once; a desktop knows a few dozen. The oldest goes when there are more. */
const MAX_SHAPES = 256;

export class Shapes {
  readonly #shapes = new Map<number, Promise<Shape | undefined>>();

  add(message: ShapeMessage): void {
    this.#shapes.delete(message.id);
    this.#shapes.set(
      message.id,
      decode(message).catch(() => undefined),
    );
    const oldest = this.#shapes.keys().next();
    if (this.#shapes.size > MAX_SHAPES && !oldest.done) this.#shapes.delete(oldest.value);
  }

  /** Undefined for an id that was never sent, or whose pixels are damaged. */
  get(id: number): Promise<Shape | undefined> {
    return this.#shapes.get(id) ?? Promise.resolve(undefined);
  }

  clear(): void {
    this.#shapes.clear();
  }
}

async function decode({ width, height, hotX, hotY, pixels }: ShapeMessage): Promise<Shape | undefined> {
  const rgba = await inflate(fromBase64Url(pixels.replace(/=+$/, "")), width * height * 4);
  if (rgba.length !== width * height * 4) return undefined;
  const png = await encodePng(rgba, width, height);
  return { url: `data:image/png;base64,${base64(png)}`, width, height, hotX, hotY };
}

/** Throws when there is more than `limit`: what is small on the wire may be large in memory. */
async function inflate(data: Uint8Array<ArrayBuffer>, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  return collect(new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate-raw")), limit);
}

async function collect(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    length += read.value.length;
    if (length > limit) {
      await reader.cancel();
      throw new Error("larger than it says");
    }
    parts.push(read.value);
  }
  return concat(parts, length);
}

/** 8 bits per channel, RGBA, no filter. */
export async function encodePng(rgba: Uint8Array, width: number, height: number): Promise<Uint8Array<ArrayBuffer>> {
  const rows = new Uint8Array(height * (width * 4 + 1));
  for (let y = 0; y < height; y++) {
    rows.set(rgba.subarray(y * width * 4, (y + 1) * width * 4), y * (width * 4 + 1) + 1);
  }
  const zlib = await collect(new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate")), Infinity);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 6, 0, 0, 0], 8);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return concat([signature, chunk("IHDR", header), chunk("IDAT", zlib), chunk("IEND", new Uint8Array())]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** ISO 3309, as PNG wants it. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function concat(parts: readonly Uint8Array[], length = parts.reduce((sum, part) => sum + part.length, 0)) {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
