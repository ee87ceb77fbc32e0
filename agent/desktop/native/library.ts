/** Loads shared libraries, and says which Debian package holds a missing one. */
import koffi, { type LibraryHandle } from "koffi";
import { DesktopFailure } from "../problem.ts";

/** An address in this process. koffi gives null for NULL. */
export type Pointer = bigint;

export interface LibraryName {
  readonly file: string;
  readonly debianPackage: string;
}

/** Throws DesktopFailure "no-library" when it is missing or is not a library for this machine. */
export function loadLibrary({ file, debianPackage }: LibraryName): LibraryHandle {
  try {
    return koffi.load(file);
  } catch (cause) {
    throw new DesktopFailure(
      "no-library",
      `The library ${file} is missing. Install the package ${debianPackage} (apt-get install ${debianPackage}).`,
      { cause },
    );
  }
}
