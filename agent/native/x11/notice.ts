/** A small window with some lines of text, above the others, for Xlib and Xft. */
import { DesktopFailure } from "../../desktop/problem.ts";
import { loadLibrary, type Pointer } from "../library.ts";
import { viewOf } from "../memory.ts";
import { createEmptyRegion, libXfixes, openFixes } from "./fixes.ts";
import type { XConnection } from "./x11.ts";

const libX11 = loadLibrary({ file: "libX11.so.6", debianPackage: "libx11-6" });
const libXft = loadLibrary({ file: "libXft.so.2", debianPackage: "libxft2" });

const x = {
  createWindow: libX11.func(
    "unsigned long XCreateSimpleWindow(void *d, unsigned long parent, int x, int y, uint w, uint h, uint b, unsigned long border, unsigned long back)",
  ) as (...args: [Pointer, number, number, number, number, number, number, number, number]) => number,
  changeAttributes: libX11.func(
    "int XChangeWindowAttributes(void *display, unsigned long window, unsigned long mask, void *attributes)",
  ) as (display: Pointer, window: number, mask: number, attributes: Buffer) => number,
  moveResize: libX11.func("int XMoveResizeWindow(void *d, unsigned long window, int x, int y, uint w, uint h)") as (
    ...args: [Pointer, number, number, number, number, number]
  ) => number,
  mapRaised: libX11.func("int XMapRaised(void *display, unsigned long window)") as (
    d: Pointer,
    window: number,
  ) => number,
  clear: libX11.func("int XClearWindow(void *display, unsigned long window)") as (d: Pointer, window: number) => number,
  destroy: libX11.func("int XDestroyWindow(void *display, unsigned long window)") as (
    display: Pointer,
    window: number,
  ) => number,
  visual: libX11.func("void *XDefaultVisual(void *display, int screen)") as (d: Pointer, screen: number) => Pointer,
  colormap: libX11.func("unsigned long XDefaultColormap(void *display, int screen)") as (
    display: Pointer,
    screen: number,
  ) => number,
  setShape: libXfixes.func(
    "void XFixesSetWindowShapeRegion(void *d, unsigned long window, int kind, int x, int y, unsigned long region)",
  ) as (...args: [Pointer, number, number, number, number, number]) => void,
  destroyRegion: libXfixes.func("void XFixesDestroyRegion(void *display, unsigned long region)") as (
    display: Pointer,
    region: number,
  ) => void,
  openFont: libXft.func("void *XftFontOpenName(void *display, int screen, const char *name)") as (
    display: Pointer,
    screen: number,
    name: string,
  ) => Pointer | null,
  closeFont: libXft.func("void XftFontClose(void *display, void *font)") as (d: Pointer, font: Pointer) => void,
  createDraw: libXft.func(
    "void *XftDrawCreate(void *display, unsigned long drawable, void *visual, unsigned long colormap)",
  ) as (display: Pointer, drawable: number, visual: Pointer, colormap: number) => Pointer | null,
  destroyDraw: libXft.func("void XftDrawDestroy(void *draw)") as (draw: Pointer) => void,
  colour: libXft.func(
    "int XftColorAllocName(void *display, void *visual, unsigned long colormap, const char *name, void *result)",
  ) as (display: Pointer, visual: Pointer, colormap: number, name: string, result: Buffer) => number,
  extents: libXft.func("void XftTextExtentsUtf8(void *display, void *font, void *text, int bytes, void *extents)") as (
    display: Pointer,
    font: Pointer,
    text: Buffer,
    bytes: number,
    extents: Buffer,
  ) => void,
  draw: libXft.func(
    "void XftDrawStringUtf8(void *draw, void *colour, void *font, int x, int y, void *text, int bytes)",
  ) as (...args: [Pointer, Buffer, Pointer, number, number, Buffer, number]) => void,
};

/** XSetWindowAttributes of Xlib.h, of which two fields are set. */
const ATTRIBUTES = { eventMask: 72, overrideRedirect: 88, bytes: 112 } as const;
/** CWOverrideRedirect | CWEventMask */
const SET = 0x0200 | 0x0800;
const EXPOSURE_MASK = 1 << 15;
const EXPOSE = 12;
const SHAPE_INPUT = 2;
/** XftColor of Xft.h; XGlyphInfo of Xrender.h, and where its advance stands; XftFont begins with ascent and descent. */
const COLOUR_BYTES = 16;
const EXTENTS_BYTES = 12;
const ADVANCE_AT = 8;

const FONT = "sans-serif:lang=ja:pixelsize=20";
/** 0x00RRGGBB, as X servers of today have their pixels; text is allocated by name. */
const DARK = 0x18_20_2a;
const EDGE = 0xf0_a0_40;
const LIGHT = "#f0f0f0";
const PADDING = 14;
/** Above a taskbar; menus and titles, by which people save, are at the top. */
const FROM_BOTTOM = 64;
const BORDER = 2;

/** Made for the default visual. Throws DesktopFailure. */
export class NoticeWindow {
  readonly #connection: XConnection;
  readonly #window: number;
  readonly #font: Pointer;
  readonly #draw: Pointer;
  readonly #colour = Buffer.alloc(COLOUR_BYTES);
  readonly #ascent: number;
  readonly #lineHeight: number;
  #lines: readonly Buffer[] = [];

  constructor(connection: XConnection) {
    const { display, screen, root } = connection;
    this.#connection = connection;
    const [visual, colormap] = [x.visual(display, screen), x.colormap(display, screen)];
    const font = x.openFont(display, screen, FONT);
    if (!font || !x.colour(display, visual, colormap, LIGHT, this.#colour))
      throw new DesktopFailure("internal", "The X server has no font or colour for a notice.");
    this.#font = font;
    const metrics = viewOf(font, 8);
    this.#ascent = metrics.getInt32(0, true);
    this.#lineHeight = Math.round((this.#ascent + metrics.getInt32(4, true)) * 1.2);
    this.#window = x.createWindow(display, root, 0, 0, 1, 1, BORDER, EDGE, DARK);
    const attributes = Buffer.alloc(ATTRIBUTES.bytes);
    attributes.writeBigInt64LE(BigInt(EXPOSURE_MASK), ATTRIBUTES.eventMask);
    attributes.writeInt32LE(1, ATTRIBUTES.overrideRedirect);
    x.changeAttributes(display, this.#window, SET, attributes);
    this.#letThrough(display);
    const draw = x.createDraw(display, this.#window, visual, colormap);
    if (!draw) throw new DesktopFailure("internal", "The X server cannot draw a notice.");
    this.#draw = draw;
  }

  /** Where it takes input is nowhere. */
  #letThrough(display: Pointer): void {
    openFixes(this.#connection);
    const nowhere = createEmptyRegion(this.#connection);
    x.setShape(display, this.#window, SHAPE_INPUT, 0, 0, nowhere);
    x.destroyRegion(display, nowhere);
  }

  /** Above everything that lets others be above it, in the middle at the bottom. */
  show(words: string): void {
    const { display, size } = this.#connection;
    this.#lines = words.split("\n").map((line) => Buffer.from(line));
    const width = Math.max(...this.#lines.map((line) => this.#widthOf(line))) + 2 * PADDING;
    const height = this.#lines.length * this.#lineHeight + 2 * PADDING;
    const left = Math.max(0, Math.round((size.width - width) / 2) - BORDER);
    const top = Math.max(0, size.height - height - FROM_BOTTOM);
    x.moveResize(display, this.#window, left, top, width, height);
    x.mapRaised(display, this.#window);
    this.#paint();
  }

  event(type: number): void {
    if (type === EXPOSE) this.#paint();
  }

  #widthOf(line: Buffer): number {
    const extents = Buffer.alloc(EXTENTS_BYTES);
    x.extents(this.#connection.display, this.#font, line, line.length, extents);
    return extents.readInt16LE(ADVANCE_AT);
  }

  #paint(): void {
    x.clear(this.#connection.display, this.#window);
    for (const [at, line] of this.#lines.entries()) {
      const baseline = PADDING + at * this.#lineHeight + this.#ascent;
      x.draw(this.#draw, this.#colour, this.#font, PADDING, baseline, line, line.length);
    }
    this.#connection.flush();
  }

  close(): void {
    const { display } = this.#connection;
    x.destroyDraw(this.#draw);
    x.destroy(display, this.#window);
    x.closeFont(display, this.#font);
    this.#connection.sync();
  }
}
