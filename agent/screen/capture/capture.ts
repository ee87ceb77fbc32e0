/** The screen as a source of pictures: a port. Adapters: x11, windows, test-pattern. */
import type { InputEvent } from "../../desktop/commands.ts";
import type { DesktopProblem, PointerShape, ReportOf } from "../../desktop/reports.ts";
import type { Planes } from "../../picture/planes.ts";

export interface CaptureHandlers {
  /** Something changed, and take() will tell what. Said once, again only after take(). `at`: ms, epoch. */
  damaged(at: number): void;
  /** The screen has another size, or its parts stand elsewhere: this capture ends, open a new one. Nothing follows. */
  resized(): void;
  /** The screen is gone: open a new capture. Nothing follows. */
  lost(problem: DesktopProblem): void;
  /** What it knows beside the pixels. */
  report(report: CaptureReport): void;
}

/**
 * Pointer: once at start, then on each change. `secure-desktop`, where there is such a thing: the same. `note`: which way was chosen,
 * and why.
 */
export type CaptureReport = ReportOf<
  "pointer-shape" | "pointer-hidden" | "pointer-position" | "secure-desktop" | "note"
>;

/** Undefined: hidden. */
export const shapeReport = (shape: PointerShape | undefined): CaptureReport =>
  shape ? { type: "pointer-shape", ...shape } : { type: "pointer-hidden" };

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
  hint?(input: InputEvent["type"]): void;
  /** Idempotent; no handler is called afterwards. */
  close(): Promise<void>;
}
