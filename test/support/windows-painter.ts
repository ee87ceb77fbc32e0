/** Changes the screens of Windows as a program would: paints, moves the pointer, changes its shape. For tests. */
import koffi from "koffi";
import { gdi32, user32 } from "../../agent/native/win32/win32.ts";

const w = {
  getDC: user32.func("void *__stdcall GetDC(void *window)"),
  releaseDC: user32.func("int __stdcall ReleaseDC(void *window, void *dc)"),
  fillRect: user32.func("int __stdcall FillRect(void *dc, int32 *rect, void *brush)"),
  brush: gdi32.func("void *__stdcall CreateSolidBrush(uint32 colour)"),
  deleteObject: gdi32.func("int __stdcall DeleteObject(void *object)"),
  flush: gdi32.func("int __stdcall GdiFlush()"),
  setCursorPos: user32.func("int __stdcall SetCursorPos(int x, int y)"),
  metric: user32.func("int __stdcall GetSystemMetrics(int index)"),
  createCursor: user32.func(
    "void *__stdcall CreateCursor(void *instance, int hotX, int hotY, int width, int height, uint8 *and, uint8 *xor)",
  ),
  createIcon: user32.func("void *__stdcall CreateIconIndirect(void *info)"),
  createBitmap: gdi32.func(
    "void *__stdcall CreateBitmap(int width, int height, uint planes, uint bits, uint8 *pixels)",
  ),
  setCursor: user32.func("void *__stdcall SetCursor(void *cursor)"),
  createWindow: user32.func(
    "void *__stdcall CreateWindowExW(uint32 extended, str16 name, str16 title, uint32 style, int x, int y, int width, int height, void *parent, void *menu, void *instance, void *parameter)",
  ),
  setForeground: user32.func("int __stdcall SetForegroundWindow(void *window)"),
  setPosition: user32.func(
    "int __stdcall SetWindowPos(void *window, intptr after, int x, int y, int width, int height, uint flags)",
  ),
  peekMessage: user32.func(
    "int __stdcall PeekMessageW(_Out_ uint8 *message, void *window, uint32 first, uint32 last, uint32 remove)",
  ),
  dispatchMessage: user32.func("intptr __stdcall DispatchMessageW(uint8 *message)"),
  destroyWindow: user32.func("int __stdcall DestroyWindow(void *window)"),
};
const SM_XVIRTUALSCREEN = 76;
const SM_YVIRTUALSCREEN = 77;
const WS_POPUP_VISIBLE = 0x90000000;
const WS_EX_TOPMOST = 8;
const HWND_TOPMOST = -1;
const PM_REMOVE = 1;
const MSG_BYTES = 48;
const ICONINFO = koffi.struct({ fIcon: "int", hotX: "uint32", hotY: "uint32", mask: "void *", colour: "void *" });

/** Positions are relative to the top left corner of the virtual screen, as on our wire. */
export class WindowsPainter {
  /** Whoever owns the window in front decides about the pointer. */
  readonly #window = w.createWindow(WS_EX_TOPMOST, "STATIC", "", WS_POPUP_VISIBLE, 0, 0, 1, 1, null, null, null, null);

  get #origin(): { x: number; y: number } {
    return { x: w.metric(SM_XVIRTUALSCREEN), y: w.metric(SM_YVIRTUALSCREEN) };
  }

  /** Fills a rectangle of the screen, over all windows, with 0xRRGGBB; done when it returns. */
  fill(left: number, top: number, width: number, height: number, colour: number): void {
    const { x, y } = this.#origin;
    this.#paint(null, [left + x, top + y, left + x + width, top + y + height], colour);
  }

  /** A window in front of all others, at another place and in another colour. */
  showWindow(left: number, top: number, width: number, height: number, colour: number): void {
    const { x, y } = this.#origin;
    w.setPosition(this.#window, HWND_TOPMOST, left + x, top + y, width, height, 0);
    this.#answerMessages();
    this.#paint(this.#window, [0, 0, width, height], colour);
  }

  /** A window that does not answer is not shown. */
  #answerMessages(): void {
    const message = new Uint8Array(MSG_BYTES);
    while (w.peekMessage(message, null, 0, 0, PM_REMOVE)) w.dispatchMessage(message);
  }

  #paint(window: unknown, rectangle: number[], colour: number): void {
    const brush = w.brush(((colour & 255) << 16) | (colour & 0xff00) | (colour >> 16));
    const dc = w.getDC(window);
    w.fillRect(dc, rectangle, brush);
    w.flush();
    w.releaseDC(window, dc);
    w.deleteObject(brush);
  }

  movePointer(x: number, y: number): void {
    const origin = this.#origin;
    w.setCursorPos(x + origin.x, y + origin.y);
  }

  /** 32 × 32, black and white: each row of `and` and `xor` is four bytes. */
  showMaskPointer(and: Uint8Array, xor: Uint8Array): void {
    this.#use(w.createCursor(null, 3, 4, 32, 32, and, xor));
  }

  /** 32 × 32 with colours of its own, BGRA; `mask` as above. */
  showColourPointer(mask: Uint8Array, bgra: Uint8Array): void {
    const info = koffi.alloc(ICONINFO, 1);
    const bitmaps = [w.createBitmap(32, 32, 1, 1, mask), w.createBitmap(32, 32, 1, 32, bgra)];
    koffi.encode(info, ICONINFO, { fIcon: 0, hotX: 5, hotY: 6, mask: bitmaps[0], colour: bitmaps[1] });
    this.#use(w.createIcon(info));
    for (const bitmap of bitmaps) w.deleteObject(bitmap);
    koffi.free(info);
  }

  hidePointer(): void {
    this.#use(null);
  }

  #use(cursor: unknown): void {
    w.setForeground(this.#window);
    w.setCursor(cursor);
  }

  close(): void {
    w.destroyWindow(this.#window);
  }
}
