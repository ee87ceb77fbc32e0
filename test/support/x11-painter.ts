/** Changes an X screen as a program would: paints, sets pointer shapes, listens for input. For tests. */
import koffi from "koffi";
import { loadLibrary } from "../../agent/native/library.ts";

const lib = loadLibrary({ file: "libX11.so.6", debianPackage: "" });
const x = {
  open: lib.func("void *XOpenDisplay(const char *name)"),
  close: lib.func("int XCloseDisplay(void *display)"),
  root: lib.func("ulong XDefaultRootWindow(void *display)"),
  gc: lib.func("void *XDefaultGC(void *display, int screen)"),
  foreground: lib.func("int XSetForeground(void *display, void *gc, ulong colour)"),
  subwindows: lib.func("int XSetSubwindowMode(void *display, void *gc, int mode)"),
  fill: lib.func("int XFillRectangle(void *display, ulong target, void *gc, int x, int y, uint w, uint h)"),
  sync: lib.func("int XSync(void *display, int discard)"),
  fontCursor: lib.func("ulong XCreateFontCursor(void *display, uint shape)"),
  defineCursor: lib.func("int XDefineCursor(void *display, ulong window, ulong cursor)"),
  fakeMotion: loadLibrary({ file: "libXtst.so.6", debianPackage: "" }).func(
    "int XTestFakeMotionEvent(void *display, int screen, int x, int y, ulong delay)",
  ),
  queryPointer: lib.func(
    "int XQueryPointer(void *d, ulong w, _Out_ ulong *root, _Out_ ulong *child, _Out_ int *rx, _Out_ int *ry, _Out_ int *wx, _Out_ int *wy, _Out_ uint *mask)",
  ),
  queryKeymap: lib.func("int XQueryKeymap(void *display, _Out_ uint8_t *keys)"),
  repeatRate: lib.func("int XkbGetAutoRepeatRate(void *display, uint device, _Out_ uint *delay, _Out_ uint *period)"),
  keyMapping: lib.func("void *XGetKeyboardMapping(void *display, uint8_t first, int count, _Out_ int *per)"),
};

export class Painter {
  readonly #display: unknown;
  readonly #root: number;
  readonly #gc: unknown;

  constructor(display: string) {
    this.#display = x.open(display);
    if (!this.#display) throw new Error(`no display ${display}`);
    this.#root = x.root(this.#display);
    this.#gc = x.gc(this.#display, 0);
    x.subwindows(this.#display, this.#gc, 1); // IncludeInferiors: over windows too
  }

  /** Fills a rectangle with 0xRRGGBB; done when it returns. */
  fill(left: number, top: number, width: number, height: number, colour: number): void {
    x.foreground(this.#display, this.#gc, colour);
    x.fill(this.#display, this.#root, this.#gc, left, top, width, height);
    x.sync(this.#display, 0);
  }

  /** A shape of the cursor font, e.g. 152 for the text bar. */
  pointerShape(shape: number): void {
    x.defineCursor(this.#display, this.#root, x.fontCursor(this.#display, shape));
    x.sync(this.#display, 0);
  }

  /** As a mouse at the office would. */
  movePointer(toX: number, toY: number): void {
    x.fakeMotion(this.#display, 0, toX, toY, 0);
    x.sync(this.#display, 0);
  }

  /** Where the pointer is, and which buttons are down (bit 0: the first). */
  pointer(): { x: number; y: number; buttons: number } {
    const [px, py, mask] = [[0], [0], [0]] as [number[], number[], number[]];
    x.queryPointer(this.#display, this.#root, [0], [0], px, py, [0], [0], mask);
    return { x: px[0] ?? 0, y: py[0] ?? 0, buttons: ((mask[0] ?? 0) >> 8) & 31 };
  }

  /** Which top window a click would go to; 0: none. */
  windowBelowPointer(): number {
    const child = [0];
    x.queryPointer(this.#display, this.#root, [0], child, [0], [0], [0], [0], [0]);
    return Number(child[0]);
  }

  /** Keycodes that are down. */
  heldKeycodes(): number[] {
    const keys = new Uint8Array(32);
    x.queryKeymap(this.#display, keys);
    return Array.from({ length: 256 }, (_, code) => code).filter((code) => (keys[code >> 3] ?? 0) & (1 << (code & 7)));
  }

  /** How the server repeats a held key: ms. */
  repeatRate(): { delayMs: number; periodMs: number } {
    const [delay, period] = [[0], [0]] as [number[], number[]];
    x.repeatRate(this.#display, 0x100, delay, period);
    return { delayMs: delay[0] ?? 0, periodMs: period[0] ?? 0 };
  }

  /** First keysym of a keycode; 0: none. */
  keysym(keycode: number): number {
    return Number(koffi.decode(x.keyMapping(this.#display, keycode, 1, [0]), "ulong"));
  }

  close(): void {
    x.close(this.#display);
  }
}
