/**
 * The desktop as the network process sees it: a port. The adapter `child-desktop.ts` has it in a process of its own, which alone
 * loads native code; when that dies it is started again and the last wish is repeated to it.
 *
 * Flow control is a pull: the desktop says that the screen changed, the streamer asks for one picture when it wants
 * one, and what comes is the newest screen. Nothing queues.
 * What happens to it is told as reports (reports.ts) to one handler, which whoever opens it gives.
 */
import type { Codec } from "../../signaling/protocol/signal.ts";
import type { InputEvent, Protection } from "./commands.ts";
import type { DesktopReport, LockOutcome, LockState } from "./reports.ts";

/** Called once for each report, in their order. */
export type OnReport = (report: DesktopReport) => void;

export interface EncodeRequest {
  /** Quantizer, 0 (best) – 63. */
  readonly quality: number;
  readonly key: boolean;
  /**
   * A keyframe that somebody waits for: made in half the time, without the tools for screens, which then miss in all that
   * follows until the next keyframe. Default false.
   */
  readonly quick?: boolean;
  /** Of what moves by itself, a film, which no other picture brings. Default false. */
  readonly moving?: boolean;
  /** Of a big change that nothing big came just before, as when a page is turned. Default false. */
  readonly page?: boolean;
  /** What the line carries, bit/s: on a slow one a smaller picture may take longer to make. 0, the default: no matter. */
  readonly lineBps?: number;
}

export interface Desktop {
  /** Chooses the codec and begins to watch the screen. The first picture after it is a keyframe. May be called again. */
  open(options: { codec: Codec }): void;
  /** Asks for one picture of the newest screen. One at a time: ask again after `picture` or `encodeFailed`. */
  encode(request: EncodeRequest): void;
  /** Injects one event; positions are clipped to the screen. */
  inject(event: InputEvent): void;
  /** Everything that is held goes up. */
  releaseAll(): void;
  /** Text that is not typed yet is not typed any more; it is told as `typed`. */
  forgetText(): void;
  /** Stops watching and encoding; injects nothing; the process stays for the next session. */
  pause(): void;
  /** From now on, through pauses and restarts of the process. Where a cover is required, pictures come only while it holds. */
  protect(protection: Protection): void;
  /** Locks the office PC's session if it can. Never rejects; takes 8 s at most. */
  lock(): Promise<LockOutcome>;
  /** Since it was locked. `open` as well when nobody answers. Never rejects; takes 4 s at most. */
  lockState(): Promise<LockState>;
  /** A word to who sits at this PC, until the next one; none: "". Whoever looks from afar sees it too, where the system allows no other way. */
  notice(words: string): void;
  /** The PC goes off in so many seconds. Resolves to why not, or "". Never rejects; takes 8 s at most. */
  powerOff(wish: { readonly inS: number; readonly words: string }): Promise<string>;
  /** Not after all. */
  stayOn(): void;
  /** Ends the process. Idempotent. */
  close(): Promise<void>;
}
