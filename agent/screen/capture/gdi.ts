/** The pixels of Windows' screens by GDI, which works everywhere: all of them are fetched and compared with those before. */
import { GdiGrabber, type ScreenLayout } from "../../native/win32/screen.ts";
import { type PixelSource, READ_BY_GDI } from "../../picture/pixels.ts";
import { changedRows, type Rows } from "../../picture/rows.ts";

export class GdiPixels implements PixelSource {
  readonly about: string;
  readonly #grabber: GdiGrabber;
  readonly #rowBytes: number;

  /** Throws DesktopFailure. */
  constructor(layout: ScreenLayout, whyNotBetter: string) {
    this.about = `${READ_BY_GDI}${whyNotBetter}`;
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
