/** Input into an X display: XTest, the keyboard's map, and what an earlier process left pressed. */
import koffi from "koffi";
import { loadLibrary, type Pointer } from "../library.ts";
import { allocate, viewOf } from "../memory.ts";
import type { XConnection } from "./x11.ts";

const libX11 = loadLibrary({ file: "libX11.so.6", debianPackage: "libx11-6" });
const libXtst = loadLibrary({ file: "libXtst.so.6", debianPackage: "libxtst6" });
const libXi = loadLibrary({ file: "libXi.so.6", debianPackage: "libxi6" });

const x = {
  free: libX11.func("int XFree(void *data)") as (data: Pointer) => number,
  displayKeycodes: libX11.func("int XDisplayKeycodes(void *display, _Out_ int *min, _Out_ int *max)") as (
    display: Pointer,
    min: number[],
    max: number[],
  ) => number,
  getMapping: libX11.func(
    "void *XGetKeyboardMapping(void *display, uint8_t first, int count, _Out_ int *keysymsPerKeycode)",
  ) as (display: Pointer, first: number, count: number, perKeycode: number[]) => Pointer | null,
  changeMapping: libX11.func(
    "int XChangeKeyboardMapping(void *display, int first, int keysymsPerKeycode, void *keysyms, int count)",
  ) as (display: Pointer, first: number, perKeycode: number, keysyms: Pointer, count: number) => number,
  fakeKey: libXtst.func("int XTestFakeKeyEvent(void *display, uint keycode, int down, ulong delay)") as (
    ...args: [Pointer, number, number, number]
  ) => number,
  fakeButton: libXtst.func("int XTestFakeButtonEvent(void *display, uint button, int down, ulong delay)") as (
    ...args: [Pointer, number, number, number]
  ) => number,
  fakeMotion: libXtst.func("int XTestFakeMotionEvent(void *display, int screen, int x, int y, ulong delay)") as (
    ...args: [Pointer, number, number, number, number]
  ) => number,
  listDevices: libXi.func("void *XListInputDevices(void *display, _Out_ int *count)") as (
    display: Pointer,
    count: number[],
  ) => Pointer | null,
  freeDeviceList: libXi.func("void XFreeDeviceList(void *list)") as (list: Pointer) => void,
  openDevice: libXi.func("void *XOpenDevice(void *display, ulong id)") as (
    display: Pointer,
    id: number,
  ) => Pointer | null,
  closeDevice: libXi.func("int XCloseDevice(void *display, void *device)") as (
    display: Pointer,
    device: Pointer,
  ) => number,
  queryState: libXi.func("void *XQueryDeviceState(void *display, void *device)") as (
    display: Pointer,
    device: Pointer,
  ) => Pointer | null,
  freeState: libXi.func("void XFreeDeviceState(void *state)") as (state: Pointer) => void,
};

const xkb = {
  query: libX11.func(
    "int XkbQueryExtension(void *display, _Out_ int *opcode, _Out_ int *event, _Out_ int *error, _Inout_ int *major, _Inout_ int *minor)",
  ) as (
    display: Pointer,
    opcode: number[],
    event: number[],
    error: number[],
    major: number[],
    minor: number[],
  ) => number,
  state: libX11.func("int XkbGetState(void *display, uint device, _Out_ uint8_t *state)") as (
    display: Pointer,
    device: number,
    state: Uint8Array,
  ) => number,
  lock: libX11.func("int XkbLockModifiers(void *display, uint device, uint affect, uint values)") as (
    ...args: [Pointer, number, number, number]
  ) => number,
  modifiersOf: libX11.func("uint XkbKeysymToModifiers(void *display, ulong keysym)") as (
    display: Pointer,
    keysym: number,
  ) => number,
  select: libX11.func(
    "int XkbSelectEventDetails(void *display, uint device, uint event, ulong bits, ulong values)",
  ) as (...args: [Pointer, number, number, number, number]) => number,
};

/** XKB.h and keysymdef.h */
const CORE_KEYBOARD = 0x100;
const STATE_NOTIFY = 2;
const MODIFIER_LOCK_MASK = 1 << 3;
/** XkbStateRec: `locked_mods`, and room for the whole. */
const LOCKED_AT = 9;
const STATE_BYTES = 32;
const LOCK_MASK = 1 << 1;
const NUM_LOCK = 0xff7f;

/** Without Shift, and with it. */
const LEVELS = 2;
const KEYSYM_BYTES = koffi.sizeof("unsigned long");
/** XDeviceInfo and XDeviceState of XInput.h. */
const DEVICE_INFO = koffi.struct({
  id: "unsigned long",
  type: "unsigned long",
  name: "const char *",
  num_classes: "int",
  use: "int",
  inputclassinfo: "void *",
});
const DEVICE_STATE = koffi.struct({ device_id: "unsigned long", num_classes: "int", data: "void *" });
/** XKeyState and XButtonState: class, length, count, then one bit per keycode or button. */
const KEY_CLASS = 0;
const BUTTON_CLASS = 1;
const BITS_AT = 4;
const BITS_BYTES = 32;

export class XInput {
  readonly #connection: XConnection;
  readonly #display: Pointer;

  constructor(connection: XConnection) {
    connection.extension("XTEST");
    this.#connection = connection;
    this.#display = connection.display;
  }

  key(keycode: number, down: boolean): void {
    x.fakeKey(this.#display, keycode, down ? 1 : 0, 0);
  }

  button(button: number, down: boolean): void {
    x.fakeButton(this.#display, button, down ? 1 : 0, 0);
  }

  move(toX: number, toY: number): void {
    x.fakeMotion(this.#display, this.#connection.screen, toX, toY, 0);
  }

  /** Keycode → its keysyms, empty ones (NoSymbol, 0) left out. */
  keysyms(): Map<number, number[]> {
    const [min, max, perKeycode] = [[0], [0], [0]];
    x.displayKeycodes(this.#display, min, max);
    const first = min[0] ?? 8;
    const count = (max[0] ?? 255) - first + 1;
    const list = x.getMapping(this.#display, first, count, perKeycode);
    if (!list) return new Map();
    const width = perKeycode[0] ?? 0;
    const view = viewOf(list, count * width * KEYSYM_BYTES);
    const of = (code: number) =>
      Array.from({ length: width }, (_, level) => view.getUint32((code * width + level) * KEYSYM_BYTES, true));
    const map = new Map(
      Array.from({ length: count }, (_, code) => [first + code, of(code).filter((keysym) => keysym !== 0)]),
    );
    x.free(list);
    return map;
  }

  /**
   * The locks of the keyboard. `event`: the type of the event that says that they changed. Undefined: the server has no
   * XKB.
   */
  watchLocks(): { readonly event: number } | undefined {
    const event = [0];
    if (!xkb.query(this.#display, [0], event, [0], [1], [0])) return undefined;
    xkb.select(this.#display, CORE_KEYBOARD, STATE_NOTIFY, MODIFIER_LOCK_MASK, MODIFIER_LOCK_MASK);
    return { event: event[0] ?? 0 };
  }

  locks(): { caps: boolean; num: boolean } {
    const state = new Uint8Array(STATE_BYTES);
    xkb.state(this.#display, CORE_KEYBOARD, state);
    const locked = state[LOCKED_AT] ?? 0;
    return { caps: (locked & LOCK_MASK) !== 0, num: (locked & this.#numLockMask) !== 0 };
  }

  setLock(lock: "caps" | "num", on: boolean): void {
    const mask = lock === "caps" ? LOCK_MASK : this.#numLockMask;
    xkb.lock(this.#display, CORE_KEYBOARD, mask, on ? mask : 0);
  }

  /** Which modifier NumLock is stands in the keyboard's map; 0: none. */
  get #numLockMask(): number {
    return xkb.modifiersOf(this.#display, NUM_LOCK);
  }

  /**
   * Gives neighbouring keycodes one keysym each; 0 empties one. Every program is told by the server. It stands for Shift
   * too: of a letter that stands alone the server would make the capital itself, with Shift and with CapsLock.
   */
  mapKeycodes(first: number, keysyms: readonly number[]): void {
    const memory = allocate(keysyms.length * LEVELS * KEYSYM_BYTES);
    const view = new DataView(memory.bytes.buffer);
    keysyms.forEach((keysym, index) => {
      for (let level = 0; level < LEVELS; level++)
        view.setUint32((index * LEVELS + level) * KEYSYM_BYTES, keysym, true);
    });
    x.changeMapping(this.#display, first, LEVELS, memory.pointer, keysyms.length);
    this.#connection.sync();
    memory.free();
  }

  /**
   * What XTest devices hold down. The server keeps it when the process that pressed it dies; asked of the XTest
   * devices only, so that what a person holds at the office is left alone.
   */
  held(): { keycodes: number[]; buttons: number[] } {
    const held = { keycodes: [] as number[], buttons: [] as number[] };
    if (!this.#connection.findExtension("XInputExtension")) return held;
    const count = [0];
    const list = x.listDevices(this.#display, count);
    if (!list) return held;
    for (let index = 0; index < (count[0] ?? 0); index++) {
      const device = koffi.decode(list, index * koffi.sizeof(DEVICE_INFO), DEVICE_INFO) as { id: number; name: string };
      if (device.name.includes("XTEST")) this.#addHeld(device.id, held);
    }
    x.freeDeviceList(list);
    return held;
  }

  #addHeld(id: number, held: { keycodes: number[]; buttons: number[] }): void {
    const device = x.openDevice(this.#display, id);
    if (!device) return;
    const state = x.queryState(this.#display, device);
    if (state) {
      const { num_classes, data } = koffi.decode(state, DEVICE_STATE) as { num_classes: number; data: Pointer };
      for (let at = data, left = num_classes; left > 0; left--) {
        const view = viewOf(at, BITS_AT + BITS_BYTES);
        if (view.getUint8(0) === KEY_CLASS) held.keycodes.push(...setBits(view));
        if (view.getUint8(0) === BUTTON_CLASS) held.buttons.push(...setBits(view));
        at += BigInt(view.getUint8(1));
      }
      x.freeState(state);
    }
    x.closeDevice(this.#display, device);
  }
}

function setBits(view: DataView): number[] {
  return Array.from({ length: BITS_BYTES * 8 }, (_, bit) => bit).filter(
    (bit) => view.getUint8(BITS_AT + (bit >> 3)) & (1 << (bit & 7)),
  );
}
