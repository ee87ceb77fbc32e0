/**
 * What testwin.py is on X11, in Windows: a full-screen window of text; key f toggles a 200×100 patch at (100, 100). Runs in the Windows
 * node.exe and ends with it; prints `ready`.
 */
import koffi from "koffi";
import { gdi32, user32 } from "../../../agent/native/win32/win32.ts";

const w = {
  createWindow: user32.func(
    "void *__stdcall CreateWindowExW(uint32 extended, str16 name, str16 title, uint32 style, int x, int y, int width, int height, void *parent, void *menu, void *instance, void *parameter)",
  ),
  setForeground: user32.func("int __stdcall SetForegroundWindow(void *window)"),
  metric: user32.func("int __stdcall GetSystemMetrics(int index)"),
  getDC: user32.func("void *__stdcall GetDC(void *window)"),
  fillRect: user32.func("int __stdcall FillRect(void *dc, int32 *rect, void *brush)"),
  brush: gdi32.func("void *__stdcall CreateSolidBrush(uint32 colour)"),
  font: gdi32.func(
    "void *__stdcall CreateFontW(int height, int width, int escapement, int orientation, int weight, uint32 italic, uint32 underline, uint32 strikeOut, uint32 charSet, uint32 out, uint32 clip, uint32 quality, uint32 pitch, str16 face)",
  ),
  select: gdi32.func("void *__stdcall SelectObject(void *dc, void *object)"),
  textColour: gdi32.func("uint32 __stdcall SetTextColor(void *dc, uint32 colour)"),
  textOut: gdi32.func("int __stdcall TextOutW(void *dc, int x, int y, str16 text, int length)"),
  flush: gdi32.func("int __stdcall GdiFlush()"),
  getMessage: user32.func("int __stdcall GetMessageW(_Out_ uint8 *message, void *window, uint32 first, uint32 last)"),
  dispatch: user32.func("intptr __stdcall DispatchMessageW(uint8 *message)"),
};
const [SM_CXSCREEN, SM_CYSCREEN] = [0, 1];
const POPUP_VISIBLE = 0x90000000;
const TOPMOST = 8;
const MSG = koffi.struct({ window: "void *", message: "uint32", wParam: "uintptr" });
const MSG_BYTES = 48;
const WM_KEYDOWN = 0x100;
const KEY_F = 0x46;
const LINE_PX = 23;
const PATCH = [100, 100, 300, 200];
const POOL =
  "本日会議予算配分議論担当者関係部署調整資料提出画面文字細重要見積書金額修正版再送更新週末一部停止新契約条件別紙一覧表のにはをがでとします";

const [width, height] = [w.metric(SM_CXSCREEN), w.metric(SM_CYSCREEN)];
const window = w.createWindow(TOPMOST, "STATIC", "", POPUP_VISIBLE, 0, 0, width, height, null, null, null, null);
w.setForeground(window);
const dc = w.getDC(window);
const [white, black] = [w.brush(0xffffff), w.brush(0)];

function paintPage(): void {
  w.fillRect(dc, [0, 0, width, height], white);
  w.select(dc, w.font(-15, 0, 0, 0, 400, 0, 0, 0, 1, 0, 0, 0, 0, "Noto Sans CJK JP"));
  w.textColour(dc, 0);
  for (let line = 0; (line + 3) * LINE_PX < height; line++) {
    const letters = Array.from(
      { length: 60 + ((line * 37) % 55) },
      (_, at) => POOL[(line * line * 7 + at * 13) % POOL.length],
    );
    w.textOut(dc, 40, 50 + line * LINE_PX, letters.join(""), letters.length);
  }
  w.flush();
}

const message = new Uint8Array(MSG_BYTES);
// what the system paints at the beginning comes first
setTimeout(() => {
  paintPage();
  process.stdout.write("ready\n");
  let isWhite = false;
  while (w.getMessage(message, null, 0, 0) > 0) {
    const { message: kind, wParam } = koffi.decode(message, MSG) as { message: number; wParam: number };
    if (kind === WM_KEYDOWN && Number(wParam) === KEY_F) {
      isWhite = !isWhite;
      w.fillRect(dc, PATCH, isWhite ? white : black);
      w.flush();
    }
    w.dispatch(message);
  }
}, 500);
