/** Chooses the capture. An adapter's libraries are loaded only when it is chosen. */
import { connectDisplay } from "../../native/x11/display.ts";
import type { CaptureHandlers, ScreenCapture } from "./capture.ts";

export type Source =
  | { kind: "x11"; display: string; authority: string | undefined }
  | { kind: "windows" }
  | { kind: "test-pattern" };

export async function openCapture(source: Source, handlers: CaptureHandlers): Promise<ScreenCapture> {
  if (source.kind === "test-pattern") {
    const { TestPattern } = await import("./test-pattern.ts");
    return new TestPattern(handlers);
  }
  if (source.kind === "windows") {
    const { openWindowsCapture } = await import("./windows.ts");
    return openWindowsCapture(handlers);
  }
  const connection = await connectDisplay(source.display, source.authority);
  const { openX11Capture } = await import("./x11.ts");
  return openX11Capture(connection, handlers);
}
