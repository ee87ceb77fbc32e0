/**
 * The desktop as the network process sees it: a port. The adapter `remote-desktop.ts` has it in a process of its own, which alone
 * loads native code; when that dies it is started again and the last wish is repeated to it.
 *
 * Flow control is a pull: the desktop says that the screen changed, the streamer asks for one picture when it wants
 * one, and what comes is the newest screen. Nothing queues.
 */
import type { ImeMode, LockStates, LockWish } from "../../signaling/protocol/channels.ts";
import type { PhysicalKey } from "../../signaling/protocol/keys.ts";
import type { Codec } from "../../signaling/protocol/signal.ts";

export interface DesktopHandlers {
  /** The screen's size in pixels: once at start, again after a change of mode or a restart. */
  screen(size: { width: number; height: number }): void;
  /** Something changed. `share`: changed samples ÷ all samples, 0–1, since this was last said. `at`: the first since the last picture. */
  changed(change: { share: number; at: number }): void;
  /** The answer to encode(). */
  picture(picture: Picture): void;
  /** The answer to encode() when there was nothing to encode with: the encoder failed and `open` must be called again. */
  encodeFailed(problem: DesktopProblem): void;
  /** A pointer shape, RGBA, not premultiplied, `width` × `height` × 4 bytes; undefined: hidden. */
  pointerShape(shape: PointerShape | undefined): void;
  /** Where the office's pointer is, whoever moved it. At most 60 a second. */
  pointerPosition(position: { x: number; y: number }): void;
  /** The office PC shows its lock screen or an administrator's confirmation, which cannot be seen or operated; or not any more. */
  secureDesktop(shown: boolean): void;
  /** At start, where the system can tell, and on each change. */
  office(state: OfficeState): void;
  /** At start, where the system can tell, and on each change. */
  locks(state: LockStates): void;
  /** So many characters of text more are dealt with: typed, or given up. */
  typed(characters: number): void;
  /** Input came faster than it could be played, and some was forgotten. */
  inputDropped(): void;
  /** The child died; everything held has been released by the X server or by its successor. */
  restarting(cause: string): void;
  /** The desktop cannot be used at all, in words: no display, no library, Wayland. It keeps being tried. */
  unusable(problem: DesktopProblem): void;
  /** What became of the cover that protect() wishes for: once it was tried, then on each change. */
  covered(state: CoverState): void;
}

/** When the office's monitors are covered: never; where it can be done; or else there is no picture. */
export const COVER_MODES = ["off", "when-possible", "required"] as const;
export type CoverMode = (typeof COVER_MODES)[number];

/** How this PC is protected while somebody is there from afar. */
export interface Protection {
  readonly cover: CoverMode;
  /** What the cover says to the office, a line each, where it can say anything. */
  readonly words: string;
  /** When the network process dies meanwhile, the desktop process locks the PC: nobody else could. */
  readonly lockWhenAlone: boolean;
}

export const UNPROTECTED: Protection = { cover: "off", words: "", lockWhenAlone: false };

/** `reason`: why it does not hold, in words; empty when it does. */
export interface CoverState {
  readonly ok: boolean;
  readonly reason: string;
}

/**
 * What came of a wish to lock: it is locked; it can be locked and is not, or was not in time; nothing on this PC locks; there is
 * nobody to ask, or who was asked hung and was ended.
 */
export const LOCK_OUTCOMES = ["locked", "not-locked", "impossible", "no-desktop"] as const;
export type LockOutcome = (typeof LOCK_OUTCOMES)[number];

/** Whether it still is. `unknown`: what locked it does not tell. */
export const LOCK_STATES = ["locked", "open", "unknown"] as const;
export type LockState = (typeof LOCK_STATES)[number];

/** One compressed picture, a whole temporal unit (AV1) or frame (VP9). */
export interface Picture {
  readonly data: Uint8Array;
  readonly key: boolean;
  /** Quantizer it was coded with, 0–63. */
  readonly quality: number;
  /** Changed samples ÷ all samples that went into it. */
  readonly share: number;
  readonly width: number;
  readonly height: number;
  /** When the first change in it was noticed, and when encoding was done: ms, epoch, this machine's clock. */
  readonly changedAt: number;
  readonly encodedAt: number;
}

export interface EncodeRequest {
  /** Quantizer, 0 (best) – 63. */
  readonly quality: number;
  readonly key: boolean;
  /**
   * A keyframe that somebody waits for: made in half the time, without the tools for screens, which then miss in all that
   * follows until the next keyframe. Default false.
   */
  readonly quick?: boolean;
}

export interface PointerShape {
  readonly width: number;
  readonly height: number;
  readonly hotX: number;
  readonly hotY: number;
  readonly rgba: Uint8Array;
}

/** The office PC beside its picture. */
export interface OfficeState {
  readonly ime: ImeMode;
  /** Somebody there uses mouse or keyboard. */
  readonly operated: boolean;
  /** Input of ours has no effect at the moment. */
  readonly refusesInput: boolean;
}

/** `code` is stable, `message` says in plain words what is wrong and what to do. */
export interface DesktopProblem {
  readonly code:
    | "no-display"
    | "no-authority"
    | "wayland"
    | "no-library"
    | "no-extension"
    | "no-codec"
    | "capture-lost"
    | "no-cover"
    | "internal";
  readonly message: string;
}

export type InputEvent =
  | { kind: "key"; code: PhysicalKey; down: boolean }
  | { kind: "button"; button: number; down: boolean }
  | { kind: "move"; x: number; y: number }
  | { kind: "wheel"; dx: number; dy: number }
  | ({ kind: "locks" } & LockWish)
  | { kind: "text"; text: string };

export interface Desktop {
  /** Chooses the codec and begins to watch the screen. The first picture after it is a keyframe. May be called again. */
  open(options: { codec: Codec }): void;
  /** Asks for one picture of the newest screen. One at a time: ask again after `picture` or `encodeFailed`. */
  encode(request: EncodeRequest): void;
  /** Injects one event; positions are clipped to the screen. */
  inject(event: InputEvent): void;
  /** Everything that is held goes up. */
  releaseAll(): void;
  /** Stops watching and encoding; injects nothing; the process stays for the next session. */
  pause(): void;
  /** From now on, through pauses and restarts of the process. Where a cover is required, pictures come only while it holds. */
  protect(protection: Protection): void;
  /** Locks the office PC's session if it can. Never rejects; takes 8 s at most. */
  lock(): Promise<LockOutcome>;
  /** Since it was locked. `open` as well when nobody answers. Never rejects; takes 4 s at most. */
  lockState(): Promise<LockState>;
  /** Ends the process. Idempotent. */
  close(): Promise<void>;
}
