/** A window over the whole Windows screen that notes what reaches it: keys, buttons, wheel, characters. Runs in the Windows node.exe. */
import koffi from "koffi";
import { loadLibrary } from "../../agent/native/library.ts";
import { kernel32, user32 } from "../../agent/native/win32/win32.ts";
import { KEYS } from "../../agent/screen/input/keys.ts";
import { KEY_CODES, type PhysicalKey } from "../../signaling/protocol/keys.ts";

const imm32 = loadLibrary({ file: "imm32.dll" });
const POINT = koffi.struct({ x: "int32", y: "int32" });
const MSG = koffi.struct({
  hwnd: "void *",
  message: "uint32",
  wParam: "uintptr",
  lParam: "intptr",
  time: "uint32",
  point: POINT,
  private: "uint32",
});
const WindowProcedure = koffi.proto("intptr __stdcall WindowProcedure(void *, uint32, uintptr, intptr)");
const WNDCLASSEXW = koffi.struct({
  size: "uint32",
  style: "uint32",
  procedure: koffi.pointer(WindowProcedure),
  classExtra: "int32",
  windowExtra: "int32",
  instance: "void *",
  icon: "void *",
  cursor: "void *",
  background: "void *",
  menuName: "str16",
  className: "str16",
  smallIcon: "void *",
});
const win = {
  moduleHandle: kernel32.func("GetModuleHandleW", "void *", ["str16"]),
  registerClass: user32.func("RegisterClassExW", "uint16", [koffi.pointer(WNDCLASSEXW)]),
  unregisterClass: user32.func("UnregisterClassW", "int", ["str16", "void *"]),
  createWindow: user32.func(
    "void * __stdcall CreateWindowExW(uint32, str16, str16, uint32, int, int, int, int, void *, void *, void *, void *)",
  ),
  destroyWindow: user32.func("int __stdcall DestroyWindow(void *)"),
  setForeground: user32.func("int __stdcall SetForegroundWindow(void *)"),
  peek: user32.func("PeekMessageW", "int", [koffi.out(koffi.pointer(MSG)), "void *", "uint32", "uint32", "uint32"]),
  translate: user32.func("TranslateMessage", "int", [koffi.pointer(MSG)]),
  dispatch: user32.func("DispatchMessageW", "intptr", [koffi.pointer(MSG)]),
  defaultProcedure: user32.func("intptr __stdcall DefWindowProcW(void *, uint32, uintptr, intptr)"),
  cursorPosition: user32.func("GetCursorPos", "int", [koffi.out(koffi.pointer(POINT))]),
  inputContext: imm32.func("void *__stdcall ImmGetContext(void *window)"),
  setOpenStatus: imm32.func("int __stdcall ImmSetOpenStatus(void *context, int open)"),
  releaseContext: imm32.func("int __stdcall ImmReleaseContext(void *window, void *context)"),
  foreground: user32.func("void * __stdcall GetForegroundWindow()"),
  findWindow: user32.func("FindWindowW", "void *", ["str16", "str16"]),
  findChild: user32.func("FindWindowExW", "void *", ["void *", "void *", "str16", "str16"]),
  sendMessage: user32.func("intptr __stdcall SendMessageW(void *, uint32, uintptr, void *)"),
  setPosition: user32.func("int __stdcall SetWindowPos(void *, void *, int, int, int, int, uint32)"),
  systemMetrics: user32.func("int __stdcall GetSystemMetrics(int index)") as (index: number) => number,
  asyncKeyState: user32.func("int16 __stdcall GetAsyncKeyState(int)") as (virtualKey: number) => number,
};

const SM_XVIRTUALSCREEN = 76;
const SM_YVIRTUALSCREEN = 77;
const CLASS = "EngawaWitness";
const POPUP_VISIBLE = 0x90000000;
/** SWP_NOSIZE, SWP_NOZORDER */
const SAME_SIZE_AND_ORDER = 0x5;
const TOPMOST = 0x8;
const WM_GETTEXT = 0x0d;
const MAX_TEXT_UNITS = 1024;
const WM_KEYDOWN = 0x100;
const WM_KEYUP = 0x101;
const WM_CHAR = 0x102;
const WM_SYSKEYDOWN = 0x104;
const WM_SYSKEYUP = 0x105;
/** WM_LBUTTONDOWN … WM_MOUSEHWHEEL */
const MOUSE: Readonly<Record<number, string>> = {
  513: "left down",
  514: "left up",
  516: "right down",
  517: "right up",
  519: "middle down",
  520: "middle up",
  522: "wheel",
  523: "extra down",
  524: "extra up",
  526: "horizontal wheel",
};

const codes = new Map(KEY_CODES.map((code) => [`${KEYS[code].scan} ${KEYS[code].extended}`, code]));

/** The top left corner of all monitors together; left of the main one it is negative. */
const cornerOfAll = () => ({ x: win.systemMetrics(SM_XVIRTUALSCREEN), y: win.systemMetrics(SM_YVIRTUALSCREEN) });

export class WitnessWindow {
  /** What a program is told of the mouse: a button with its number if it is extra, a turn in units of 120 to a notch. */
  readonly mouse: string[] = [];
  /** WM_CHAR, UTF-16 units put together. */
  text = "";
  /** Every time a key went down, its repetitions too. */
  readonly downs: PhysicalKey[] = [];
  /** What Windows takes the key that went down last for, e.g. 0x1c, VK_CONVERT. */
  virtualKey = 0;
  readonly #held = new Set<PhysicalKey>();
  readonly #procedure: bigint;
  readonly #instance: unknown;
  readonly #window: unknown;

  constructor(size: { width: number; height: number }) {
    this.#procedure = koffi.register(
      (window: unknown, message: number, wParam: number | bigint, lParam: number | bigint) =>
        this.#receive(message, Number(wParam), Number(BigInt.asUintN(32, BigInt(lParam))))
          ? 0
          : win.defaultProcedure(window, message, wParam, lParam),
      koffi.pointer(WindowProcedure),
    );
    this.#instance = win.moduleHandle(null);
    win.registerClass({
      size: koffi.sizeof(WNDCLASSEXW),
      style: 0,
      procedure: this.#procedure,
      classExtra: 0,
      windowExtra: 0,
      instance: this.#instance,
      icon: null,
      cursor: null,
      background: null,
      menuName: null,
      className: CLASS,
      smallIcon: null,
    });
    const { width, height } = size;
    this.#window = win.createWindow(
      TOPMOST,
      CLASS,
      CLASS,
      POPUP_VISIBLE,
      cornerOfAll().x,
      cornerOfAll().y,
      width,
      height,
      null,
      null,
      this.#instance,
      null,
    );
    win.setForeground(this.#window);
    this.#pump();
  }

  /** True: done with. Windows would open a menu at Alt and F10. */
  #receive(message: number, wParam: number, lParam: number): boolean {
    if (message === WM_CHAR) this.text += String.fromCharCode(wParam);
    const isDown = message === WM_KEYDOWN || message === WM_SYSKEYDOWN;
    if (isDown || message === WM_KEYUP || message === WM_SYSKEYUP) {
      const code = codes.get(`${(lParam >>> 16) & 0xff} ${((lParam >>> 24) & 1) === 1}`);
      if (isDown) this.virtualKey = wParam;
      if (code && isDown) this.downs.push(code);
      if (code && isDown) this.#held.add(code);
      else if (code) this.#held.delete(code);
      return true;
    }
    const what = MOUSE[message];
    if (!what) return false;
    const high = (wParam << 0) >> 16;
    this.mouse.push(/wheel|extra/.test(what) ? `${what} ${high}` : what);
    return true;
  }

  #pump(): void {
    const message = {};
    while (win.peek(message, null, 0, 0, 1)) {
      win.translate(message);
      win.dispatch(message);
    }
  }

  /** Turns this window's input method on, as 半角/全角 does. */
  openInputMethod(): void {
    const context = win.inputContext(this.#window);
    win.setOpenStatus(context, 1);
    win.releaseContext(this.#window, context);
  }

  /** What was seen so far, but not what is held. */
  forget(): void {
    this.#pump();
    this.downs.length = 0;
    this.mouse.length = 0;
    this.text = "";
  }

  /** Takes what has come; to be asked again until it is what is awaited. */
  heldKeys(): PhysicalKey[] {
    this.#pump();
    return [...this.#held];
  }

  seenMouse(): string[] {
    this.#pump();
    return this.mouse;
  }

  seenText(): string {
    this.#pump();
    return this.text;
  }

  /** Windows' own account, of the mouse's real buttons. One bit each: 1 left, 2 middle, 4 right. */
  heldButtons(): number {
    this.#pump();
    return [0x01, 0x04, 0x02].reduce((sum, key, bit) => sum | (win.asyncKeyState(key) & 0x8000 ? 1 << bit : 0), 0);
  }

  /** From the top left corner of all monitors. */
  pointer(): { x: number; y: number } {
    this.#pump();
    const point = { x: 0, y: 0 };
    win.cursorPosition(point);
    return { x: point.x - cornerOfAll().x, y: point.y - cornerOfAll().y };
  }

  close(): void {
    win.destroyWindow(this.#window);
    this.#pump();
    win.unregisterClass(CLASS, this.#instance);
    koffi.unregister(this.#procedure);
  }
}

/** Gives the keyboard to the window of this class. False while there is none, or it has not come to the front. */
export function bringToFront(className: string): boolean {
  const window = win.findWindow(className, null);
  if (window) win.setForeground(window);
  return window !== null && window === win.foreground();
}

/** To this place, in pixels from the top left corner of all monitors. */
export function moveWindow(className: string, { x, y }: { x: number; y: number }): void {
  const origin = cornerOfAll();
  win.setPosition(win.findWindow(className, null), null, x + origin.x, y + origin.y, 0, 0, SAME_SIZE_AND_ORDER);
}

/** What stands in a text field: the one of this class in the window of that. */
export function textOf(windowClass: string, fieldClass: string): string {
  const field = win.findChild(win.findWindow(windowClass, null), null, fieldClass, null);
  const text = Buffer.alloc(MAX_TEXT_UNITS * 2);
  const length = Number(win.sendMessage(field, WM_GETTEXT, MAX_TEXT_UNITS, text));
  return text.toString("utf16le", 0, length * 2);
}
