/**
 * A window with a text that can be scrolled, selected and copied; waits until it is closed. Windows' own procedures answer all of
 * its messages: nothing calls back into JavaScript.
 */
import koffi from "koffi";
import { loadLibrary, type Pointer } from "../library.ts";

const WIDTH = 860;
const HEIGHT = 600;
const MARGIN = 12;
/** Pixels. */
const LINE_HEIGHT = 20;
/** Every Windows since Vista has it; where it is missing, as on Wine, the nearest is taken. */
const FONT = "Meiryo UI";

const CLASS = "EngawaText";
/** WS_CAPTION | WS_SYSMENU | WS_MINIMIZEBOX | WS_CLIPCHILDREN | WS_VISIBLE */
const FRAME_STYLE = 0x00c00000 | 0x00080000 | 0x00020000 | 0x02000000 | 0x10000000;
/** WS_CHILD | WS_VISIBLE | WS_VSCROLL | ES_MULTILINE | ES_AUTOVSCROLL | ES_READONLY */
const TEXT_STYLE = 0x40000000 | 0x10000000 | 0x00200000 | 0x0004 | 0x0040 | 0x0800;
const WM_SETFONT = 0x0030;
const WM_KEYDOWN = 0x0100;
const VK_ESCAPE = 0x1b;
const EM_SETMARGINS = 0x00d3;
const EC_LEFTMARGIN_AND_RIGHT = 3;
const SM_CXSCREEN = 0;
const SM_CYSCREEN = 1;
const COLOR_WINDOW = 5;
const FW_NORMAL = 400;
const SHIFTJIS_CHARSET = 128;
const CLEARTYPE_QUALITY = 5;
/** A window closed from another process leaves no message behind: looked for this often. */
const LOOK_EVERY_MS = 500;

const user32 = loadLibrary({ file: "user32.dll" });
const gdi32 = loadLibrary({ file: "gdi32.dll" });
const kernel32 = loadLibrary({ file: "kernel32.dll" });

const windowClass = koffi.struct({
  cbSize: "uint32",
  style: "uint32",
  lpfnWndProc: "void *",
  cbClsExtra: "int",
  cbWndExtra: "int",
  hInstance: "void *",
  hIcon: "void *",
  hCursor: "void *",
  hbrBackground: "intptr",
  lpszMenuName: "str16",
  lpszClassName: "str16",
  hIconSm: "void *",
});
const message = koffi.struct({
  hwnd: "void *",
  message: "uint32",
  wParam: "uintptr",
  lParam: "intptr",
  time: "uint32",
  x: "int32",
  y: "int32",
});
type Message = { message: number; wParam: number };
const rectangle = koffi.struct({ left: "int32", top: "int32", right: "int32", bottom: "int32" });

const registerClass = user32.func("RegisterClassExW", "uint16", [koffi.pointer(windowClass)]);
const createWindow = user32.func("CreateWindowExW", "void *", [
  ...["uint32", "str16", "str16", "uint32", "int", "int", "int", "int"],
  ...["void *", "void *", "void *", "void *"],
]);
const createFont = gdi32.func("CreateFontW", "void *", [
  ...["int", "int", "int", "int", "int", "uint32", "uint32", "uint32"],
  ...["uint32", "uint32", "uint32", "uint32", "uint32", "str16"],
]);
const deleteObject = gdi32.func("int __stdcall DeleteObject(void *object)");
const sendMessage = user32.func("intptr __stdcall SendMessageW(void *window, uint32 message, uintptr w, intptr l)");
const sendHandle = user32.func("intptr __stdcall SendMessageW(void *window, uint32 message, void *w, intptr l)");
const getMessage = user32.func("GetMessageW", "int", [
  koffi.out(koffi.pointer(message)),
  ...["void *", "uint32", "uint32"],
]);
const translate = user32.func("TranslateMessage", "int", [koffi.pointer(message)]);
const dispatch = user32.func("DispatchMessageW", "intptr", [koffi.pointer(message)]);
const clientArea = user32.func("GetClientRect", "int", ["void *", koffi.out(koffi.pointer(rectangle))]);
const isWindow = user32.func("int __stdcall IsWindow(void *window)") as (window: Pointer) => number;
const destroyWindow = user32.func("int __stdcall DestroyWindow(void *window)") as (window: Pointer) => number;
const setForeground = user32.func("int __stdcall SetForegroundWindow(void *window)");
const setFocus = user32.func("void *__stdcall SetFocus(void *window)");
const setTimer = user32.func("uintptr __stdcall SetTimer(void *window, uintptr id, uint32 ms, void *procedure)");
const metric = user32.func("int __stdcall GetSystemMetrics(int index)") as (index: number) => number;
const moduleHandle = kernel32.func("void *__stdcall GetModuleHandleW(str16 name)");
const procedureAddress = kernel32.func("void *__stdcall GetProcAddress(void *module, str name)");

export function showText({ title, text }: { title: string; text: string }): void {
  const font = createFont(
    ...[-LINE_HEIGHT + 4, 0, 0, 0, FW_NORMAL, 0, 0, 0, SHIFTJIS_CHARSET, 0, 0, CLEARTYPE_QUALITY, 0, FONT],
  ) as Pointer;
  const frame = openFrame(title);
  const area = { left: 0, top: 0, right: 0, bottom: 0 };
  clientArea(frame, area);
  const size = [area.right - 2 * MARGIN, area.bottom - 2 * MARGIN];
  const edit = createWindow(
    ...[0, "EDIT", text.replaceAll("\n", "\r\n"), TEXT_STYLE, MARGIN, MARGIN, ...size, frame, null, null, null],
  ) as Pointer;
  sendHandle(edit, WM_SETFONT, font, 1);
  sendMessage(edit, EM_SETMARGINS, EC_LEFTMARGIN_AND_RIGHT, 4 | (4 << 16));
  setForeground(frame);
  setFocus(edit);
  setTimer(frame, 1, LOOK_EVERY_MS, null);
  untilClosed(frame);
  deleteObject(font);
}

function openFrame(title: string): Pointer {
  registerClass({
    cbSize: koffi.sizeof(windowClass),
    style: 0,
    lpfnWndProc: procedureAddress(moduleHandle("user32.dll"), "DefWindowProcW"),
    hbrBackground: COLOR_WINDOW + 1,
    lpszClassName: CLASS,
  });
  const [x, y] = [(metric(SM_CXSCREEN) - WIDTH) >> 1, (metric(SM_CYSCREEN) - HEIGHT) >> 1];
  const frame = createWindow(
    ...[0, CLASS, title, FRAME_STYLE, Math.max(0, x), Math.max(0, y), WIDTH, HEIGHT, null, null, null, null],
  ) as Pointer | null;
  if (!frame) throw new Error("Windows opens no window here.");
  return frame;
}

function untilClosed(frame: Pointer): void {
  const next: Message = { message: 0, wParam: 0 };
  while (isWindow(frame) && getMessage(next, null, 0, 0) > 0) {
    if (next.message === WM_KEYDOWN && next.wParam === VK_ESCAPE) destroyWindow(frame);
    translate(next);
    dispatch(next);
  }
}
