/** The screen as a source of pictures: a port. Adapters: x11, windows, test-pattern. */
import type { DesktopProblem, InputEvent, PointerShape } from "../../desktop/desktop.ts";
import type { Planes } from "../../picture/planes.ts";

export interface CaptureHandlers {
  /** Something changed, and take() will tell what. Said once, again only after take(). `at`: ms, epoch. */
  damaged(at: number): void;
  /** The screen has another size, or its parts stand elsewhere: this capture ends, open a new one. Nothing follows. */
  resized(): void;
  /** The screen is gone: open a new capture. Nothing follows. */
  lost(problem: DesktopProblem): void;
  /** Undefined: hidden. Once at start, then on each change. */
  pointerShape(shape: PointerShape | undefined): void;
  /** Once at start, then on each change, at most 60 a second. */
  pointerPosition(position: { x: number; y: number }): void;
  /**
   * The system shows a desktop that we may not see (lock, logon, administrators' confirmations), or does not any more.
   * Where there is such a thing: once at start, then on each change.
   */
  secureDesktop(shown: boolean): void;
  /** For the log: which way was chosen, and why. */
  note(words: string): void;
}

export interface ScreenCapture {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /**
   * Brings what changed since the last call into `planes`, which must have this size. The first call, and the first
   * with other planes, brings the whole screen. Returns how many pixels differ from what the planes held.
   */
  take(planes: Planes): number;
  /** Input was injected: whoever must look for changes does so soon. */
  hint?(input: InputEvent["kind"]): void;
  /** Idempotent; no handler is called afterwards. */
  close(): Promise<void>;
}
