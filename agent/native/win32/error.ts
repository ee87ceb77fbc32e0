/** A refusal of Windows that callers tell apart by its code. */
import { errorWords, kernel32 } from "./win32.ts";

/** Of the call before this one: koffi keeps it from what Node calls in between. */
export const lastError = kernel32.func("uint32 __stdcall GetLastError()") as () => number;

export class Win32Error extends Error {
  override readonly name = "Win32Error";
  /** What GetLastError gave, or the function itself. */
  readonly code: number;

  constructor(functionName: string, code: number) {
    super(`${functionName}: ${errorWords(code)}`);
    this.code = code;
  }
}

/** Returns what is neither 0 nor NULL; anything else throws. To be called right after the function. */
export function checked<T>(functionName: string, result: T | null): T {
  if (result) return result;
  throw new Win32Error(functionName, lastError());
}
