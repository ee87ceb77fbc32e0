/** Where the encoders' libraries lie: on Linux Debian's; on Windows our own DLLs, beside the program. */
import { dirname, join } from "node:path";
import koffi, { type LibraryHandle } from "koffi";
import { DesktopFailure } from "../../desktop/problem.ts";
import { loadLibrary } from "../library.ts";
import { FOLDER_VARIABLE } from "./places.ts";

export interface CodecLibraryNames {
  readonly linux: { readonly file: string; readonly debianPackage: string };
  readonly windows: string;
}

/** Throws DesktopFailure "no-library". */
export function loadCodecLibrary({ linux, windows }: CodecLibraryNames): LibraryHandle {
  if (process.platform !== "win32") return loadLibrary(linux);
  // a whole path: Windows then looks nowhere else for it
  const file = join(process.env[FOLDER_VARIABLE] || join(dirname(process.execPath), "codecs"), windows);
  try {
    return koffi.load(file);
  } catch (cause) {
    throw new DesktopFailure("no-library", `The encoder ${file} is missing or damaged. Install the agent again.`, {
      cause,
    });
  }
}
