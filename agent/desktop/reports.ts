/**
 * What the desktop process reports: each event once, as it crosses the pipe. Everything else is derived from this table: the types,
 * the pipe's codec, the one handler of a Desktop, what is known of it (desktop-state.ts) and, as far as it is the same, what a viewer
 * is told.
 */
import { IME_MODES } from "../../signaling/protocol/ime-modes.ts";
import { bool, bytes, f64, i16, type MessageOf, oneOf, text, u8, u16, u32 } from "./binary-fields.ts";

/** A lossless picture of a 4K screen at quality 0 can come near; what is larger is no picture. */
export const MAX_PICTURE_BYTES = 16 << 20;
const MAX_SHAPE_BYTES = 128 * 128 * 4;
const MAX_WORDS_BYTES = 2048;

/**
 * What came of a wish to lock: it is locked; it can be locked and is not, or was not in time; nothing on this PC locks; there is
 * nobody to ask, or who was asked hung and was ended.
 */
const LOCK_OUTCOMES = ["locked", "not-locked", "impossible", "no-desktop"] as const;
export type LockOutcome = (typeof LOCK_OUTCOMES)[number];

/** Whether it still is. `unknown`: what locked it does not tell. */
const LOCK_STATES = ["locked", "open", "unknown"] as const;
export type LockState = (typeof LOCK_STATES)[number];

/** `code` is stable, `message` says in plain words what is wrong and what to do. */
const PROBLEM = {
  code: oneOf([
    "no-display",
    "no-authority",
    "wayland",
    "no-library",
    "no-extension",
    "no-codec",
    "capture-lost",
    "internal",
    "no-cover",
  ]),
  message: text(MAX_WORDS_BYTES),
} as const;

export const REPORTS = {
  /** The screen's size in pixels: once at start, again after a change of mode or a restart. */
  screen: { width: u16, height: u16 },
  /**
   * Something changed. `share`: changed samples ÷ all samples, 0–1, since this was last said. `moving`: share of the screen that moves by itself and
   * has changed since the last picture; it is brought by one that is asked for with `moving`. `at`: the first since the last picture.
   */
  changed: { share: f64, moving: f64, at: f64 },
  /**
   * The answer to encode(): one compressed picture, a whole temporal unit (AV1) or frame (VP9). `quality`: the quantizer it was coded
   * with, 0–63. `share`: changed samples ÷ all samples that went into it. `changedAt`, `encodedAt`: when the first change in it was
   * noticed, and when encoding was done: ms, epoch, this machine's clock.
   */
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
  /** The answer to encode() when there was nothing to encode with: the encoder failed and `open` must be called again. */
  "encode-failed": PROBLEM,
  /** `rgba`: not premultiplied, `width` × `height` × 4 bytes. */
  "pointer-shape": { width: u16, height: u16, hotX: u16, hotY: u16, rgba: bytes(MAX_SHAPE_BYTES) },
  "pointer-hidden": {},
  /** Where the office's pointer is, whoever moved it. At most 60 a second. */
  "pointer-position": { x: i16, y: i16 },
  /** The office PC shows its lock screen or an administrator's confirmation, which cannot be seen or operated; or not any more. */
  "secure-desktop": { shown: bool },
  /**
   * The office PC beside its picture: at start, where the system can tell, and on each change. `operated`: somebody there uses mouse or
   * keyboard. `refusesInput`: input of ours has no effect at the moment.
   */
  office: { ime: oneOf(IME_MODES), operated: bool, refusesInput: bool },
  /** The locks of its keyboard: at start, where the system can tell, and on each change. */
  locks: { caps: bool, num: bool, kana: bool },
  /** So many characters of text more are dealt with: typed, or given up. */
  typed: { characters: u16 },
  /** Input came faster than it could be played, and some was forgotten. */
  "input-dropped": {},
  /** For the log. */
  note: { words: text(MAX_WORDS_BYTES) },
  /** The desktop cannot be used at all: no display, no library, Wayland. It keeps being tried. */
  unusable: PROBLEM,
  /** Answers to the questions of this id. */
  locked: { id: u32, outcome: oneOf(LOCK_OUTCOMES) },
  "lock-state": { id: u32, state: oneOf(LOCK_STATES) },
  /** The answer to power-off: why it cannot be done, or "". */
  power: { id: u32, why: text(MAX_WORDS_BYTES) },
  /** What became of the cover that protect() wishes for: once it was tried, then on each change. `reason`: why it does not hold, or "". */
  covered: { ok: bool, reason: text(MAX_WORDS_BYTES) },
} as const;

export type Report = MessageOf<typeof REPORTS>;
export type ReportOf<T extends Report["type"]> = Extract<Report, { type: T }>;

/** What happens to a desktop. Answers go to who asked, notes to the log. */
export type DesktopReport =
  | Exclude<Report, { type: "note" | "locked" | "lock-state" | "power" }>
  /** Its process died; everything held has been released by the X server or will be by its successor. */
  | { readonly type: "restarting"; readonly cause: string };

type Body<T extends Report["type"]> = Omit<ReportOf<T>, "type">;
export type Picture = Body<"picture">;
export type PointerShape = Body<"pointer-shape">;
export type OfficeState = Body<"office">;
export type CoverState = Body<"covered">;
export type DesktopProblem = Body<"unusable">;
