/** Loads shared libraries, and says which Debian package holds a missing one. */
import koffi, { type LibraryHandle } from "koffi";
import { DesktopFailure } from "../desktop/problem.ts";

// koffi runs a call on a stack of its own. Video encoders are written for a thread's usual 8 MB, and on a full page of
// text they do use more than koffi's 128 kB: the process would die. Only what is touched becomes memory, and one call
// runs at a time. Must be set before any library is loaded, therefore here.
koffi.config({ ...koffi.config(), async_stack_size: 8 << 20, resident_async_pools: 1 });

/** An address in this process. koffi gives null for NULL. */
export type Pointer = bigint;

export interface LibraryName {
  readonly file: string;
  /** Undefined: it belongs to the system. */
  readonly debianPackage?: string;
}

/** Throws DesktopFailure "no-library" when it is missing or is not a library for this machine. */
export function loadLibrary({ file, debianPackage }: LibraryName): LibraryHandle {
  try {
    return koffi.load(file);
  } catch (cause) {
    throw new DesktopFailure(
      "no-library",
      debianPackage
        ? `The library ${file} is missing. Install the package ${debianPackage} (apt-get install ${debianPackage}).`
        : `The library ${file} of the system cannot be loaded.`,
      { cause },
    );
  }
}
