/**
 * A screen's life, kept as what the encoder would be given: for each moment at which something changed, the rows of the planes that did.
 * Lossless, and the same each time it is played.
 *
 *   | bytes | ms | changed pixels | rows | row numbers … | their samples, Y U V … |  gzip from `rows` on
 */
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { BLOCK, type Planes, touch } from "../../../agent/picture/planes.ts";

const HEADER_BYTES = 12;

/** What of a recording counts, ms from its beginning. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/** Beside the recording. */
export const writePart = (path: string, part: Part): void => writeFileSync(`${path}.json`, JSON.stringify(part));
export const readPart = (path: string): Part => JSON.parse(readFileSync(`${path}.json`, "utf8")) as Part;

export class Recorder {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, "w");
  }

  /** Clears the planes' marks. */
  write(planes: Planes, changed: number, ms: number): void {
    const rows = [...planes.touchedRows.keys()].filter((row) => planes.touchedRows[row] === 1);
    planes.touchedRows.fill(0);
    const { lumaStride: stride } = planes;
    const samples = rows.flatMap((row) =>
      [planes.y, planes.u, planes.v].map((plane) => plane.subarray(row * stride, row * stride + planes.width)),
    );
    const body = gzipSync(Buffer.concat([Buffer.from(Uint16Array.of(rows.length, ...rows).buffer), ...samples]), {
      level: 3,
    });
    const header = Buffer.alloc(HEADER_BYTES);
    [body.length, Math.round(ms), changed].forEach((value, at) => void header.writeUInt32LE(value, 4 * at));
    writeSync(this.#file, header);
    writeSync(this.#file, body);
  }

  close(): void {
    closeSync(this.#file);
  }
}

export interface Moment {
  readonly ms: number;
  /** Pixels. */
  readonly changed: number;
  /** Onto planes of 4:4:4 that hold the moment before. */
  apply(planes: Planes): void;
}

export function momentsOf(path: string): Moment[] {
  const bytes = readFileSync(path);
  const moments: Moment[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [length, ms, changed] = [0, 4, 8].map((field) => bytes.readUInt32LE(at + field)) as [number, number, number];
    const body = bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length);
    moments.push({ ms, changed, apply: (planes) => apply(gunzipSync(body), planes) });
    at += HEADER_BYTES + length;
  }
  return moments;
}

function apply(body: Buffer, planes: Planes): void {
  const count = body.readUInt16LE(0);
  let from = 2 + 2 * count;
  for (let index = 0; index < count; index++) {
    const row = body.readUInt16LE(2 + 2 * index);
    for (const plane of [planes.y, planes.u, planes.v]) {
      const [newer, at] = [body.subarray(from, from + planes.width), row * planes.lumaStride];
      for (let left = 0; left < planes.width; left += BLOCK) {
        const right = Math.min(left + BLOCK, planes.width);
        if (newer.compare(plane, at + left, at + right, left, right) !== 0) touch(planes, row, left, right);
      }
      plane.set(newer, at);
      from += planes.width;
    }
  }
}
