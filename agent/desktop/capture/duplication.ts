import type { ScreenLayout } from "../native/win32-screen.ts";
import type { PixelSource } from "./pixels-windows.ts";
export function openDuplication(_: ScreenLayout): PixelSource | string {
  return "not yet";
}
