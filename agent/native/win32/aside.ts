/**
 * Windows of ours on somebody's screen, that stay aside: above the others, not in the taskbar, never in front for the keyboard, and
 * letting the mouse through. Each belongs to the thread that makes it; when that ends, however it ends, Windows takes it away.
 */
import koffi from "koffi";
import { DesktopFailure } from "../../desktop/problem.ts";
import type { Pointer } from "../library.ts";
import { allocate } from "../memory.ts";
import type { Rect } from "./paint.ts";
import { functionAddress, kernel32, refused, user32, wide } from "./win32.ts";

/** RECT of windef.h. */
koffi.struct("ASIDE_RECT", { left: "int32", top: "int32", right: "int32", bottom: "int32" });
koffi.proto("int __stdcall AsideMonitorProc(void *monitor, void *dc, void *area, intptr data)");
const WNDCLASSEXW = koffi.struct("ASIDE_WNDCLASSEXW", {
  cbSize: "uint32",
  style: "uint32",
  lpfnWndProc: "void *",
  cbClsExtra: "int32",
  cbWndExtra: "int32",
  hInstance: "void *",
  hIcon: "void *",
  hCursor: "void *",
  hbrBackground: "void *",
  lpszMenuName: "void *",
  lpszClassName: "void *",
  hIconSm: "void *",
});

const w = {
  enumMonitors: user32.func(
    "int __stdcall EnumDisplayMonitors(void *dc, void *clip, AsideMonitorProc *each, intptr data)",
  ) as (dc: null, clip: null, each: (monitor: Pointer, dc: Pointer, area: Pointer) => number, data: number) => number,
  ownModule: kernel32.func("void *__stdcall GetModuleHandleW(void *name)") as (name: null) => Pointer,
  registerClass: user32.func("uint16 __stdcall RegisterClassExW(ASIDE_WNDCLASSEXW *about)") as (
    about: object,
  ) => number,
  createWindow: user32.func(
    "void *__stdcall CreateWindowExW(uint32 ex, void *cls, void *title, uint32 style, int x, int y, int w, int h, void *parent, void *menu, void *instance, void *param)",
  ) as (...args: [number, Buffer, Buffer, number, ...[number, number, number, number], ...unknown[]]) => Pointer | null,
  destroyWindow: user32.func("int __stdcall DestroyWindow(void *window)") as (window: Pointer) => number,
  setAffinity: user32.func("int __stdcall SetWindowDisplayAffinity(void *window, uint32 affinity)") as (
    window: Pointer,
    affinity: number,
  ) => number,
  getLong: user32.func("int64 __stdcall GetWindowLongPtrW(void *window, int index)") as (
    window: Pointer,
    index: number,
  ) => number,
  setLong: user32.func("int64 __stdcall SetWindowLongPtrW(void *window, int index, int64 value)") as (
    window: Pointer,
    index: number,
    value: number,
  ) => number,
  setAlpha: user32.func(
    "int __stdcall SetLayeredWindowAttributes(void *window, uint32 key, uint8 alpha, uint32 flags)",
  ) as (window: Pointer, key: number, alpha: number, flags: number) => number,
  setPosition: user32.func(
    "int __stdcall SetWindowPos(void *window, intptr after, int x, int y, int w, int h, uint32 flags)",
  ) as (...args: [Pointer, number, number, number, number, number, number]) => number,
  peekMessage: user32.func(
    "int __stdcall PeekMessageW(void *message, void *window, uint32 from, uint32 to, uint32 remove)",
  ) as (message: Pointer, window: null, from: number, to: number, remove: number) => number,
  dispatch: user32.func("int64 __stdcall DispatchMessageW(void *message)") as (message: Pointer) => number,
  setThreadDpi: user32.func("void *__stdcall SetThreadDpiAwarenessContext(intptr context)") as (
    context: number,
  ) => Pointer | null,
  getDc: user32.func("void *__stdcall GetDC(void *window)") as (window: Pointer | null) => Pointer | null,
  releaseDc: user32.func("int __stdcall ReleaseDC(void *window, void *dc)") as (
    window: Pointer | null,
    dc: Pointer,
  ) => number,
};

const WS_POPUP = 0x8000_0000;
/** WS_EX_TOPMOST | WS_EX_TOOLWINDOW | WS_EX_NOACTIVATE */
const ABOVE_AND_ASIDE = 0x0800_0088;
/** WS_EX_LAYERED | WS_EX_TRANSPARENT: only both together let the mouse through to windows of other processes. */
const CLICK_THROUGH = 0x0008_0020;
const GWL_EXSTYLE = -20;
/** Windows 10 2004 and later; earlier ones would show a black rectangle in its place. */
const WDA_EXCLUDEFROMCAPTURE = 0x11;
const LWA_ALPHA = 2;
const HWND_TOPMOST = -1;
/** SWP_NOSIZE | SWP_NOMOVE | SWP_NOACTIVATE | SWP_SHOWWINDOW */
const RAISE = 0x0053;
/** SWP_NOACTIVATE | SWP_SHOWWINDOW */
const RAISE_AT = 0x0050;
const PM_REMOVE = 1;
const WM_PAINT = 0x000f;
const MSG_BYTES = 48;
/** DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2: positions are pixels on every monitor. */
const PER_MONITOR_V2 = -4;

/** Once in each thread that makes windows. Throws DesktopFailure `code`. */
export function prepareThread(className: string, code: DesktopFailure["code"]): void {
  w.setThreadDpi(PER_MONITOR_V2);
  const procedure = functionAddress("user32.dll", "DefWindowProcW");
  if (!procedure) throw new DesktopFailure(code, "Windows has no DefWindowProcW.");
  // a second registration of the same class is refused, and not needed
  w.registerClass({
    cbSize: koffi.sizeof(WNDCLASSEXW),
    style: 0,
    lpfnWndProc: procedure,
    cbClsExtra: 0,
    cbWndExtra: 0,
    hInstance: w.ownModule(null),
    hIcon: null,
    hCursor: null,
    hbrBackground: null,
    lpszMenuName: null,
    lpszClassName: wide(className),
    hIconSm: null,
  });
}

export function createAside(className: string, { left, top, right, bottom }: Rect): Pointer | null {
  const size = [left, top, right - left, bottom - top] as const;
  const nothing = [null, null, null, null] as const;
  return w.createWindow(ABOVE_AND_ASIDE, wide(className), wide(""), WS_POPUP, ...size, ...nothing);
}

export const destroyWindow = (window: Pointer): void => void w.destroyWindow(window);

export function monitorAreas(): Rect[] {
  const areas: Rect[] = [];
  w.enumMonitors(
    null,
    null,
    (_monitor, _dc, area) => {
      areas.push(koffi.decode(area, "ASIDE_RECT") as Rect);
      return 1;
    },
    0,
  );
  return areas;
}

/** False: this Windows cannot. */
export const excludeFromCapture = (window: Pointer): boolean => w.setAffinity(window, WDA_EXCLUDEFROMCAPTURE) !== 0;

/** Mouse and keyboard, that is; `alpha` of 255. */
export function letThrough(window: Pointer, alpha: number, code: DesktopFailure["code"]): void {
  w.setLong(window, GWL_EXSTYLE, w.getLong(window, GWL_EXSTYLE) | CLICK_THROUGH);
  if (!w.setAlpha(window, 0, alpha, LWA_ALPHA)) throw refused("SetLayeredWindowAttributes", code);
}

/** Above everything that can be got above of; and there, where that is told. */
export function raise(window: Pointer, area?: Rect): void {
  if (!area) w.setPosition(window, HWND_TOPMOST, 0, 0, 0, 0, RAISE);
  else {
    const { left, top, right, bottom } = area;
    w.setPosition(window, HWND_TOPMOST, left, top, right - left, bottom - top, RAISE_AT);
  }
}

/** With the window's device context, or the screen's (null), where there is one. */
export function withDc<T>(window: Pointer | null, use: (dc: Pointer) => T): T | undefined {
  const dc = w.getDc(window);
  if (!dc) return undefined;
  try {
    return use(dc);
  } finally {
    w.releaseDc(window, dc);
  }
}

/** Takes a thread's messages, which nobody else does. */
export class MessagePump {
  readonly #message = allocate(MSG_BYTES);

  /** To be called often. `painted`: this window has to be painted. */
  pump(painted: (window: Pointer) => void): void {
    const view = new DataView(this.#message.bytes.buffer, this.#message.bytes.byteOffset, MSG_BYTES);
    while (w.peekMessage(this.#message.pointer, null, 0, 0, PM_REMOVE)) {
      w.dispatch(this.#message.pointer);
      if (view.getUint32(8, true) === WM_PAINT) painted(view.getBigUint64(0, true));
    }
  }

  close(): void {
    this.#message.free();
  }
}
