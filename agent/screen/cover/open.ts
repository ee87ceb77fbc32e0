/** Chooses the cover. An adapter's libraries are loaded only when it is chosen. */

import { connectDisplay } from "../../native/x11/display.ts";
import type { Source } from "../capture/open.ts";
import type { Cover, CoverHandlers } from "./cover.ts";

/** Throws DesktopFailure where this screen cannot be covered. */
export async function openCover(source: Source, words: string, handlers: CoverHandlers): Promise<Cover> {
  if (source.kind === "test-pattern") return NOTHING_TO_COVER;
  if (source.kind === "windows") {
    const { openWindowsCover } = await import("./windows.ts");
    return openWindowsCover(words, handlers);
  }
  const connection = await connectDisplay(source.display, source.authority);
  const { openX11Cover } = await import("./x11.ts");
  return openX11Cover(connection, handlers);
}

/** The test pattern shows nothing of an office. */
const NOTHING_TO_COVER: Cover = { verify: async () => undefined, close: async () => undefined };

/** Takes away what a process that died has left on the monitors. On Windows a cover goes with its process. */
export async function removeLeftCover(source: Source): Promise<void> {
  if (source.kind !== "x11") return;
  const connection = await connectDisplay(source.display, source.authority);
  const { removeLeftX11Cover } = await import("./x11.ts");
  removeLeftX11Cover(connection);
}
