/** Which process serves a named pipe (MSDN: GetNamedPipeServerProcessId). */
import { loadLibrary, type Pointer } from "../library.ts";
import { checked } from "./error.ts";

const GENERIC_READ = 0x80000000;
const OPEN_EXISTING = 3;
/** SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION: whoever serves it may learn who we are, and not act as us. */
const IDENTIFY_ONLY = 0x00100000 | 0x00010000;
const INVALID_HANDLE_VALUE = 0xffffffffffffffffn;

const kernel32 = loadLibrary({ file: "kernel32.dll" });
const createFile = kernel32.func(
  "void *__stdcall CreateFileW(str16 name, uint32 access, uint32 share, void *security, uint32 how, uint32 flags, void *like)",
);
const serverProcess = kernel32.func("int __stdcall GetNamedPipeServerProcessId(void *pipe, _Out_ uint32 *pid)");
const closeHandle = kernel32.func("int __stdcall CloseHandle(void *handle)");

/** Its process id. Opens the pipe for a moment, as a client does. Throws when nobody serves it. */
export function pipeServer(path: string): number {
  const handle = createFile(path, GENERIC_READ, 0, null, OPEN_EXISTING, IDENTIFY_ONLY, null) as Pointer | null;
  checked("CreateFileW", handle && BigInt.asUintN(64, handle) !== INVALID_HANDLE_VALUE);
  try {
    const pid: [number] = [0];
    checked("GetNamedPipeServerProcessId", serverProcess(handle, pid));
    return pid[0];
  } finally {
    closeHandle(handle);
  }
}
