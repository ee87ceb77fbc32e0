/** The pointer of an X display: its shape (XFixes), its position, and a sign when anything moves it or somebody types (XInput 2). */
import koffi from "koffi";
import type { PointerShape } from "../../desktop/reports.ts";
import { loadLibrary, type Pointer } from "../library.ts";
import { allocate, viewOf } from "../memory.ts";
import { libXfixes, openFixes } from "./fixes.ts";
import type { XConnection } from "./x11.ts";

const libX11 = loadLibrary({ file: "libX11.so.6", debianPackage: "libx11-6" });
const libXi = loadLibrary({ file: "libXi.so.6", debianPackage: "libxi6" });

const x = {
  free: libX11.func("int XFree(void *data)") as (data: Pointer) => number,
  queryPointer: libX11.func(
    "int XQueryPointer(void *d, ulong w, _Out_ ulong *root, _Out_ ulong *child, _Out_ int *rx, _Out_ int *ry, _Out_ int *wx, _Out_ int *wy, _Out_ uint *mask)",
  ) as (display: Pointer, window: number, ...out: number[][]) => number,
  selectCursor: libXfixes.func("void XFixesSelectCursorInput(void *display, ulong window, ulong mask)") as (
    display: Pointer,
    window: number,
    mask: number,
  ) => void,
  cursorImage: libXfixes.func("void *XFixesGetCursorImage(void *display)") as (display: Pointer) => Pointer | null,
  queryXi: libXi.func("int XIQueryVersion(void *display, _Inout_ int *major, _Inout_ int *minor)") as (
    display: Pointer,
    major: number[],
    minor: number[],
  ) => number,
  selectXi: libXi.func("int XISelectEvents(void *display, ulong window, void *masks, int count)") as (
    display: Pointer,
    window: number,
    masks: Pointer,
    count: number,
  ) => number,
};

const DISPLAY_CURSOR_NOTIFY_MASK = 1;
const CURSOR_NOTIFY = 1;
const XI_ALL_MASTER_DEVICES = 1;
/** Which key it was is told with it, and not asked for. */
const XI_RAW_KEY_PRESS = 13;
const XI_RAW_BUTTON_PRESS = 15;
const XI_RAW_MOTION = 17;
const MASK_BYTES = 4;
const XI_EVENT_MASK = koffi.struct({ deviceid: "int", mask_len: "int", mask: "void *" });
/** XFixesCursorImage of Xfixes.h. */
const CURSOR_IMAGE = koffi.struct({
  x: "short",
  y: "short",
  width: "unsigned short",
  height: "unsigned short",
  xhot: "unsigned short",
  yhot: "unsigned short",
  cursor_serial: "unsigned long",
  pixels: "void *",
});
/** Xfixes.h gives one pixel per unsigned long. */
const BYTES_PER_PIXEL = koffi.sizeof("unsigned long");

export class PointerWatcher {
  readonly #connection: XConnection;
  readonly #mask = allocate(MASK_BYTES);
  readonly #masks = allocate(koffi.sizeof(XI_EVENT_MASK));
  readonly shapeEventType: number;
  /** The XInput opcode by which a generic event says that the pointer moved, or a key or a button went down; undefined: the server cannot tell. */
  readonly motionOpcode: number | undefined;

  constructor(connection: XConnection) {
    this.#connection = connection;
    this.shapeEventType = openFixes(connection) + CURSOR_NOTIFY;
    x.selectCursor(connection.display, connection.root, DISPLAY_CURSOR_NOTIFY_MASK);
    // from 2.1 on raw events come even while some program has grabbed the pointer
    const xi = connection.findExtension("XInputExtension");
    this.motionOpcode = xi && x.queryXi(connection.display, [2], [2]) === 0 ? xi.opcode : undefined;
    koffi.encode(this.#masks.pointer, XI_EVENT_MASK, {
      deviceid: XI_ALL_MASTER_DEVICES,
      mask_len: MASK_BYTES,
      mask: this.#mask.pointer,
    });
  }

  /** Keys and buttons are told at all times; whether motion is, too. Off while the last report is young, so that a fast mouse costs few wake-ups. */
  reportMotion(on: boolean): void {
    if (this.motionOpcode === undefined) return;
    this.#mask.bytes.fill(0);
    for (const event of [XI_RAW_KEY_PRESS, XI_RAW_BUTTON_PRESS, ...(on ? [XI_RAW_MOTION] : [])])
      this.#mask.bytes[event >> 3] = (this.#mask.bytes[event >> 3] ?? 0) | (1 << (event & 7));
    x.selectXi(this.#connection.display, this.#connection.root, this.#masks.pointer, 1);
    this.#connection.flush();
  }

  position(): { x: number; y: number } {
    const [rootX, rootY] = [[0], [0]];
    x.queryPointer(this.#connection.display, this.#connection.root, [0], [0], rootX, rootY, [0], [0], [0]);
    return { x: rootX[0] ?? 0, y: rootY[0] ?? 0 };
  }

  /** Undefined while the pointer is hidden. */
  shape(): PointerShape | undefined {
    const image = x.cursorImage(this.#connection.display);
    if (!image) return undefined;
    const cursor = koffi.decode(image, CURSOR_IMAGE) as {
      width: number;
      height: number;
      xhot: number;
      yhot: number;
      pixels: Pointer;
    };
    const { width, height } = cursor;
    const rgba = readPixels(viewOf(cursor.pixels, width * height * BYTES_PER_PIXEL), width * height);
    x.free(image);
    return rgba && { width, height, hotX: cursor.xhot, hotY: cursor.yhot, rgba };
  }

  close(): void {
    this.#mask.free();
    this.#masks.free();
  }
}

/** From premultiplied ARGB to plain RGBA; undefined when nothing of it can be seen. */
function readPixels(view: DataView, count: number): Uint8Array | undefined {
  const rgba = new Uint8Array(count * 4);
  let visible = false;
  for (let i = 0; i < count; i++) {
    const argb = view.getUint32(i * BYTES_PER_PIXEL, true);
    const alpha = argb >>> 24;
    if (alpha === 0) continue;
    visible = true;
    rgba[i * 4] = Math.min(255, Math.round((((argb >>> 16) & 255) * 255) / alpha));
    rgba[i * 4 + 1] = Math.min(255, Math.round((((argb >>> 8) & 255) * 255) / alpha));
    rgba[i * 4 + 2] = Math.min(255, Math.round(((argb & 255) * 255) / alpha));
    rgba[i * 4 + 3] = alpha;
  }
  return visible ? rgba : undefined;
}
