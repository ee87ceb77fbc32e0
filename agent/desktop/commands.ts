/** What the desktop process is told: each command once, as it crosses the pipe. Types and the pipe's codec are derived from this table. */
import { KEY_CODES } from "../../signaling/protocol/keys.ts";
import { COVER } from "../../signaling/protocol/protection.ts";
import type { Codec } from "../../signaling/protocol/signal.ts";
import { bool, boolOrNull, i16, type MessageOf, oneOf, text, u8, u16, u32 } from "./binary-fields.ts";

/** 256 UTF-16 units are at most 768 bytes. */
const MAX_TEXT_BYTES = 1024;
const MAX_WORDS_BYTES = 2048;

// signal.ts has this list too, and zod with it, for which the desktop process has no room
const CODECS = ["av1-444", "av1-420", "vp9-444", "vp9-420"] as const satisfies readonly Codec[];

/** When the office's monitors are covered: never; where it can be done; or else there is no picture. */
export type CoverMode = (typeof COVER)[number];

/** Input, in the words in which the viewer sends it (channels.ts): the gate takes off their number, and names nothing anew. */
const INPUT = {
  key: { code: oneOf(KEY_CODES), down: bool },
  button: { button: u8, down: bool },
  move: { x: i16, y: i16 },
  wheel: { dx: i16, dy: i16 },
  locks: { caps: boolOrNull, num: boolOrNull },
  text: { text: text(MAX_TEXT_BYTES) },
} as const;
export type InputEvent = MessageOf<typeof INPUT>;

export const COMMANDS = {
  open: { codec: oneOf(CODECS) },
  encode: { quality: u8, key: bool, quick: bool, moving: bool, page: bool, lineBps: u32 },
  ...INPUT,
  "release-all": {},
  "forget-text": {},
  pause: {},
  lock: { id: u32 },
  "lock-state": { id: u32 },
  /**
   * How this PC is protected while somebody is there from afar. `words`: what the cover says to the office, a line each, where it can
   * say anything. `lockWhenAlone`: when the network process dies meanwhile, the desktop process locks the PC: nobody else could.
   */
  protect: { cover: oneOf(COVER), words: text(MAX_WORDS_BYTES), lockWhenAlone: bool },
  /** A word to who sits at this PC, a line each, until the next one; none: "". */
  notice: { words: text(MAX_WORDS_BYTES) },
  /** This PC is to go off in so many seconds. `words`: for who sits there, where the system says it itself. */
  "power-off": { id: u32, inS: u16, words: text(MAX_WORDS_BYTES) },
  "stay-on": {},
} as const;

export type Command = MessageOf<typeof COMMANDS>;

export type Protection = Omit<Extract<Command, { type: "protect" }>, "type">;
export const UNPROTECTED: Protection = { cover: "off", words: "", lockWhenAlone: false };
