/** The pointer of Windows: where it is, and the bitmaps it is drawn with. */
import type { Pointer } from "../library.ts";
import { allocate } from "../memory.ts";
import { gdi32, user32 } from "./win32.ts";

/** What GetIconInfo and GetDIBits tell of a pointer. Pixels are BGRA, rows without a gap, the top one first. */
export interface CursorBitmaps {
  readonly hotX: number;
  readonly hotY: number;
  readonly width: number;
  /** Of `mask`. Without `colour` it holds two pictures, one above the other. */
  readonly maskHeight: number;
  readonly mask: Uint32Array;
  readonly colour: Uint32Array | undefined;
}

export interface CursorState {
  /** Undefined: hidden. Windows gives a handle again for another shape once its owner destroyed it. */
  readonly handle: Pointer | undefined;
  /** In Windows' coordinates: negative left of the main monitor and above it. */
  readonly x: number;
  readonly y: number;
}

const p = {
  info: user32.func("int __stdcall GetCursorInfo(void *info)") as (info: Pointer) => number,
  iconInfo: user32.func("int __stdcall GetIconInfo(void *icon, void *info)") as (
    icon: Pointer,
    info: Pointer,
  ) => number,
  getDC: user32.func("void *__stdcall GetDC(void *window)") as (window: null) => Pointer | null,
  releaseDC: user32.func("int __stdcall ReleaseDC(void *window, void *dc)") as (window: null, dc: Pointer) => number,
  object: gdi32.func("int __stdcall GetObjectW(void *object, int bytes, void *description)") as (
    object: Pointer,
    bytes: number,
    description: Pointer,
  ) => number,
  bits: gdi32.func(
    "int __stdcall GetDIBits(void *dc, void *bitmap, uint start, uint lines, void *bits, void *info, uint usage)",
  ) as (
    dc: Pointer,
    bitmap: Pointer,
    start: number,
    lines: number,
    bits: Pointer,
    info: Pointer,
    use: number,
  ) => number,
  deleteObject: gdi32.func("int __stdcall DeleteObject(void *object)") as (object: Pointer) => number,
};

/** CURSORINFO, ICONINFO, BITMAP and BITMAPINFOHEADER of WinUser.h and WinGDI.h, on 64 bits: the fields we read. */
const CURSORINFO = { bytes: 24, size: 0, flags: 4, cursor: 8, x: 16, y: 20 } as const;
const ICONINFO = { bytes: 32, hotX: 4, hotY: 8, mask: 16, colour: 24 } as const;
const BITMAP = { bytes: 32, width: 4, height: 8 } as const;
const BITMAPINFOHEADER_BYTES = 40;
/** Hardly any pointer is larger; what is, is not sent anyway. */
const MAX_SIDE_PX = 512;

export class CursorReader {
  readonly #info = allocate(CURSORINFO.bytes);
  readonly #view = new DataView(this.#info.bytes.buffer);

  /** Undefined: Windows refuses, because another desktop is shown. */
  state(): CursorState | undefined {
    this.#view.setUint32(CURSORINFO.size, CURSORINFO.bytes, true);
    if (!p.info(this.#info.pointer)) return undefined;
    const shown = this.#view.getUint32(CURSORINFO.flags, true) !== 0;
    const handle = this.#view.getBigUint64(CURSORINFO.cursor, true);
    return {
      handle: shown && handle !== 0n ? handle : undefined,
      x: this.#view.getInt32(CURSORINFO.x, true),
      y: this.#view.getInt32(CURSORINFO.y, true),
    };
  }

  /** Undefined: its owner destroyed it meanwhile. */
  bitmaps(handle: Pointer): CursorBitmaps | undefined {
    const icon = allocate(ICONINFO.bytes);
    try {
      if (!p.iconInfo(handle, icon.pointer)) return undefined;
      const view = new DataView(icon.bytes.buffer);
      const bitmap = (at: number) => view.getBigUint64(at, true) || undefined;
      const [mask, colour] = [bitmap(ICONINFO.mask), bitmap(ICONINFO.colour)];
      const [maskPixels, colourPixels] = [read(mask), read(colour)];
      for (const copy of [mask, colour]) if (copy) p.deleteObject(copy);
      if (!maskPixels) return undefined;
      return {
        hotX: view.getUint32(ICONINFO.hotX, true),
        hotY: view.getUint32(ICONINFO.hotY, true),
        width: maskPixels.width,
        maskHeight: maskPixels.height,
        mask: maskPixels.pixels,
        colour: colourPixels?.pixels,
      };
    } finally {
      icon.free();
    }
  }

  close(): void {
    this.#info.free();
  }
}

function read(bitmap: Pointer | undefined) {
  if (!bitmap) return undefined;
  const description = allocate(BITMAP.bytes);
  p.object(bitmap, BITMAP.bytes, description.pointer);
  const view = new DataView(description.bytes.buffer);
  const [width, height] = [view.getInt32(BITMAP.width, true), view.getInt32(BITMAP.height, true)];
  description.free();
  if (width <= 0 || height <= 0 || width > MAX_SIDE_PX || height > 2 * MAX_SIDE_PX) return undefined;
  const screen = p.getDC(null);
  if (!screen) return undefined;
  const info = allocate(BITMAPINFOHEADER_BYTES);
  const header = new DataView(info.bytes.buffer);
  header.setUint32(0, BITMAPINFOHEADER_BYTES, true);
  header.setInt32(4, width, true);
  header.setInt32(8, -height, true);
  header.setUint16(12, 1, true);
  header.setUint16(14, 32, true);
  const bits = allocate(width * height * 4);
  const lines = p.bits(screen, bitmap, 0, height, bits.pointer, info.pointer, 0);
  const pixels = new Uint32Array(bits.bytes.slice().buffer);
  for (const memory of [info, bits]) memory.free();
  p.releaseDC(null, screen);
  return lines === height ? { width, height, pixels } : undefined;
}
