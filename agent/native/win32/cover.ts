/**
 * The windows that cover the monitors of a Windows desktop: one for each, above everything, that no capture shows
 * (SetWindowDisplayAffinity) and that lets mouse and keyboard through. Belongs to the thread that makes it; when that ends,
 * however it ends, Windows takes the windows away.
 */
import koffi from "koffi";
import { loadLibrary, type Pointer } from "../library.ts";
import {
  createAside,
  destroyWindow,
  excludeFromCapture,
  letThrough,
  MessagePump,
  monitorAreas,
  prepareThread,
  raise,
  withDc,
} from "./aside.ts";
import { CoverMark } from "./cover-mark.ts";
import { fill, type Rect, writeWords } from "./paint.ts";
import { refused, user32 } from "./win32.ts";

/** RECT of windef.h. */
koffi.struct("COVER_RECT", { left: "int32", top: "int32", right: "int32", bottom: "int32" });

const w = {
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
};

const dwmapi = loadLibrary({ file: "dwmapi.dll" });
const windowAttribute = dwmapi.func(
  "int32 __stdcall DwmGetWindowAttribute(void *window, uint32 what, _Out_ uint32 *value, uint32 size)",
) as (window: Pointer, what: number, value: number[], size: number) => number;

const CLASS_NAME = "EngawaCover";
/**
 * Not 255: Windows lets programs stop drawing under a window that lets nothing through, and our picture would stand still. What
 * shines through is one step of 255.
 */
const ALPHA = 254;
const GW_HWNDNEXT = 2;
const DWMWA_CLOAKED = 14;
/** COLORREF, 0x00BBGGRR. */
const DARK = 0x2a_20_18;

export class CoverWindows {
  readonly #words: string;
  readonly #hideFromCapture: (window: Pointer) => boolean;
  readonly #mark = new CoverMark();
  readonly #messages = new MessagePump();
  #windows = new Map<Pointer, Rect>();

  /** `hideFromCapture`: Windows' own way unless told; false: refused. */
  constructor(words: string, { hideFromCapture = excludeFromCapture } = {}) {
    this.#words = words;
    this.#hideFromCapture = hideFromCapture;
    prepareThread(CLASS_NAME, "no-cover");
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
    const window = createAside(CLASS_NAME, area);
    if (!window) throw refused("CreateWindowEx", "no-cover");
    // before it is layered: Windows 10 2004 to 11 21H2 refuse it afterwards
    if (!this.#hideFromCapture(window)) {
      const failure = refused("SetWindowDisplayAffinity", "no-cover");
      destroyWindow(window);
      throw failure;
    }
    letThrough(window, ALPHA, "no-cover");
    return window;
  }

  /** Above everything that can be got above of. */
  raise(): void {
    for (const window of this.#windows.keys()) raise(window);
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
    return withDc(null, (dc) => [...this.#windows.values()].some((area) => this.#mark.isAt(dc, area))) ?? true;
  }

  /** To be called often, by the thread that made it. */
  pump(): void {
    this.#messages.pump((window) => {
      const area = this.#windows.get(window);
      if (area) this.#paint(window, area);
    });
  }

  #paint(window: Pointer, screenArea: Rect): void {
    const area = {
      left: 0,
      top: 0,
      right: screenArea.right - screenArea.left,
      bottom: screenArea.bottom - screenArea.top,
    };
    withDc(window, (dc) => {
      fill(dc, area, DARK);
      this.#mark.paint(dc, area);
      writeWords(dc, area, this.#words);
    });
  }

  #destroy(): void {
    for (const window of this.#windows.keys()) destroyWindow(window);
    this.#windows = new Map();
  }

  close(): void {
    this.#destroy();
    this.#messages.close();
  }
}

/** Visible by its flags, and shown by nobody: a suspended app, a window on another virtual desktop. */
function isCloaked(window: Pointer): boolean {
  const cloaked = [0];
  return windowAttribute(window, DWMWA_CLOAKED, cloaked, 4) === 0 && cloaked[0] !== 0;
}

const sameRect = (a: Rect, b: Rect | undefined): boolean =>
  a.left === b?.left && a.top === b.top && a.right === b.right && a.bottom === b.bottom;
