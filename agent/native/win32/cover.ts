/**
 * The windows that cover the monitors of a Windows desktop: one for each, above everything, that no capture shows
 * (SetWindowDisplayAffinity) and that lets mouse and keyboard through. Belongs to the thread that makes it; when that ends,
 * however it ends, Windows takes the windows away.
 */
import koffi from "koffi";
import { DesktopFailure } from "../../desktop/problem.ts";
import { loadLibrary, type Pointer } from "../library.ts";
import { allocate } from "../memory.ts";
import { CoverMark } from "./cover-mark.ts";
import { fill, type Rect, writeWords } from "./paint.ts";
import { functionAddress, kernel32, refused, user32, wide } from "./win32.ts";

/** RECT of windef.h. */
koffi.struct("COVER_RECT", { left: "int32", top: "int32", right: "int32", bottom: "int32" });
koffi.proto("int __stdcall CoverMonitorProc(void *monitor, void *dc, void *area, intptr data)");
const WNDCLASSEXW = koffi.struct("COVER_WNDCLASSEXW", {
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
  ownModule: kernel32.func("void *__stdcall GetModuleHandleW(void *name)") as (name: null) => Pointer,
  registerClass: user32.func("uint16 __stdcall RegisterClassExW(COVER_WNDCLASSEXW *about)") as (
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
  topWindow: user32.func("void *__stdcall GetTopWindow(void *parent)") as (parent: null) => Pointer | null,
  nextWindow: user32.func("void *__stdcall GetWindow(void *window, uint32 which)") as (
    window: Pointer,
    which: number,
  ) => Pointer | null,
  isVisible: user32.func("int __stdcall IsWindowVisible(void *window)") as (window: Pointer) => number,
  windowRect: user32.func("int __stdcall GetWindowRect(void *window, _Out_ COVER_RECT *area)") as (
    window: Pointer,
    area: object,
  ) => number,
  enumMonitors: user32.func(
    "int __stdcall EnumDisplayMonitors(void *dc, void *clip, CoverMonitorProc *each, intptr data)",
  ) as (dc: null, clip: null, each: (monitor: Pointer, dc: Pointer, area: Pointer) => number, data: number) => number,
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

const dwmapi = loadLibrary({ file: "dwmapi.dll" });
const windowAttribute = dwmapi.func(
  "int32 __stdcall DwmGetWindowAttribute(void *window, uint32 what, _Out_ uint32 *value, uint32 size)",
) as (window: Pointer, what: number, value: number[], size: number) => number;

const CLASS_NAME = wide("EngawaCover");
const WS_POPUP = 0x8000_0000;
/** WS_EX_TOPMOST | WS_EX_TOOLWINDOW | WS_EX_NOACTIVATE */
const ABOVE_AND_ASIDE = 0x0800_0088;
/** WS_EX_LAYERED | WS_EX_TRANSPARENT: only both together let the mouse through to windows of other processes. */
const CLICK_THROUGH = 0x0008_0020;
const GWL_EXSTYLE = -20;
/** Windows 10 2004 and later; earlier ones would show a black rectangle in its place. */
const WDA_EXCLUDEFROMCAPTURE = 0x11;
const LWA_ALPHA = 2;
/**
 * Not 255: Windows lets programs stop drawing under a window that lets nothing through, and our picture would stand still. What
 * shines through is one step of 255.
 */
const ALPHA = 254;
const HWND_TOPMOST = -1;
/** SWP_NOSIZE | SWP_NOMOVE | SWP_NOACTIVATE | SWP_SHOWWINDOW */
const RAISE = 0x0053;
const GW_HWNDNEXT = 2;
const PM_REMOVE = 1;
const WM_PAINT = 0x000f;
const MSG_BYTES = 48;
/** DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2: positions are pixels on every monitor. */
const PER_MONITOR_V2 = -4;
const DWMWA_CLOAKED = 14;
/** COLORREF, 0x00BBGGRR. */
const DARK = 0x2a_20_18;

export class CoverWindows {
  readonly #words: string;
  readonly #hideFromCapture: (window: Pointer) => boolean;
  readonly #mark = new CoverMark();
  readonly #message = allocate(MSG_BYTES);
  #windows = new Map<Pointer, Rect>();

  /** `hideFromCapture`: Windows' own way unless told; false: refused. */
  constructor(words: string, { hideFromCapture = excludeFromCapture } = {}) {
    this.#words = words;
    this.#hideFromCapture = hideFromCapture;
    w.setThreadDpi(PER_MONITOR_V2);
    registerClass();
  }

  /** One window on each monitor, where there is not one already. Throws DesktopFailure "no-cover". True: something was new. */
  place(): boolean {
    const monitors = monitorAreas();
    const placed = [...this.#windows.values()];
    if (monitors.length === placed.length && monitors.every((area, at) => sameRect(area, placed[at]))) return false;
    this.#destroy();
    for (const area of monitors) this.#windows.set(this.#create(area), area);
    for (const [window, area] of this.#windows) this.#paint(window, area);
    return true;
  }

  #create(area: Rect): Pointer {
    const { left, top, right, bottom } = area;
    const size = [left, top, right - left, bottom - top] as const;
    const nothing = [null, null, null, null] as const;
    const window = w.createWindow(ABOVE_AND_ASIDE, CLASS_NAME, wide(""), WS_POPUP, ...size, ...nothing);
    if (!window) throw refused("CreateWindowEx", "no-cover");
    // before it is layered: Windows 10 2004 to 11 21H2 refuse it afterwards
    if (!this.#hideFromCapture(window)) {
      const failure = refused("SetWindowDisplayAffinity", "no-cover");
      w.destroyWindow(window);
      throw failure;
    }
    letThrough(window);
    return window;
  }

  /** Above everything that can be got above of. */
  raise(): void {
    for (const window of this.#windows.keys()) w.setPosition(window, HWND_TOPMOST, 0, 0, 0, 0, RAISE);
  }

  /** Some other visible window lies above one of ours. */
  get isOverlaid(): boolean {
    let ours = 0;
    for (
      let window = w.topWindow(null);
      window && ours < this.#windows.size;
      window = w.nextWindow(window, GW_HWNDNEXT)
    ) {
      if (this.#windows.has(window)) ours += 1;
      else if (w.isVisible(window) && !isCloaked(window) && this.#touches(window)) return true;
    }
    return ours < this.#windows.size;
  }

  #touches(window: Pointer): boolean {
    const area = { left: 0, top: 0, right: 0, bottom: 0 };
    if (!w.windowRect(window, area) || area.left >= area.right || area.top >= area.bottom) return false;
    return [...this.#windows.values()].some(
      (own) => area.left < own.right && area.right > own.left && area.top < own.bottom && area.bottom > own.top,
    );
  }

  /** A picture of the screen, taken as our capture takes it (GDI), shows the mark of one of ours. */
  get isCaptured(): boolean {
    const dc = w.getDc(null);
    if (!dc) return true;
    try {
      return [...this.#windows.values()].some((area) => this.#mark.isAt(dc, area));
    } finally {
      w.releaseDc(null, dc);
    }
  }

  /** To be called often, by the thread that made it. */
  pump(): void {
    const view = new DataView(this.#message.bytes.buffer, this.#message.bytes.byteOffset, MSG_BYTES);
    while (w.peekMessage(this.#message.pointer, null, 0, 0, PM_REMOVE)) {
      w.dispatch(this.#message.pointer);
      const window = view.getBigUint64(0, true);
      const area = this.#windows.get(window);
      if (area && view.getUint32(8, true) === WM_PAINT) this.#paint(window, area);
    }
  }

  #paint(window: Pointer, screenArea: Rect): void {
    const dc = w.getDc(window);
    if (!dc) return;
    const area = {
      left: 0,
      top: 0,
      right: screenArea.right - screenArea.left,
      bottom: screenArea.bottom - screenArea.top,
    };
    fill(dc, area, DARK);
    this.#mark.paint(dc, area);
    writeWords(dc, area, this.#words);
    w.releaseDc(window, dc);
  }

  #destroy(): void {
    for (const window of this.#windows.keys()) w.destroyWindow(window);
    this.#windows = new Map();
  }

  close(): void {
    this.#destroy();
    this.#message.free();
  }
}

const excludeFromCapture = (window: Pointer): boolean => w.setAffinity(window, WDA_EXCLUDEFROMCAPTURE) !== 0;

function letThrough(window: Pointer): void {
  w.setLong(window, GWL_EXSTYLE, w.getLong(window, GWL_EXSTYLE) | CLICK_THROUGH);
  if (!w.setAlpha(window, 0, ALPHA, LWA_ALPHA)) throw refused("SetLayeredWindowAttributes", "no-cover");
}

/** Visible by its flags, and shown by nobody: a suspended app, a window on another virtual desktop. */
function isCloaked(window: Pointer): boolean {
  const cloaked = [0];
  return windowAttribute(window, DWMWA_CLOAKED, cloaked, 4) === 0 && cloaked[0] !== 0;
}

function registerClass(): void {
  const procedure = functionAddress("user32.dll", "DefWindowProcW");
  if (!procedure) throw new DesktopFailure("no-cover", "Windows has no DefWindowProcW.");
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
    lpszClassName: CLASS_NAME,
    hIconSm: null,
  });
}

function monitorAreas(): Rect[] {
  const areas: Rect[] = [];
  w.enumMonitors(
    null,
    null,
    (_monitor, _dc, area) => {
      areas.push(koffi.decode(area, "COVER_RECT") as Rect);
      return 1;
    },
    0,
  );
  return areas;
}

const sameRect = (a: Rect, b: Rect | undefined): boolean =>
  a.left === b?.left && a.top === b.top && a.right === b.right && a.bottom === b.bottom;
