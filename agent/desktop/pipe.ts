/**
 * The protocol between the network process and the desktop process: frames on one duplex pipe.
 *
 *   length u32 │ kind u8 │ fields          length counts what follows it; big endian
 *
 * A frame that breaks a rule is not answered: whoever reads it ends the connection (and the network process the child).
 */
import { IME_MODES } from "../../signaling/protocol/channels.ts";
import { KEY_CODES } from "../../signaling/protocol/keys.ts";
import type { Codec } from "../../signaling/protocol/signal.ts";
import { COVER_MODES, type DesktopProblem, LOCK_OUTCOMES, LOCK_STATES } from "./desktop.ts";
import {
  bool,
  boolOrNull,
  bytes,
  f64,
  i16,
  Malformed,
  oneOf,
  readFields,
  text,
  u8,
  u16,
  u32,
  type ValueOf,
  writeFields,
} from "./struct.ts";

/** A lossless picture of a 4K screen at quality 0 can come near; what is larger is no picture. */
export const MAX_PICTURE_BYTES = 16 << 20;
const MAX_SHAPE_BYTES = 128 * 128 * 4;
/** 256 UTF-16 units are at most 768 bytes. */
const MAX_TEXT_BYTES = 1024;
const MAX_WORDS_BYTES = 2048;

const CODECS = ["av1-444", "av1-420", "vp9-444", "vp9-420"] as const satisfies readonly Codec[];
const PROBLEMS = [
  "no-display",
  "no-authority",
  "wayland",
  "no-library",
  "no-extension",
  "no-codec",
  "capture-lost",
  "internal",
  "no-cover",
] as const satisfies readonly DesktopProblem["code"][];

/** Network process → desktop process. */
export const COMMANDS = {
  open: { codec: oneOf(CODECS) },
  encode: { quality: u8, key: bool, quick: bool },
  key: { code: oneOf(KEY_CODES), down: bool },
  button: { button: u8, down: bool },
  move: { x: i16, y: i16 },
  wheel: { dx: i16, dy: i16 },
  locks: { caps: boolOrNull, num: boolOrNull },
  text: { text: text(MAX_TEXT_BYTES) },
  "release-all": {},
  pause: {},
  lock: { id: u32 },
  "lock-state": { id: u32 },
  protect: { cover: oneOf(COVER_MODES), words: text(MAX_WORDS_BYTES), lockWhenAlone: bool },
} as const;

/** Desktop process → network process. */
export const REPORTS = {
  screen: { width: u16, height: u16 },
  changed: { share: f64, at: f64 },
  picture: {
    key: bool,
    quality: u8,
    share: f64,
    width: u16,
    height: u16,
    changedAt: f64,
    encodedAt: f64,
    data: bytes(MAX_PICTURE_BYTES),
  },
  "encode-failed": { code: oneOf(PROBLEMS), message: text(MAX_WORDS_BYTES) },
  "pointer-shape": { width: u16, height: u16, hotX: u16, hotY: u16, rgba: bytes(MAX_SHAPE_BYTES) },
  "pointer-hidden": {},
  "pointer-position": { x: i16, y: i16 },
  "secure-desktop": { shown: bool },
  office: { ime: oneOf(IME_MODES), operated: bool, refusesInput: bool },
  locks: { caps: bool, num: bool, kana: bool },
  typed: { characters: u16 },
  "input-dropped": {},
  note: { words: text(MAX_WORDS_BYTES) },
  unusable: { code: oneOf(PROBLEMS), message: text(MAX_WORDS_BYTES) },
  locked: { id: u32, outcome: oneOf(LOCK_OUTCOMES) },
  "lock-state": { id: u32, state: oneOf(LOCK_STATES) },
  covered: { ok: bool, reason: text(MAX_WORDS_BYTES) },
} as const;

// biome-ignore lint/suspicious/noExplicitAny: see struct.ts
type Table = Record<string, Record<string, any>>;
type MessageOf<T extends Table> = { [K in keyof T & string]: { type: K } & ValueOf<T[K]> }[keyof T & string];
export type Command = MessageOf<typeof COMMANDS>;
export type Report = MessageOf<typeof REPORTS>;

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
