/**
 * Which libaom: the one that was built for this machine, else the system's (Windows: the DLL beside the program). Still pictures need one
 * that makes them quickly: 3.13 and later take a sixth of the time.
 */
import koffi, { type LibraryHandle } from "koffi";
import { optional } from "./codec.ts";
import { loadCodecLibrary } from "./codec-library.ts";
import { ownLibrary } from "./own-library.ts";

const SYSTEM = { linux: { file: "libaom.so.3", debianPackage: "libaom3" }, windows: "aom.dll" } as const;
const QUICK_STILLS = [3, 13] as const;

/** Below, a still picture would not be smaller (an office trace). */
const LARGE_BYTES = 30_000;
/** With so many, what was not smaller as a still picture was no page of text either: it had far more bytes (that trace and a mixed one). */
const NEW_EDGES = 34_000;

export interface AomLibrary {
  readonly handle: LibraryHandle;
  readonly own: boolean;
  /** It has all that still pictures need, and makes them quickly. */
  readonly stills: boolean;
  /** A picture of more bytes than this is tried as a still one. */
  readonly largeBytes: number;
  /** A page with so many edges that the decoder has not is made as a still one at once. */
  readonly newEdges: number;
  /** Which it is and what follows from that, in words for the log. */
  readonly about: string;
}

let chosen: AomLibrary | undefined;

/** Throws DesktopFailure "no-library". Chosen once; one of our own that was built meanwhile takes the place of the system's. */
export function aomLibrary(): AomLibrary {
  if (chosen?.own) return chosen;
  const file = process.platform === "linux" ? ownLibrary() : undefined;
  const own = file === undefined ? undefined : optional(() => koffi.load(file));
  if (own) chosen = described(own, { own: true, whose: "our own" });
  const whose =
    process.platform === "win32" ? "our own" : file ? "the system's (our own cannot be loaded)" : "the system's";
  chosen ??= described(loadCodecLibrary(SYSTEM), { own: false, whose });
  return chosen;
}

function described(handle: LibraryHandle, { own, whose }: { own: boolean; whose: string }): AomLibrary {
  const version = handle.func("const char *aom_codec_version_str()") as () => string;
  const text = version().replace(/^v/, "");
  const [major = 0, minor = 0] = text.split(".").map(Number);
  const isNew = major > QUICK_STILLS[0] || (major === QUICK_STILLS[0] && minor >= QUICK_STILLS[1]);
  const stills = isNew && optional(() => handle.func("void *aom_codec_get_preview_frame(void *context)")) !== undefined;
  const why = stills
    ? "new pages as still pictures"
    : `no still pictures: ${isNew ? "it was built without them" : "it is older than 3.13 and would take a second for each"}`;
  return {
    handle,
    own,
    stills,
    largeBytes: LARGE_BYTES,
    newEdges: NEW_EDGES,
    about: `The screen is coded by libaom ${text}, ${whose}; ${why}.`,
  };
}
