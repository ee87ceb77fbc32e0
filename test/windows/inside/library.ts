/** Native calls from node.exe: what everything else in Windows stands on. */
import koffi from "koffi";
import { describe, expect, test } from "vitest";

describe("native calls", () => {
  test("this is Windows", () => expect(process.platform).toBe("win32"));
  test("a library of Windows is loaded and called", () => {
    const ticks = koffi.load("kernel32.dll").func("uint32 __stdcall GetTickCount()") as () => number;
    expect(ticks()).toBeGreaterThan(0);
  });
});
