/** Windows itself: its libraries, and what it answers when it refuses, in words. 64-bit Windows only. */
import { DesktopFailure } from "../../desktop/problem.ts";
import { loadLibrary, type Pointer } from "../library.ts";
import { allocate } from "../memory.ts";

export const user32 = loadLibrary({ file: "user32.dll" });
export const gdi32 = loadLibrary({ file: "gdi32.dll" });
export const kernel32 = loadLibrary({ file: "kernel32.dll" });

/** DPI_AWARENESS_CONTEXT_PER_MONITOR_AWARE_V2 */
const DPI_PER_MONITOR_V2 = -4;

/** Real pixels, whatever the scaling of each monitor. Windows before 10 (1703) knows only one scaling for all. */
function seeRealPixels(): void {
  try {
    const set = user32.func("int __stdcall SetProcessDpiAwarenessContext(intptr context)") as (
      context: number,
    ) => number;
    set(DPI_PER_MONITOR_V2);
  } catch {
    const set = user32.func("int __stdcall SetProcessDPIAware()") as () => number;
    set();
  }
}

// To be said before Windows is asked for any size or position, therefore here.
seeRealPixels();

/** Of the call before this one: koffi keeps it from what Node calls in between. */
const getLastError = kernel32.func("uint32 __stdcall GetLastError()") as () => number;
const formatMessage = kernel32.func(
  "uint32 __stdcall FormatMessageW(uint32 flags, void *source, uint32 id, uint32 language, _Out_ void *text, uint32 chars, void *arguments)",
) as (flags: number, source: null, id: number, language: number, text: bigint, chars: number, more: null) => number;

/** FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS */
const FROM_SYSTEM = 0x1200;
const MAX_MESSAGE_CHARS = 512;

/** What Windows says about an error number, in the language it is set to, e.g. "Access denied. (5)". */
export function errorWords(code: number): string {
  const text = allocate(MAX_MESSAGE_CHARS * 2);
  const length = formatMessage(FROM_SYSTEM, null, code, 0, text.pointer, MAX_MESSAGE_CHARS, null);
  const words = Buffer.from(text.bytes.slice(0, length * 2))
    .toString("utf16le")
    .trim();
  text.free();
  return `${words || "Windows gives no reason."} (${code})`;
}

/** To be thrown right after a call that failed. */
export function refused(call: string, code: DesktopFailure["code"] = "internal"): DesktopFailure {
  return new DesktopFailure(code, `Windows refuses ${call}: ${errorWords(getLastError())}`);
}

/** A 16-bit string as Windows takes it, with the zero at its end. */
export function wide(text: string): Buffer {
  return Buffer.from(`${text}\0`, "utf16le");
}

const moduleHandle = kernel32.func("void *__stdcall GetModuleHandleW(void *name)") as (name: Buffer) => Pointer | null;
const procAddress = kernel32.func("void *__stdcall GetProcAddress(void *module, const char *name)") as (
  module: Pointer,
  name: string,
) => Pointer | null;

/** The address of a function in a library that is loaded already; null: it has none of this name. */
export function functionAddress(library: string, name: string): Pointer | null {
  const module = moduleHandle(wide(library));
  return module && procAddress(module, name);
}

/** Wine says so by a function of its own. */
export function isWine(): boolean {
  return functionAddress("ntdll.dll", "wine_get_version") !== null;
}
