/**
 * One connection to an X server. All Xlib calls are made on the main thread, so XInitThreads is not needed and the
 * error handlers run where they were set.
 *
 * The connection's socket is watched by the event loop itself (uv_poll through koffi), not by a timer and not by a
 * thread that sits in poll(2): an idle screen costs nothing, and no thread of libuv's pool is kept from the encoder.
 */
import koffi, { type node } from "koffi";
import { DesktopFailure } from "../../desktop/problem.ts";
import { loadLibrary, type Pointer } from "../library.ts";
import { allocate } from "../memory.ts";

const lib = loadLibrary({ file: "libX11.so.6", debianPackage: "libx11-6" });
const xlib = {
  openDisplay: lib.func("void *XOpenDisplay(const char *name)") as (name: string) => Pointer | null,
  closeDisplay: lib.func("int XCloseDisplay(void *display)") as (display: Pointer) => number,
  defaultScreen: lib.func("int XDefaultScreen(void *display)") as (display: Pointer) => number,
  rootWindow: lib.func("unsigned long XDefaultRootWindow(void *display)") as (display: Pointer) => number,
  displayWidth: lib.func("int XDisplayWidth(void *display, int screen)") as (d: Pointer, screen: number) => number,
  displayHeight: lib.func("int XDisplayHeight(void *display, int screen)") as (d: Pointer, screen: number) => number,
  connectionNumber: lib.func("int XConnectionNumber(void *display)") as (display: Pointer) => number,
  pending: lib.func("int XPending(void *display)") as (display: Pointer) => number,
  nextEvent: lib.func("int XNextEvent(void *display, void *event)") as (display: Pointer, event: Pointer) => number,
  selectInput: lib.func("int XSelectInput(void *display, unsigned long window, long mask)") as (
    display: Pointer,
    window: number,
    mask: number,
  ) => number,
  sync: lib.func("int XSync(void *display, int discard)") as (display: Pointer, discard: number) => number,
  flush: lib.func("int XFlush(void *display)") as (display: Pointer) => number,
  queryExtension: lib.func(
    "int XQueryExtension(void *display, const char *name, _Out_ int *opcode, _Out_ int *event, _Out_ int *error)",
  ) as (display: Pointer, name: string, opcode: number[], event: number[], error: number[]) => number,
  setErrorHandler: lib.func("void *XSetErrorHandler(void *handler)") as (handler: Pointer) => void,
  setIoErrorHandler: lib.func("void *XSetIOErrorHandler(void *handler)") as (handler: Pointer) => void,
  setIoErrorExitHandler: lib.func("void XSetIOErrorExitHandler(void *display, void *handler, void *data)") as (
    display: Pointer,
    handler: Pointer,
    data: null,
  ) => void,
};

/** XErrorEvent of Xlib.h: what the server refused. */
interface XError {
  readonly request: number;
  readonly error: number;
}

// Xlib's handlers are per process, so what they saw is too. Error handler: called by Xlib inside one of our calls.
let lastError: XError | undefined;
const broken = new Set<Pointer>();
const onError = koffi.register(
  (_display: Pointer, event: Pointer) => {
    const view = new DataView(koffi.view(event, 40));
    lastError = { error: view.getUint8(32), request: view.getUint8(33) };
    return 0;
  },
  koffi.pointer(koffi.proto("int XErrorHandler(void *display, void *event)")),
);
const onIoError = koffi.register(
  (display: Pointer) => {
    broken.add(display);
    return 0;
  },
  koffi.pointer(koffi.proto("int XIOErrorHandler(void *display)")),
);
// libX11 ≥ 1.7 lets a process survive a lost display: without this handler it would call exit(1) here.
const onIoErrorExit = koffi.register(
  () => undefined,
  koffi.pointer(koffi.proto("void XIOErrorExitHandler(void *display, void *data)")),
);
xlib.setErrorHandler(onError);
xlib.setIoErrorHandler(onIoError);

export interface Extension {
  readonly opcode: number;
  readonly firstEvent: number;
}

/** sizeof(XEvent): 24 longs. */
const X_EVENT_BYTES = 192;
const STRUCTURE_NOTIFY_MASK = 1 << 17;
export const CONFIGURE_NOTIFY = 22;
export const GENERIC_EVENT = 35;
/** XConfigureEvent of Xlib.h. */
const CONFIGURE_WIDTH_AT = 56;
const CONFIGURE_HEIGHT_AT = 60;

export interface XHandlers {
  /** `event` is an XEvent, valid during the call. */
  event(type: number, event: DataView): void;
  /** After a batch of events has been handed over. */
  drained(): void;
  /** The server went away. Nothing else is called afterwards. */
  lost(): void;
}

export class XConnection {
  readonly #display: Pointer;
  readonly screen: number;
  readonly root: number;
  readonly name: string;
  readonly #event = allocate(X_EVENT_BYTES);
  readonly #eventView = new DataView(this.#event.bytes.buffer);
  #size: { width: number; height: number };
  #poll: node.PollHandle | undefined;
  #soon: NodeJS.Immediate | undefined;
  #handlers: XHandlers | undefined;
  #lostSaid = false;
  #closed = false;

  private constructor(name: string, display: Pointer) {
    this.name = name;
    this.#display = display;
    this.screen = xlib.defaultScreen(display);
    this.root = xlib.rootWindow(display);
    broken.delete(display);
    xlib.setIoErrorExitHandler(display, onIoErrorExit, null);
    this.#size = { width: xlib.displayWidth(display, this.screen), height: xlib.displayHeight(display, this.screen) };
  }

  /** Undefined when the server does not answer or refuses us. */
  static open(name: string): XConnection | undefined {
    const display = xlib.openDisplay(name);
    return display ? new XConnection(name, display) : undefined;
  }

  /**
   * For a request. While Xlib waits for an answer or for room it reads events into its own queue, where the socket's
   * readability does not show them any more: whoever made a request, they are handed over in the turn after it.
   */
  get display(): Pointer {
    this.#drainSoon();
    return this.#display;
  }

  /** Pixels; follows changes of mode after selectScreenSize(), as far as events have been handed over. */
  get size(): { width: number; height: number } {
    return this.#size;
  }

  get lost(): boolean {
    return broken.has(this.#display);
  }

  /** What the server knows under this name; throws DesktopFailure "no-extension" when it does not. */
  extension(name: string): Extension {
    const found = this.findExtension(name);
    if (found) return found;
    throw new DesktopFailure("no-extension", `The X server ${this.name} does not have the extension ${name}.`);
  }

  findExtension(name: string): Extension | undefined {
    const [opcode, event, error] = [[0], [0], [0]];
    if (!xlib.queryExtension(this.display, name, opcode, event, error)) return undefined;
    return { opcode: opcode[0] ?? 0, firstEvent: event[0] ?? 0 };
  }

  /** Runs a call that the server may refuse, and waits for its verdict. */
  attempt(call: () => void): XError | undefined {
    xlib.sync(this.display, 0);
    lastError = undefined;
    call();
    xlib.sync(this.display, 0);
    const error = lastError;
    lastError = undefined;
    return error;
  }

  /** Asks for ConfigureNotify of the root window: RandR tells a new size so. */
  selectScreenSize(): void {
    xlib.selectInput(this.display, this.root, STRUCTURE_NOTIFY_MASK);
  }

  flush(): void {
    xlib.flush(this.display);
  }

  sync(): void {
    xlib.sync(this.display, 0);
  }

  /** Begins to hand over events, as they come. */
  watch(handlers: XHandlers): void {
    this.#handlers = handlers;
    this.#poll = koffi.node.poll(xlib.connectionNumber(this.#display), { readable: true, disconnect: true }, () =>
      this.#drain(),
    );
    this.#drain();
  }

  #drainSoon(): void {
    if (!this.#poll) return;
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined;
      this.#drain();
    });
  }

  /** Hands over what has arrived. */
  #drain(): void {
    let any = false;
    while (!this.#closed && !this.lost && xlib.pending(this.#display) > 0) {
      xlib.nextEvent(this.#display, this.#event.pointer);
      if (this.lost) break;
      any = true;
      const type = this.#eventView.getInt32(0, true);
      if (type === CONFIGURE_NOTIFY) this.#configured();
      this.#handlers?.event(type, this.#eventView);
    }
    if (this.#closed) return;
    if (this.lost) this.#sayLost();
    else if (any) this.#handlers?.drained();
  }

  #configured(): void {
    const event = this.#eventView;
    this.#size = { width: event.getInt32(CONFIGURE_WIDTH_AT, true), height: event.getInt32(CONFIGURE_HEIGHT_AT, true) };
  }

  #sayLost(): void {
    if (this.#lostSaid) return;
    this.#lostSaid = true;
    this.#stopWatching();
    this.#handlers?.lost();
  }

  #stopWatching(): void {
    clearImmediate(this.#soon);
    this.#soon = undefined;
    this.#poll?.close();
    this.#poll = undefined;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopWatching();
    xlib.closeDisplay(this.#display);
    broken.delete(this.#display);
    this.#event.free();
  }
}
