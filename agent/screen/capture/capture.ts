/** The screen as a source of pictures: a port. Adapters: x11, windows, test-pattern. */
import type { InputEvent } from "../../desktop/commands.ts";
import type { DesktopProblem, PointerShape, ReportOf } from "../../desktop/reports.ts";
import type { Planes } from "../../picture/planes.ts";
import type { Rectangle } from "../../picture/rectangles.ts";

export interface CaptureHandlers {
  /** Something changed, and take() will tell what. Said once, again only after take(). `at`: ms, epoch. */
  damaged(at: number): void;
  /** Somebody uses keyboard or mouse, here or from afar: what changes now may be its answer. Seldom for one movement of a mouse. */
  input(): void;
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

/** How much of what changed is taken over. */
export interface Wish {
  /** Rectangles besides, with even edges. */
  readonly also: readonly Rectangle[];
  /** Those parts of a changed rectangle that are taken; it is told which and remembers the rest. Undefined: nothing but `also`, and the rest waits for the next call. */
  readonly hold: ((rectangle: Rectangle) => readonly Rectangle[]) | undefined;
}

export const EVERYTHING: Wish = { also: [], hold: (rectangle) => [rectangle] };

/**
 * What is to be brought of a screen of this size. `isNew`: into planes that hold nothing of it. `changed` is asked only where what changed is
 * taken with it.
 */
export function wanted(
  { width, height }: { readonly width: number; readonly height: number },
  isNew: boolean,
  { also, hold }: Wish,
  changed: () => readonly Rectangle[],
): readonly Rectangle[] {
  if (!isNew && !hold) return also;
  const rectangles = changed();
  if (isNew || !hold) return [{ x: 0, y: 0, width, height }];
  return [...also, ...rectangles.flatMap((rectangle) => hold(rectangle))];
}

export interface ScreenCapture {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /**
   * Brings what changed since the last call into `planes`, which must have this size. The first call, and the first
   * with other planes, brings the whole screen; else `wish`, when given, says what of it. Returns how many pixels differ from what the planes held.
   */
  take(planes: Planes, wish?: Wish): number;
  /** Input was injected: whoever must look for changes does so soon. */
  hint?(input: InputEvent["type"]): void;
  /** Idempotent; no handler is called afterwards. */
  close(): Promise<void>;
}
