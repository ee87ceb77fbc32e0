/** Looks at what a cover needs, and covers nothing: for a PC that somebody uses at this moment. */

import { toProblem } from "../../desktop/problem.ts";
import { connectDisplay } from "../../native/x11/display.ts";
import type { Source } from "../capture/open.ts";

/** Why the monitors could not be covered, in words; undefined: they could. */
export async function examineCover(source: Exclude<Source, { kind: "test-pattern" }>): Promise<string | undefined> {
  try {
    if (source.kind === "windows") {
      const { CoverWindows } = await import("../../native/win32/cover.ts");
      const windows = new CoverWindows("");
      try {
        windows.place(); // made and kept out of captures, but not shown before they are raised
        return undefined;
      } finally {
        windows.close();
      }
    }
    const connection = await connectDisplay(source.display, source.authority);
    const { examineX11Cover } = await import("./x11.ts");
    return examineX11Cover(connection);
  } catch (error) {
    return toProblem(error).message;
  }
}
