/**
 * Fetches rectangles of the screen through MIT-SHM. Each whole, in one request: of strips fetched one after another, those of a screen
 * that scrolls meanwhile do not belong together (26.9 dB in place of 40.3). A small one costs the X server, and memory, only its own
 * pixels.
 */
import koffi from "koffi";
import { DesktopFailure } from "../../desktop/problem.ts";
import { loadLibrary, type Pointer } from "../library.ts";
import { allocate, viewOf } from "../memory.ts";
import type { XConnection } from "./x11.ts";

const libX11 = loadLibrary({ file: "libX11.so.6", debianPackage: "libx11-6" });
const libXext = loadLibrary({ file: "libXext.so.6", debianPackage: "libxext6" });
const libc = loadLibrary({ file: "libc.so.6", debianPackage: "libc6" });

const x = {
  defaultVisual: libX11.func("void *XDefaultVisual(void *display, int screen)") as (
    display: Pointer,
    screen: number,
  ) => Pointer,
  defaultDepth: libX11.func("int XDefaultDepth(void *display, int screen)") as (
    display: Pointer,
    screen: number,
  ) => number,
  free: libX11.func("int XFree(void *data)") as (data: Pointer) => number,
  createImage: libXext.func(
    "void *XShmCreateImage(void *display, void *visual, uint depth, int format, void *data, void *info, uint w, uint h)",
  ) as (
    display: Pointer,
    visual: Pointer,
    depth: number,
    format: number,
    data: Pointer,
    info: Pointer,
    w: number,
    h: number,
  ) => Pointer | null,
  attach: libXext.func("int XShmAttach(void *display, void *info)") as (display: Pointer, info: Pointer) => number,
  detach: libXext.func("int XShmDetach(void *display, void *info)") as (display: Pointer, info: Pointer) => number,
  getImage: libXext.func(
    "int XShmGetImage(void *display, unsigned long drawable, void *image, int x, int y, unsigned long planes)",
  ) as (display: Pointer, drawable: number, image: Pointer, x: number, y: number, planes: number) => number,
};
const shm = {
  get: libc.func("int shmget(int key, size_t size, int flags)") as (key: number, size: number, flags: number) => number,
  attach: libc.func("void *shmat(int id, void *address, int flags)") as (
    id: number,
    address: null,
    flags: number,
  ) => Pointer,
  detach: libc.func("int shmdt(void *address)") as (address: Pointer) => number,
  control: libc.func("int shmctl(int id, int command, void *buffer)") as (
    id: number,
    command: number,
    buffer: null,
  ) => number,
};

const IPC_PRIVATE = 0;
const IPC_CREAT_0600 = 0o1600;
const IPC_RMID = 0;
const Z_PIXMAP = 2;
const ALL_PLANES = 0xffffffff;

/** XShmSegmentInfo of XShm.h. */
const SEGMENT_INFO = koffi.struct({ shmseg: "unsigned long", shmid: "int", shmaddr: "void *", readOnly: "int" });
/** XImage of Xlib.h: what we read and write of it. */
const IMAGE = { width: 0, height: 4, depth: 40, bytesPerLine: 44, bitsPerPixel: 48, bytes: 88 } as const;

const BYTES_PER_PIXEL = 4;

export class Grabber {
  readonly #connection: XConnection;
  readonly #info = allocate(koffi.sizeof(SEGMENT_INFO));
  readonly #address: Pointer;
  readonly #image: Pointer;
  readonly #imageView: DataView;
  readonly #capacity: number;
  /** BGRX pixels of the last rectangle, row after row without a gap. */
  readonly pixels: Int32Array<ArrayBuffer>;

  /** For rectangles of so many pixels. */
  constructor(connection: XConnection, { width, height }: { width: number; height: number }) {
    this.#connection = connection;
    connection.extension("MIT-SHM");
    this.#capacity = width * height;
    const bytes = this.#capacity * BYTES_PER_PIXEL;
    const id = shm.get(IPC_PRIVATE, bytes, IPC_CREAT_0600);
    if (id < 0) throw new DesktopFailure("no-extension", "The system gives no shared memory (shmget failed).");
    this.#address = shm.attach(id, null, 0);
    koffi.encode(this.#info.pointer, SEGMENT_INFO, { shmseg: 0, shmid: id, shmaddr: this.#address, readOnly: 0 });
    this.#image = this.#createImage();
    this.#imageView = viewOf(this.#image, IMAGE.bytes);
    const refused = connection.attempt(() => x.attach(connection.display, this.#info.pointer));
    // marked for removal now: the system frees it when the last of us lets go, however we end
    shm.control(id, IPC_RMID, null);
    if (refused)
      throw new DesktopFailure("no-extension", "The X server refuses shared memory: it must run on this machine.");
    this.#check();
    this.pixels = new Int32Array(koffi.view(this.#address, bytes));
  }

  #createImage(): Pointer {
    const { display, screen } = this.#connection;
    const depth = x.defaultDepth(display, screen);
    if (depth !== 24 && depth !== 32)
      throw new DesktopFailure("no-extension", `The screen has ${depth} bits per pixel; 24 are needed.`);
    const visual = x.defaultVisual(display, screen);
    const image = x.createImage(display, visual, depth, Z_PIXMAP, this.#address, this.#info.pointer, 16, 1);
    if (!image)
      throw new DesktopFailure("no-extension", "The X server gives no shared image (XShmCreateImage failed).");
    return image;
  }

  /** The layout of XImage is part of Xlib's ABI; still, better a message than a wild write. */
  #check(): void {
    const view = this.#imageView;
    const asExpected =
      view.getInt32(IMAGE.width, true) === 16 &&
      view.getInt32(IMAGE.height, true) === 1 &&
      view.getInt32(IMAGE.bytesPerLine, true) === 16 * BYTES_PER_PIXEL &&
      view.getInt32(IMAGE.bitsPerPixel, true) === 32;
    if (!asExpected) throw new DesktopFailure("no-extension", "The screen's pixel format is not 32 bits BGRX.");
  }

  /** Brings a rectangle, which must lie inside the screen, into `pixels`. False: refused, e.g. the screen shrank. */
  fetch(left: number, top: number, width: number, height: number): boolean {
    if (width * height > this.#capacity) throw new RangeError("larger than the shared memory");
    this.#imageView.setInt32(IMAGE.width, width, true);
    this.#imageView.setInt32(IMAGE.height, height, true);
    this.#imageView.setInt32(IMAGE.bytesPerLine, width * BYTES_PER_PIXEL, true);
    return x.getImage(this.#connection.display, this.#connection.root, this.#image, left, top, ALL_PLANES) !== 0;
  }

  /** Before the connection is closed. */
  close(): void {
    if (!this.#connection.lost) {
      x.detach(this.#connection.display, this.#info.pointer);
      this.#connection.sync();
    }
    x.free(this.#image);
    shm.detach(this.#address);
    this.#info.free();
  }
}
