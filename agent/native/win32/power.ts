/** Switches the PC off. MSDN: InitiateSystemShutdownEx, which needs SeShutdownPrivilege: the desktop service has it, and nobody gives it away. */
import { loadLibrary, type Pointer } from "../library.ts";
import { lastError, Win32Error } from "./error.ts";
import { kernel32, wide } from "./win32.ts";

const advapi32 = loadLibrary({ file: "advapi32.dll" });
/** TOKEN_PRIVILEGES with one of them: count, LUID, attributes. */
const PRIVILEGES_BYTES = 16;
const LUID_AT = 4;
const ATTRIBUTES_AT = 12;
const SE_PRIVILEGE_ENABLED = 2;
const TOKEN_ADJUST_PRIVILEGES_AND_QUERY = 0x28;
/** SHTDN_REASON_MAJOR_OTHER | SHTDN_REASON_MINOR_OTHER | SHTDN_REASON_FLAG_PLANNED */
const PLANNED = 0x8000_0000;

const p = {
  currentProcess: kernel32.func("void *__stdcall GetCurrentProcess()"),
  closeHandle: kernel32.func("int __stdcall CloseHandle(void *handle)"),
  openToken: advapi32.func("int __stdcall OpenProcessToken(void *process, uint32 access, _Out_ void **token)"),
  lookUp: advapi32.func("int __stdcall LookupPrivilegeValueW(void *system, void *name, void *luid)"),
  adjust: advapi32.func(
    "int __stdcall AdjustTokenPrivileges(void *token, int none, void *privileges, uint32 bytes, void *before, void *length)",
  ),
  initiate: advapi32.func(
    "int __stdcall InitiateSystemShutdownExW(void *machine, void *words, uint32 inS, int force, int reboot, uint32 reason)",
  ),
  abort: advapi32.func("int __stdcall AbortSystemShutdownW(void *machine)"),
};

/** Programs that do not end are ended: what was not saved is lost. Returns why Windows refuses. */
export function initiateShutdown(inS: number, words: string): string | undefined {
  enablePrivilege();
  if (p.initiate(null, wide(words), inS, 1, 0, PLANNED)) return undefined;
  return new Win32Error("InitiateSystemShutdownEx", lastError()).message;
}

/** Nothing happens when none is on its way. */
export function abortShutdown(): void {
  p.abort(null);
}

/** What is missing shows in the call that needs it. */
function enablePrivilege(): void {
  const token: [Pointer | null] = [null];
  if (!p.openToken(p.currentProcess(), TOKEN_ADJUST_PRIVILEGES_AND_QUERY, token)) return;
  const privileges = Buffer.alloc(PRIVILEGES_BYTES);
  privileges.writeUInt32LE(1, 0);
  privileges.writeUInt32LE(SE_PRIVILEGE_ENABLED, ATTRIBUTES_AT);
  const luid = Buffer.alloc(8);
  if (p.lookUp(null, wide("SeShutdownPrivilege"), luid)) {
    luid.copy(privileges, LUID_AT);
    p.adjust(token[0], 0, privileges, 0, null, null);
  }
  p.closeHandle(token[0]);
}
