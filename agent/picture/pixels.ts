/** The pixels of Windows' screens: a port within the capture of Windows. Adapters: duplication, gdi. */
import type { Rows } from "./rows.ts";

/** What the two adapters say of themselves; after GDI's follows why it is not the other. */
export const READ_BY_DUPLICATION = "The screen is read with desktop duplication.";
export const READ_BY_GDI = "The screen is read with GDI. Desktop duplication: ";

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
