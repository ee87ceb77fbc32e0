/**
 * The screens of Windows as GDI shows them: where they are, and their pixels. GDI says nothing when something changes;
 * whoever wants to know fetches and compares.
 *
 * All positions that leave this file are relative to the top left corner of the virtual screen (MSDN, "The Virtual
 * Screen"), whose own position is negative where a monitor stands left of the main one or above it.
 */
import koffi from "koffi";
import { DesktopFailure } from "../../desktop/problem.ts";
import type { Rectangle } from "../../picture/rectangles.ts";
import type { Pointer } from "../library.ts";
import { allocate } from "../memory.ts";
import { gdi32, refused, user32 } from "./win32.ts";

/** The virtual screen: its own position, in Windows' coordinates, and the monitors in ours. */
export interface ScreenLayout extends Rectangle {
  readonly monitors: readonly Rectangle[];
}

const RECT_BYTES = 16;
const BITMAPINFOHEADER_BYTES = 40;
const SM_XVIRTUALSCREEN = 76;
const SM_YVIRTUALSCREEN = 77;
const SM_CXVIRTUALSCREEN = 78;
const SM_CYVIRTUALSCREEN = 79;
/** SRCCOPY | CAPTUREBLT: layered windows too. */
const COPY_ALL = 0x40cc0020;
const BYTES_PER_PIXEL = 4;

type Enumerate = (dc: null, clip: null, each: Pointer, data: number) => number;
const MONITOR_ENUM = koffi.proto("int __stdcall MonitorEnum(void *monitor, void *dc, void *rect, intptr data)");
const u = {
  metric: user32.func("int __stdcall GetSystemMetrics(int index)") as (index: number) => number,
  monitors: user32.func(
    "int __stdcall EnumDisplayMonitors(void *dc, void *clip, void *each, intptr data)",
  ) as Enumerate,
  getDC: user32.func("void *__stdcall GetDC(void *window)") as (window: null) => Pointer | null,
  releaseDC: user32.func("int __stdcall ReleaseDC(void *window, void *dc)") as (window: null, dc: Pointer) => number,
};
const g = {
  createDC: gdi32.func("void *__stdcall CreateCompatibleDC(void *dc)") as (dc: Pointer) => Pointer | null,
  deleteDC: gdi32.func("int __stdcall DeleteDC(void *dc)") as (dc: Pointer) => number,
  createDib: gdi32.func(
    "void *__stdcall CreateDIBSection(void *dc, void *info, uint usage, _Out_ void **bits, void *section, uint offset)",
  ) as (
    dc: Pointer,
    info: Pointer,
    usage: number,
    bits: (Pointer | null)[],
    section: null,
    at: number,
  ) => Pointer | null,
  select: gdi32.func("void *__stdcall SelectObject(void *dc, void *object)") as (
    dc: Pointer,
    object: Pointer,
  ) => Pointer,
  deleteObject: gdi32.func("int __stdcall DeleteObject(void *object)") as (object: Pointer) => number,
  copy: gdi32.func(
    "int __stdcall BitBlt(void *to, int x, int y, int width, int height, void *from, int fromX, int fromY, uint how)",
  ) as (
    to: Pointer,
    x: number,
    y: number,
    w: number,
    h: number,
    from: Pointer,
    fx: number,
    fy: number,
    how: number,
  ) => number,
  flush: gdi32.func("int __stdcall GdiFlush()") as () => number,
};

/** How the monitors stand now. Throws DesktopFailure "no-display" when there is none. */
export function readLayout(): ScreenLayout {
  const [x, y, width, height] = [SM_XVIRTUALSCREEN, SM_YVIRTUALSCREEN, SM_CXVIRTUALSCREEN, SM_CYVIRTUALSCREEN].map(
    u.metric,
  ) as [number, number, number, number];
  if (width <= 0 || height <= 0) throw new DesktopFailure("no-display", "Windows has no screen at the moment.");
  const monitors: Rectangle[] = [];
  const each = koffi.register((_monitor: Pointer, _dc: Pointer, rect: Pointer) => {
    const [left, top, right, bottom] = new Int32Array(koffi.view(rect, RECT_BYTES)) as unknown as number[];
    monitors.push({
      x: (left as number) - x,
      y: (top as number) - y,
      width: (right as number) - (left as number),
      height: (bottom as number) - (top as number),
    });
    return 1;
  }, koffi.pointer(MONITOR_ENUM));
  u.monitors(null, null, each, 0);
  koffi.unregister(each);
  return { x, y, width, height, monitors };
}

/** A picture in memory that GDI can paint into: a DIB section of 32 bits, top row first. */
class Canvas {
  readonly dc: Pointer;
  readonly #bitmap: Pointer;
  readonly #before: Pointer;
  readonly pixels: Int32Array<ArrayBuffer>;

  constructor(screen: Pointer, width: number, height: number) {
    const info = allocate(BITMAPINFOHEADER_BYTES);
    const view = new DataView(info.bytes.buffer);
    view.setUint32(0, BITMAPINFOHEADER_BYTES, true);
    view.setInt32(4, width, true);
    view.setInt32(8, -height, true); // negative: the top row is the first
    view.setUint16(12, 1, true);
    view.setUint16(14, 8 * BYTES_PER_PIXEL, true);
    const bits: (Pointer | null)[] = [null];
    const dc = g.createDC(screen);
    const bitmap = dc && g.createDib(screen, info.pointer, 0, bits, null, 0);
    info.free();
    if (!dc || !bitmap || !bits[0]) {
      const failure = refused("a picture of the screen's size (CreateDIBSection)", "capture-lost");
      if (dc) g.deleteDC(dc);
      throw failure;
    }
    this.dc = dc;
    this.#bitmap = bitmap;
    this.#before = g.select(dc, bitmap);
    this.pixels = new Int32Array(koffi.view(bits[0], width * height * BYTES_PER_PIXEL));
  }

  free(): void {
    g.select(this.dc, this.#before);
    g.deleteDC(this.dc);
    g.deleteObject(this.#bitmap);
  }
}

/** Fetches all monitors; keeps the picture before, to compare with. What no monitor shows stays black. */
export class GdiGrabber {
  readonly #layout: ScreenLayout;
  readonly #screen: Pointer;
  #newest: Canvas;
  #older: Canvas;

  /** Throws DesktopFailure. The screen is the one of the desktop that the thread is on now. */
  constructor(layout: ScreenLayout) {
    this.#layout = layout;
    const screen = u.getDC(null);
    if (!screen) throw refused("access to the screen (GetDC)", "capture-lost");
    this.#screen = screen;
    const canvases: Canvas[] = [];
    try {
      for (let i = 0; i < 2; i++) canvases.push(new Canvas(screen, layout.width, layout.height));
    } catch (error) {
      for (const canvas of canvases) canvas.free();
      u.releaseDC(null, screen);
      throw error;
    }
    [this.#newest, this.#older] = canvases as [Canvas, Canvas];
  }

  /** BGRX pixels of the whole virtual screen, rows without a gap: the last fetched, and those before. */
  get pixels(): Int32Array<ArrayBuffer> {
    return this.#newest.pixels;
  }
  get before(): Int32Array<ArrayBuffer> {
    return this.#older.pixels;
  }

  /** False: refused, e.g. another desktop has the screen; `pixels` are the old ones then. */
  fetch(): boolean {
    for (const { x, y, width, height } of this.#layout.monitors) {
      const [fromX, fromY] = [x + this.#layout.x, y + this.#layout.y];
      if (!g.copy(this.#older.dc, x, y, width, height, this.#screen, fromX, fromY, COPY_ALL)) return false;
    }
    g.flush();
    [this.#newest, this.#older] = [this.#older, this.#newest];
    return true;
  }

  close(): void {
    this.#newest.free();
    this.#older.free();
    u.releaseDC(null, this.#screen);
  }
}
