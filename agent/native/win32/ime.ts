/** What the input method (IME) of the window that has the keyboard is set to. */
import { loadLibrary, type Pointer } from "../library.ts";
import { user32 } from "./win32.ts";

const imm32 = loadLibrary({ file: "imm32.dll" });
const win = {
  threadInfo: user32.func("int __stdcall GetGUIThreadInfo(uint32 thread, void *info)") as (
    thread: number,
    info: Uint8Array,
  ) => number,
  imeWindow: imm32.func("void *__stdcall ImmGetDefaultIMEWnd(uintptr window)") as (window: bigint) => Pointer | null,
  send: user32.func(
    "intptr __stdcall SendMessageTimeoutW(void *window, uint32 message, uintptr wParam, intptr lParam, uint32 flags, uint32 timeout, _Out_ uintptr *result)",
  ) as (
    window: Pointer,
    message: number,
    wParam: number,
    lParam: number,
    flags: number,
    timeoutMs: number,
    result: (number | bigint)[],
  ) => number | bigint,
};

const FOREGROUND_THREAD = 0;
/** GUITHREADINFO: size, flags, the active window, the one with the keyboard, … */
const THREAD_INFO_BYTES = 72;
const ACTIVE_AT = 8;
const FOCUS_AT = 16;
const WM_IME_CONTROL = 0x283;
const IMC_GETCONVERSIONMODE = 0x1;
const IMC_GETOPENSTATUS = 0x5;
const SMTO_ABORTIFHUNG = 0x2;
/** We wait on the thread that does everything: a program that is busy for longer is asked another time. */
const TIMEOUT_MS = 15;

export interface ImeStatus {
  readonly isOpen: boolean;
  /** IME_CMODE_… bits of imm.h. */
  readonly conversion: number;
}

/** "none": no window has the keyboard, or it has no input method. Undefined: its program does not answer in time. */
export function imeStatus(): ImeStatus | "none" | undefined {
  const window = windowWithKeyboard();
  const ime = window ? win.imeWindow(window) : null;
  if (!ime) return "none";
  const open = ask(ime, IMC_GETOPENSTATUS);
  if (open === undefined) return undefined;
  if (open === 0) return { isOpen: false, conversion: 0 };
  const conversion = ask(ime, IMC_GETCONVERSIONMODE);
  return conversion === undefined ? undefined : { isOpen: true, conversion };
}

function windowWithKeyboard(): bigint {
  const info = new Uint8Array(THREAD_INFO_BYTES);
  const view = new DataView(info.buffer);
  view.setUint32(0, THREAD_INFO_BYTES, true);
  if (!win.threadInfo(FOREGROUND_THREAD, info)) return 0n;
  return view.getBigUint64(FOCUS_AT, true) || view.getBigUint64(ACTIVE_AT, true);
}

function ask(ime: Pointer, question: number): number | undefined {
  const result: (number | bigint)[] = [0];
  const answered = win.send(ime, WM_IME_CONTROL, question, 0, SMTO_ABORTIFHUNG, TIMEOUT_MS, result);
  return answered ? Number(result[0]) : undefined;
}
