/**
 * The true picture of a screen: a client of the X protocol (version 11, release 7.7) that can do one thing, GetImage. Our own
 * capture is what is judged, so it cannot be the judge; and a program started for each picture would take longer than the
 * moment lasts. The pointer is not in the picture (the server takes its sprite out), as it is not in ours.
 */
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** B, G, R, unused: four bytes a pixel, rows from top to bottom. */
  readonly data: Buffer;
}

export interface Screen {
  readonly width: number;
  readonly height: number;
  grab(): Promise<Picture>;
  close(): Promise<void>;
}

const GET_IMAGE = 73;
const Z_PIXMAP = 2;
const ALL_PLANES = 0xffff_ffff;
const REPLY_HEADER_BYTES = 32;
const COOKIE_NAME = "MIT-MAGIC-COOKIE-1";

/** `display`: `:5`. `authority`: a file with one entry, valid for every display. */
export async function openScreen({ display, authority }: { display: string; authority: string }): Promise<Screen> {
  const socket = connect(`/tmp/.X11-unix/X${display.slice(1)}`);
  const reader = new Reader(socket);
  socket.write(setupRequest(cookieOf(authority)));
  const head = await reader.take(8);
  const body = await reader.take(head.readUInt16LE(6) * 4);
  if (head[0] !== 1) throw new Error(`X server ${display} refused: ${body.toString("latin1", 0, head[1])}`);
  return new XScreen(socket, reader, body);
}

class XScreen implements Screen {
  readonly width: number;
  readonly height: number;
  readonly #socket: Socket;
  readonly #reader: Reader;
  readonly #root: number;

  /** `setup`: what follows the first eight bytes of the server's answer (X protocol, "Connection Setup"). */
  constructor(socket: Socket, reader: Reader, setup: Buffer) {
    const vendorBytes = Math.ceil(setup.readUInt16LE(16) / 4) * 4;
    const formats = setup.readUInt8(21);
    const screen = 32 + vendorBytes + formats * 8;
    this.#socket = socket;
    this.#reader = reader;
    this.#root = setup.readUInt32LE(screen);
    this.width = setup.readUInt16LE(screen + 20);
    this.height = setup.readUInt16LE(screen + 22);
  }

  async grab(): Promise<Picture> {
    const { width, height } = this;
    const request = Buffer.alloc(20);
    request.writeUInt8(GET_IMAGE, 0);
    request.writeUInt8(Z_PIXMAP, 1);
    request.writeUInt16LE(request.length / 4, 2);
    request.writeUInt32LE(this.#root, 4);
    request.writeUInt16LE(width, 12);
    request.writeUInt16LE(height, 14);
    request.writeUInt32LE(ALL_PLANES, 16);
    this.#socket.write(request);
    const head = await this.#reply();
    if (head[0] !== 1) throw new Error(`X error ${head[1]} to GetImage`);
    const data = await this.#reader.take(head.readUInt32LE(4) * 4);
    if (data.length !== width * height * 4) throw new Error("the screen is not 32 bits per pixel");
    return { width, height, data };
  }

  /** The next message that is no event: a changed keyboard is told to every client, asked or not (MappingNotify). */
  async #reply(): Promise<Buffer> {
    for (;;) {
      const head = await this.#reader.take(REPLY_HEADER_BYTES);
      if ((head[0] ?? 0) <= 1) return head;
    }
  }

  async close(): Promise<void> {
    this.#socket.destroy();
  }
}

/** Little-endian, version 11.0, with the cookie. */
function setupRequest(cookie: Buffer): Buffer {
  const head = Buffer.from([0x6c, 0, 11, 0, 0, 0, COOKIE_NAME.length, 0, cookie.length, 0, 0, 0]);
  const padded = Buffer.alloc(Math.ceil(COOKIE_NAME.length / 4) * 4);
  padded.write(COOKIE_NAME, "latin1");
  return Buffer.concat([head, padded, cookie]);
}

/** An X authority entry: family, address, number, name, data; each but the first with its length before it. */
function cookieOf(file: string): Buffer {
  const bytes = readFileSync(file);
  let at = 2;
  let field = bytes.subarray(0, 0);
  for (const _ of ["address", "number", "name", "data"]) {
    const length = bytes.readUInt16BE(at);
    field = bytes.subarray(at + 2, at + 2 + length);
    at += 2 + length;
  }
  return field;
}

/** Takes an exact number of bytes at a time from the socket. */
class Reader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  async take(bytes: number): Promise<Buffer> {
    const parts = [this.#rest];
    let have = this.#rest.length;
    while (have < bytes) {
      const { value, done } = await this.#chunks.next();
      if (done) throw new Error("the X server closed the connection");
      parts.push(value);
      have += value.length;
    }
    const all = parts.length === 1 ? this.#rest : Buffer.concat(parts);
    this.#rest = all.subarray(bytes);
    return all.subarray(0, bytes);
  }
}
