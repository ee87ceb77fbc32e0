/**
 * The protocol between the network process and the desktop process: frames on one duplex pipe.
 *
 *   length u32 │ kind u8 │ fields          length counts what follows it; big endian
 *
 * A frame that breaks a rule is not answered: whoever reads it ends the connection (and the network process the child).
 */

import { Malformed, type MessageOf, readFields, type Table, type ValueOf, writeFields } from "./binary-fields.ts";
import { COMMANDS, type Command } from "./commands.ts";
import { MAX_PICTURE_BYTES, REPORTS, type Report } from "./reports.ts";

const LENGTH_BYTES = 4;
const HEADER_BYTES = LENGTH_BYTES + 1;
/** Largest frame of each direction: its largest message and room for the fields beside it. */
export const MAX_COMMAND_BYTES = 4096;
export const MAX_REPORT_BYTES = MAX_PICTURE_BYTES + 4096;

function write<T extends Table>(table: T, message: MessageOf<T>): Uint8Array<ArrayBuffer> {
  const frame = writeFields(table[message.type] as T[string], message as ValueOf<T[string]>, HEADER_BYTES);
  const view = new DataView(frame.buffer);
  view.setUint32(0, frame.byteLength - LENGTH_BYTES);
  view.setUint8(LENGTH_BYTES, Object.keys(table).indexOf(message.type));
  return frame;
}

export const writeCommand = (command: Command) => write(COMMANDS, command);
export const writeReport = (report: Report) => write(REPORTS, report);

/** Puts a stream of pieces together into messages. Holds at most one frame. */
export class FrameReader<M> {
  readonly #parse: (frame: Uint8Array) => M;
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(parse: (frame: Uint8Array) => M, maxBytes: number) {
    this.#parse = parse;
    this.#maxBytes = maxBytes;
  }

  /** The messages that are complete now. Throws Malformed; nothing may be pushed after that. */
  push(piece: Uint8Array): M[] {
    this.#pieces.push(piece);
    this.#length += piece.byteLength;
    const messages: M[] = [];
    for (let frame = this.#next(); frame; frame = this.#next()) messages.push(this.#parse(frame));
    return messages;
  }

  #next(): Uint8Array | undefined {
    if (this.#length < LENGTH_BYTES) return undefined;
    const length = this.#peekLength();
    if (length < 1 || length > this.#maxBytes) throw new Malformed(`a frame of ${length} bytes`);
    if (this.#length < LENGTH_BYTES + length) return undefined;
    const all = this.#joined();
    const rest = all.subarray(LENGTH_BYTES + length);
    this.#pieces = rest.byteLength > 0 ? [rest] : [];
    this.#length = rest.byteLength;
    return all.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
  }

  #peekLength(): number {
    if ((this.#pieces[0]?.byteLength ?? 0) < LENGTH_BYTES) this.#pieces = [this.#joined()];
    const first = this.#pieces[0] as Uint8Array;
    return new DataView(first.buffer, first.byteOffset, first.byteLength).getUint32(0);
  }

  #joined(): Uint8Array {
    const [only, ...more] = this.#pieces;
    return only && more.length === 0 ? only : Buffer.concat(this.#pieces);
  }
}

function parser<T extends Table>(table: T): (frame: Uint8Array) => MessageOf<T> {
  const kinds = Object.entries(table);
  return (frame) => {
    const kind = kinds[frame[0] ?? 255];
    if (!kind) throw new Malformed(`no message of kind ${frame[0]}`);
    const [type, fields] = kind;
    return { ...readFields(fields, frame.subarray(1)), type } as MessageOf<T>;
  };
}

export const readCommands = () => new FrameReader<Command>(parser(COMMANDS), MAX_COMMAND_BYTES);
export const readReports = () => new FrameReader<Report>(parser(REPORTS), MAX_REPORT_BYTES);
