/** All monitors by desktop duplication, put together into one picture of the virtual screen. */
import { allocate, type NativeMemory } from "../../native/memory.ts";
import { duplicateOutputs, type Output } from "../../native/win32/duplication.ts";
import type { ScreenLayout } from "../../native/win32/screen.ts";
import { NoDuplication } from "../../native/win32/texture.ts";
import { isWine } from "../../native/win32/win32.ts";
import { type PixelSource, READ_BY_DUPLICATION } from "../../picture/pixels.ts";
import { joinRows, type Rows } from "../../picture/rows.ts";

/** Windows gives a monitor's first picture at once; some drivers tell of the pointer before. */
const FIRST_PICTURE_TRIES = 5;
const FIRST_PICTURE_MS = 100;

/** A string says why it cannot be used here. */
export function openDuplication(layout: ScreenLayout): PixelSource | string {
  if (isWine()) return "Wine does not have it."; // it would say so itself, after a second of starting OpenGL
  let source: DuplicationPixels | undefined;
  try {
    source = new DuplicationPixels(layout, duplicateOutputs());
    source.awaitFirst();
    return source;
  } catch (error) {
    source?.close();
    return `${error instanceof Error ? error.message : String(error)}.`;
  }
}

class DuplicationPixels implements PixelSource {
  readonly about = READ_BY_DUPLICATION;
  readonly #memory: NativeMemory;
  readonly pixels: Int32Array<ArrayBuffer>;
  readonly #layout: ScreenLayout;
  readonly #outputs: readonly Output[];

  constructor(layout: ScreenLayout, outputs: readonly Output[]) {
    this.#layout = layout;
    this.#outputs = outputs;
    this.#memory = allocate(layout.width * layout.height * 4);
    this.pixels = new Int32Array(this.#memory.bytes.buffer);
  }

  /** Throws NoDuplication when a monitor shows nothing, or when they are not those that stand in the layout. */
  awaitFirst(): void {
    const { monitors } = this.#layout;
    if (monitors.length !== this.#outputs.length) throw new NoDuplication("not all monitors belong to a graphics card");
    for (const output of this.#outputs) {
      const { width, height } = output.area;
      const { x, y } = this.#placeOf(output);
      if (!monitors.some((one) => one.x === x && one.y === y && one.width === width && one.height === height))
        throw new NoDuplication("its monitors are not those of the desktop");
      if (!this.#hasPicture(output)) throw new NoDuplication("a monitor gives no picture");
    }
  }

  #hasPicture(output: Output): boolean {
    for (let left = FIRST_PICTURE_TRIES; left > 0; left--) {
      const areas = this.#next(output, FIRST_PICTURE_MS);
      if (areas === "lost") return false;
      if (areas.length > 0) return true;
    }
    return false;
  }

  look(): readonly Rows[] | "changed-places" {
    const rows: Rows[] = [];
    for (const output of this.#outputs) {
      const areas = this.#next(output, 0);
      if (areas === "lost") return "changed-places";
      const { y } = this.#placeOf(output);
      for (const area of areas) rows.push(evenRows(y + area.y, y + area.y + area.height, this.#layout.height));
    }
    return joinRows(rows);
  }

  #placeOf({ area }: Output): { x: number; y: number } {
    return { x: area.x - this.#layout.x, y: area.y - this.#layout.y };
  }

  #next(output: Output, waitMs: number) {
    const { x, y } = this.#placeOf(output);
    return output.next(this.pixels, this.#layout.width, y * this.#layout.width + x, waitMs);
  }

  close(): void {
    for (const output of this.#outputs) output.close();
    this.#memory.free();
  }
}

/** 4:2:0 shares colour between two rows. */
const evenRows = (top: number, bottom: number, height: number): Rows => ({
  top: Math.max(0, top & ~1),
  bottom: Math.min(height, (bottom + 1) & ~1),
});
