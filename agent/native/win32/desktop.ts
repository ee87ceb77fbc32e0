/**
 * Windows shows one of several desktops at a time: the user's ("Default"), or the one of logon, lock and administrators'
 * confirmations ("Winlogon"), which only the system's account may see (MSDN, "Desktops"). A thread works on one; ours
 * is Node's main thread, which has no windows and no hooks, so that Windows lets it change over.
 */
import type { Pointer } from "../library.ts";
import { allocate } from "../memory.ts";
import { kernel32, user32 } from "./win32.ts";

const d = {
  openInput: user32.func("void *__stdcall OpenInputDesktop(uint32 flags, int inherit, uint32 access)") as (
    flags: number,
    inherit: number,
    access: number,
  ) => Pointer | null,
  ofThread: user32.func("void *__stdcall GetThreadDesktop(uint32 thread)") as (thread: number) => Pointer | null,
  setThread: user32.func("int __stdcall SetThreadDesktop(void *desktop)") as (desktop: Pointer) => number,
  close: user32.func("int __stdcall CloseDesktop(void *desktop)") as (desktop: Pointer) => number,
  information: user32.func(
    "int __stdcall GetUserObjectInformationW(void *object, int index, void *value, uint32 bytes, void *needed)",
  ) as (object: Pointer, index: number, value: Pointer, bytes: number, needed: null) => number,
};
const currentThread = kernel32.func("uint32 __stdcall GetCurrentThreadId()") as () => number;

const GENERIC_ALL = 0x10000000;
const UOI_NAME = 2;
const MAX_NAME_BYTES = 512;

/** The one that this process put its thread on; it must stay open while the thread is there. */
let held: Pointer | undefined;

/**
 * Puts this thread on the desktop that Windows shows. "refused": we are not allowed there, and stay where we were; nothing
 * can be seen or done until Windows goes back.
 */
export function followInputDesktop(): "same" | "switched" | "refused" {
  const shown = d.openInput(0, 0, GENERIC_ALL);
  if (!shown) return "refused";
  const own = d.ofThread(currentThread());
  if (own && nameOf(own) === nameOf(shown)) {
    d.close(shown);
    return "same";
  }
  if (!d.setThread(shown)) {
    d.close(shown);
    return "refused";
  }
  if (held) d.close(held);
  held = shown;
  return "switched";
}

function nameOf(desktop: Pointer): string {
  const memory = allocate(MAX_NAME_BYTES);
  d.information(desktop, UOI_NAME, memory.pointer, MAX_NAME_BYTES, null);
  const name = Buffer.from(memory.bytes).toString("utf16le");
  memory.free();
  return name.slice(0, name.indexOf("\0"));
}
