/** RandR: the monitors of an X display and their gamma ramps; and a note on the root window that outlives this process. */
import { loadLibrary, type Pointer } from "../library.ts";
import { copyOf, viewOf } from "../memory.ts";
import type { XConnection } from "./x11.ts";

const libX11 = loadLibrary({ file: "libX11.so.6", debianPackage: "libx11-6" });
const libXrandr = loadLibrary({ file: "libXrandr.so.2", debianPackage: "libxrandr2" });

const x = {
  free: libX11.func("int XFree(void *data)") as (data: Pointer) => number,
  internAtom: libX11.func("unsigned long XInternAtom(void *display, const char *name, int onlyIfExists)") as (
    display: Pointer,
    name: string,
    onlyIfExists: number,
  ) => number,
  createWindow: libX11.func(
    "unsigned long XCreateSimpleWindow(void *d, unsigned long parent, int x, int y, uint w, uint h, uint b, unsigned long border, unsigned long back)",
  ) as (...args: [Pointer, number, number, number, number, number, number, number, number]) => number,
  setOwner: libX11.func(
    "int XSetSelectionOwner(void *d, unsigned long selection, unsigned long w, unsigned long t)",
  ) as (...args: [Pointer, number, number, number]) => number,
  owner: libX11.func("unsigned long XGetSelectionOwner(void *display, unsigned long selection)") as (
    display: Pointer,
    selection: number,
  ) => number,
  changeProperty: libX11.func(
    "int XChangeProperty(void *d, unsigned long w, unsigned long p, unsigned long type, int format, int mode, void *data, int count)",
  ) as (...args: [Pointer, number, number, number, number, number, Uint8Array, number]) => number,
  deleteProperty: libX11.func("int XDeleteProperty(void *d, unsigned long w, unsigned long p)") as (
    ...args: [Pointer, number, number]
  ) => number,
  getProperty: libX11.func(
    "int XGetWindowProperty(void *d, unsigned long w, unsigned long p, long offset, long length, int del, unsigned long type, _Out_ unsigned long *actual, _Out_ int *format, _Out_ unsigned long *count, _Out_ unsigned long *after, _Out_ void **data)",
  ) as (
    ...args: [
      ...[Pointer, number, number, number, number, number, number],
      ...[number[], number[], number[], number[], (Pointer | null)[]],
    ]
  ) => number,
  queryVersion: libXrandr.func("int XRRQueryVersion(void *display, _Out_ int *major, _Out_ int *minor)") as (
    display: Pointer,
    major: number[],
    minor: number[],
  ) => number,
  selectInput: libXrandr.func("void XRRSelectInput(void *display, unsigned long window, int mask)") as (
    display: Pointer,
    window: number,
    mask: number,
  ) => void,
  resources: libXrandr.func("void *XRRGetScreenResourcesCurrent(void *display, unsigned long window)") as (
    display: Pointer,
    window: number,
  ) => Pointer | null,
  freeResources: libXrandr.func("void XRRFreeScreenResources(void *resources)") as (resources: Pointer) => void,
  crtcInfo: libXrandr.func("void *XRRGetCrtcInfo(void *display, void *resources, unsigned long crtc)") as (
    display: Pointer,
    resources: Pointer,
    crtc: number,
  ) => Pointer | null,
  freeCrtcInfo: libXrandr.func("void XRRFreeCrtcInfo(void *info)") as (info: Pointer) => void,
  gamma: libXrandr.func("void *XRRGetCrtcGamma(void *display, unsigned long crtc)") as (
    display: Pointer,
    crtc: number,
  ) => Pointer | null,
  gammaSize: libXrandr.func("int XRRGetCrtcGammaSize(void *display, unsigned long crtc)") as (
    display: Pointer,
    crtc: number,
  ) => number,
  allocGamma: libXrandr.func("void *XRRAllocGamma(int size)") as (size: number) => Pointer | null,
  setGamma: libXrandr.func("void XRRSetCrtcGamma(void *display, unsigned long crtc, void *gamma)") as (
    display: Pointer,
    crtc: number,
    gamma: Pointer,
  ) => void,
  freeGamma: libXrandr.func("void XRRFreeGamma(void *gamma)") as (gamma: Pointer) => void,
};

/** XRRScreenResources, XRRCrtcInfo and XRRCrtcGamma of Xrandr.h: what we read of them. */
const RESOURCES = { crtcCount: 16, crtcs: 24, bytes: 32 } as const;
const CRTC = { mode: 24, outputCount: 36, bytes: 40 } as const;
const GAMMA = { size: 0, red: 8, bytes: 32 } as const;
const XID_BYTES = 8;
/** RRScreenChangeNotifyMask | RRCrtcChangeNotifyMask | RROutputChangeNotifyMask */
const ALL_CHANGES = 7;
const XA_CARDINAL = 6;
const REPLACE = 0;
/** In units of four bytes: sixteen monitors with ramps of 4096. */
const MAX_NOTE_LONGS = 1 << 18;

/** Red, then green, then blue; each 0–65535. Empty: the monitor has no ramp. */
export type Ramp = Uint16Array<ArrayBuffer>;

/** Asks for events when monitors come, go or change. */
export function selectMonitorChanges(connection: XConnection): void {
  connection.extension("RANDR");
  x.queryVersion(connection.display, [0], [0]);
  x.selectInput(connection.display, connection.root, ALL_CHANGES);
}

/** The CRTCs that show something on some monitor. */
export function activeCrtcs({ display, root }: XConnection): number[] {
  const resources = x.resources(display, root);
  if (!resources) return [];
  const view = viewOf(resources, RESOURCES.bytes);
  const count = view.getInt32(RESOURCES.crtcCount, true);
  const list = count > 0 ? viewOf(view.getBigUint64(RESOURCES.crtcs, true), count * XID_BYTES) : undefined;
  const all = Array.from({ length: count }, (_, at) => Number(list?.getBigUint64(at * XID_BYTES, true)));
  const active = all.filter((crtc) => {
    const info = x.crtcInfo(display, resources, crtc);
    if (!info) return false;
    const facts = viewOf(info, CRTC.bytes);
    const shows = facts.getBigUint64(CRTC.mode, true) !== 0n && facts.getInt32(CRTC.outputCount, true) > 0;
    x.freeCrtcInfo(info);
    return shows;
  });
  x.freeResources(resources);
  return active;
}

export function readRamp({ display }: XConnection, crtc: number): Ramp {
  const empty = new Uint16Array(0);
  if (x.gammaSize(display, crtc) <= 0) return empty;
  const gamma = x.gamma(display, crtc);
  if (!gamma) return empty;
  const { size, samples } = rampOf(gamma);
  const ramp = new Uint16Array(copyOf(samples, size * 6).buffer);
  x.freeGamma(gamma);
  return ramp;
}

/** The monitor may be gone meanwhile: then nothing happens. */
export function writeRamp(connection: XConnection, crtc: number, ramp: Ramp): void {
  const gamma = x.allocGamma(ramp.length / 3);
  if (!gamma) return;
  const view = viewOf(rampOf(gamma).samples, ramp.byteLength);
  for (const [at, value] of ramp.entries()) view.setUint16(at * 2, value, true);
  connection.attempt(() => x.setGamma(connection.display, crtc, gamma));
  x.freeGamma(gamma);
}

/** XRRAllocGamma lays the three colours one behind the other in one block. */
function rampOf(gamma: Pointer): { size: number; samples: Pointer } {
  const view = viewOf(gamma, GAMMA.bytes);
  return { size: view.getInt32(GAMMA.size, true), samples: view.getBigUint64(GAMMA.red, true) };
}

/** A note that stays on the display when its writer dies, and a token that does not (ICCCM §2: the owner of a selection). */
export class RootNote {
  readonly #connection: XConnection;
  readonly #atom: number;

  constructor(connection: XConnection, name: string) {
    this.#connection = connection;
    this.#atom = x.internAtom(connection.display, name, 0);
  }

  get isOwned(): boolean {
    return x.owner(this.#connection.display, this.#atom) !== 0;
  }

  /** Until the connection is closed. */
  own(): void {
    const { display, root } = this.#connection;
    x.setOwner(display, this.#atom, x.createWindow(display, root, -1, -1, 1, 1, 0, 0, 0), 0);
  }

  read(): Uint8Array<ArrayBuffer> | undefined {
    const { display, root } = this.#connection;
    const [count, data] = [[0], [null] as (Pointer | null)[]];
    x.getProperty(display, root, this.#atom, 0, MAX_NOTE_LONGS, 0, XA_CARDINAL, [0], [0], count, [0], data);
    const [found] = data;
    if (!found) return undefined;
    const bytes = copyOf(found, count[0] ?? 0);
    x.free(found);
    return bytes.length > 0 ? bytes : undefined;
  }

  write(bytes: Uint8Array): void {
    const { display, root } = this.#connection;
    x.changeProperty(display, root, this.#atom, XA_CARDINAL, 8, REPLACE, bytes, bytes.length);
    this.#connection.sync();
  }

  remove(): void {
    x.deleteProperty(this.#connection.display, this.#connection.root, this.#atom);
    this.#connection.sync();
  }
}
