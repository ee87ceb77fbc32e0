/** The pixels of Windows' screens, by the best way that works on this PC: desktop duplication, else GDI. */
import { GdiGrabber, type ScreenLayout } from "../native/win32-screen.ts";
import { changedRows, type Rows } from "./rows.ts";

export interface PixelSource {
  /** Which way it is and why, in words for the log. */
  readonly about: string;
  /** BGRX pixels of the whole virtual screen as last looked at, rows without a gap. Another array after each look. */
  readonly pixels: Int32Array<ArrayBuffer>;
  /**
   * Brings `pixels` up to date. "refused": Windows does not let us, now. "changed-places": monitors or desktop are others
   * than at start, open a new source.
   */
  look(): readonly Rows[] | "refused" | "changed-places";
  close(): void;
}

/** Throws DesktopFailure when neither works. */
export async function openPixels(layout: ScreenLayout): Promise<PixelSource> {
  const { openDuplication } = await import("./duplication.ts");
  const duplication = openDuplication(layout);
  if (typeof duplication !== "string") return duplication;
  return new GdiPixels(layout, duplication);
}

class GdiPixels implements PixelSource {
  readonly about: string;
  readonly #grabber: GdiGrabber;
  readonly #rowBytes: number;

  constructor(layout: ScreenLayout, whyNotBetter: string) {
    this.about = `The screen is read with GDI. Desktop duplication: ${whyNotBetter}`;
    this.#grabber = new GdiGrabber(layout);
    this.#rowBytes = layout.width * 4;
  }

  get pixels(): Int32Array<ArrayBuffer> {
    return this.#grabber.pixels;
  }

  look(): readonly Rows[] | "refused" {
    if (!this.#grabber.fetch()) return "refused";
    const { pixels, before } = this.#grabber;
    return changedRows(new Uint8Array(pixels.buffer), new Uint8Array(before.buffer), this.#rowBytes);
  }

  close(): void {
    this.#grabber.close();
  }
}
