/** Win32 errors as exceptions: the function's name and the code of GetLastError, which `net helpmsg CODE` explains. */
import koffi from "koffi";

const getLastError = koffi.load("kernel32.dll").func("uint32 __stdcall GetLastError()") as () => number;

export class Win32Error extends Error {
  override readonly name = "Win32Error";
  readonly code: number;

  constructor(functionName: string, code: number) {
    super(`${functionName}: Windows error ${code}`);
    this.code = code;
  }
}

/** Returns what is neither 0 nor NULL; anything else throws the last error of this thread. */
export function checked<T>(functionName: string, result: T | null): T {
  if (result) return result;
  throw new Win32Error(functionName, getLastError());
}
