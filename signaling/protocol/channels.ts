/**
 * What travels on the two data channels between viewer and agent. Both are negotiated (RFC 8831 §6.1: no DCEP; werift
 * announces unordered channels wrongly), so id and reliability stand here and nowhere else.
 *
 *   control  ordered, reliable: keys, buttons, wheel, text, heartbeat; screen, pointer shape, notices back
 *   pointer  unordered, no retransmission: positions, of which the newest wins; and once more what control has just carried
 *
 * There is no message for the clipboard, for files or for printing, and none may be added.
 */
import { z } from "zod";
import { EndReason } from "./errors.ts";
import { IME_MODES } from "./ime-modes.ts";
import { KEY_CODES } from "./keys.ts";
import { MAX_GRACE_MIN, MAX_NOTICE_MIN, MAX_POINTER_PX, MAX_REPEATED } from "./limits.ts";

export const CONTROL_CHANNEL = { label: "control", id: 1, ordered: true } as const;
export const POINTER_CHANNEL = { label: "pointer", id: 2, ordered: false, maxRetransmits: 0 } as const;

/** Counts up by one on each channel from 1; what is not larger than the last one is dropped. */
const Seq = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
/** Pixels of the office screen, from its top left corner. */
const Pixel = z.int().min(-32_768).max(32_767);

/** MouseEvent.button: 0 left, 1 middle, 2 right, 3 back, 4 forward. */
export const PointerButton = z.int().min(0).max(4);

/** Viewer → agent on the control channel. */
export const ViewerControl = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("key"), seq: Seq, code: z.enum(KEY_CODES), down: z.boolean() }),
  z.strictObject({ type: z.literal("button"), seq: Seq, button: PointerButton, down: z.boolean(), x: Pixel, y: Pixel }),
  /** Wheel notches: positive dy scrolls down, positive dx right. */
  z.strictObject({ type: z.literal("wheel"), seq: Seq, dx: z.int().min(-32).max(32), dy: z.int().min(-32).max(32) }),
  /**
   * CapsLock and NumLock as they are at home, before the first key they matter for: the office's are made equal (as RDP's
   * synchronise event does). Null: not known there, the office's stay. Only for an agent that has told its `locks`.
   */
  z.strictObject({
    type: z.literal("locks"),
    seq: Seq,
    caps: z.boolean().nullable(),
    num: z.boolean().nullable(),
  }),
  /** Text composed with the IME of the home PC. */
  z.strictObject({ type: z.literal("text"), seq: Seq, text: z.string().min(1).max(256) }),
  z.strictObject({ type: z.literal("release-all"), seq: Seq }),
  /** The person who may look only has moved or typed at home: they are there. Seldom, and only where no input counts. */
  z.strictObject({ type: z.literal("here"), seq: Seq }),
  /** `at`: the viewer's clock in ms; comes back unchanged. */
  z.strictObject({ type: z.literal("heartbeat"), seq: Seq, at: z.number() }),
]);
export type ViewerControl = z.infer<typeof ViewerControl>;

/** Viewer → agent on the pointer channel. */
export const ViewerPointer = z.strictObject({ type: z.literal("move"), seq: Seq, x: Pixel, y: Pixel });
export type ViewerPointer = z.infer<typeof ViewerPointer>;

/**
 * The last messages of the control channel once more, numbered as there and without a gap. Each counts once, whichever copy comes
 * first; the order is that of the numbers. Only to an agent that has said `takes`.
 */
export const ViewerRepeat = z.strictObject({
  type: z.literal("again"),
  control: z.array(ViewerControl).min(1).max(MAX_REPEATED),
});
export type ViewerRepeat = z.infer<typeof ViewerRepeat>;

/** All that the pointer channel carries. */
export const ViewerUnordered = z.discriminatedUnion("type", [ViewerPointer, ViewerRepeat]);

/** Agent → viewer on the control channel. */
export const AgentControl = z.discriminatedUnion("type", [
  /** What this agent understands beyond the first version. `again`: repeats of control messages on the pointer channel. */
  z.strictObject({ type: z.literal("takes"), again: z.boolean() }),
  z.strictObject({ type: z.literal("screen"), width: z.int().min(1).max(16_384), height: z.int().min(1).max(16_384) }),
  /** A pointer shape, sent once per `id`. `pixels`: RGBA rows, not premultiplied, deflate-raw (RFC 1951), base64. */
  z.strictObject({
    type: z.literal("pointer-shape"),
    id: z.int().min(0),
    width: z.int().min(1).max(MAX_POINTER_PX),
    height: z.int().min(1).max(MAX_POINTER_PX),
    hotX: z.int().min(0).max(MAX_POINTER_PX),
    hotY: z.int().min(0).max(MAX_POINTER_PX),
    pixels: z.string().max(60_000),
  }),
  /** Show the shape of this id from now on; null hides the pointer. */
  z.strictObject({ type: z.literal("pointer-use"), id: z.int().min(0).nullable() }),
  /** The pointer was moved at the office, not by this viewer. */
  z.strictObject({ type: z.literal("pointer-position"), x: Pixel, y: Pixel }),
  z.strictObject({ type: z.literal("heartbeat"), at: z.number() }),
  /** `coarse` while a big change is sent with fewer bytes, `sharp` when it has been refined. */
  z.strictObject({ type: z.literal("picture"), state: z.enum(["coarse", "sharp"]) }),
  /** The process that reads the screen is being restarted, or runs again. */
  z.strictObject({ type: z.literal("desktop"), state: z.enum(["restarting", "running"]) }),
  /** The office PC shows its lock screen or an administrator's confirmation, which this agent may not see; or not any more. */
  z.strictObject({ type: z.literal("secure-desktop"), shown: z.boolean() }),
  /**
   * The office PC beside its picture. `operated`: somebody there uses mouse or keyboard. `refusesInput`: it takes none
   * from us at the moment, for it has a program in front that runs as administrator.
   */
  z.strictObject({
    type: z.literal("office"),
    ime: z.enum(IME_MODES),
    operated: z.boolean(),
    refusesInput: z.boolean(),
  }),
  /** The locks of the office's keyboard, at start and at each change. `kana`: カナ of a JIS keyboard. */
  z.strictObject({ type: z.literal("locks"), caps: z.boolean(), num: z.boolean(), kana: z.boolean() }),
  /** The office's monitors are covered, could not be covered, or the policy does not cover them. */
  z.strictObject({ type: z.literal("cover"), state: z.enum(["off", "covered", "impossible"]) }),
  /**
   * When the channel opens, and when the policy changes it. `before`: whether this PC was locked before its first picture; the policy may not ask for it, and
   * there may be nothing that could. `whenIdle`: it is locked when the session ends for want of input, or because its time is over.
   */
  z.strictObject({
    type: z.literal("locking"),
    before: z.enum(["unasked", "locked", "impossible"]),
    whenIdle: z.boolean(),
  }),
  /** Nobody has typed or moved for long: the session ends in so many seconds. Null: somebody has, it goes on. */
  z.strictObject({ type: z.literal("idle"), endsInS: z.int().min(0).max(3_600).nullable() }),
  /** What the policy lets this viewer do, when the channel opens and at each change. `viewOnly`: no input counts. */
  z.strictObject({ type: z.literal("rules"), viewOnly: z.boolean() }),
  /**
   * The session ends in so many seconds, used or not, for its hours or its longest time are over. Said as `endNotices` has it,
   * or else 15, 5 and 1 minutes before, and to whoever comes between. Null: it does not, or not so soon.
   */
  z.strictObject({
    type: z.literal("ending"),
    end: z
      .strictObject({
        inS: z
          .int()
          .min(0)
          .max((MAX_NOTICE_MIN + MAX_GRACE_MIN) * 60),
        by: z.enum(["hours", "session-hours"]),
      })
      .nullable(),
  }),
  /** So many characters of text were dealt with since these channels opened, whatever became of them. */
  z.strictObject({ type: z.literal("typed"), characters: z.int().min(0).max(Number.MAX_SAFE_INTEGER) }),
  /** Input was refused: too many events, or outside what this viewer may do. */
  z.strictObject({ type: z.literal("input-refused"), why: z.enum(["too-many", "not-allowed", "bad-message"]) }),
  z.strictObject({ type: z.literal("goodbye"), reason: EndReason }),
]);
export type AgentControl = z.infer<typeof AgentControl>;

/** The locks of a keyboard. `kana`: カナ of a JIS keyboard, letters are kana. */
export type LockStates = Readonly<Omit<Extract<AgentControl, { type: "locks" }>, "type">>;
/** How they are to be; null: as they are. */
export type LockWish = Readonly<Omit<Extract<ViewerControl, { type: "locks" }>, "type" | "seq">>;
