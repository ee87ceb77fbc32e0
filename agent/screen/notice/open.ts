/** Chooses how something is said on this screen. An adapter's libraries are loaded only when there is something to say. */
import { connectDisplay } from "../../native/x11/display.ts";
import type { Source } from "../capture/open.ts";
import type { Notice } from "./notice.ts";

/** Throws DesktopFailure where nothing can be said. */
export async function openNotice(source: Source): Promise<Notice> {
  if (source.kind === "test-pattern") return NOBODY_READS;
  if (source.kind === "windows") return (await import("./windows.ts")).openWindowsNotice();
  const connection = await connectDisplay(source.display, source.authority);
  return (await import("./x11.ts")).openX11Notice(connection);
}

const NOBODY_READS: Notice = { say: () => undefined, close: async () => undefined };
