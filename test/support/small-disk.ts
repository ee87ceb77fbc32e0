/** A disk with little room, which a test can fill to its last block: memory, mounted at a folder. Needs root. */
import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { closesOnce } from "./clean-up.ts";

const BLOCK_BYTES = 64 * 1024;
/** The file system's own blocks, with which the last room is taken. */
const LAST_BYTES = 4 * 1024;

export interface SmallDisk {
  /** Takes all the room there is, and whatever has been given back since. */
  fill(): void;
  /** Gives back what fill() took. */
  empty(): void;
  /** To be called when nobody has a file there any more. */
  close(): Promise<void>;
}

export function mountSmallDisk(folder: string, megabytes: number): SmallDisk {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0700`, "engawa-test", folder]);
  const file = join(folder, "other-peoples-data");
  return {
    fill: () => {
      const at = openSync(file, "a", 0o600);
      for (const bytes of [BLOCK_BYTES, LAST_BYTES]) while (wrote(at, bytes));
      closeSync(at);
    },
    empty: () => rmSync(file, { force: true }),
    close: closesOnce(async () => void execFileSync("umount", [folder])),
  };
}

function wrote(file: number, bytes: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(bytes)) === bytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}
