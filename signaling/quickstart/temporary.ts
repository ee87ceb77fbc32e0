/** Folders for the time of a run, in the system's place for such. Their names say whose they are, so that the next run can remove what a killed one left. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new folder `engawa-NAME-PID-…` that only we may enter. Who asks removes it in the end; those of dead processes go now. */
export function temporaryFolder(name: string): string {
  const place = tmpdir();
  const prefix = `engawa-${name}-`;
  for (const entry of readdirSync(place).filter((other) => other.startsWith(prefix))) {
    const owner = /^(\d+)-/.exec(entry.slice(prefix.length))?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) forget(join(place, entry));
  }
  return mkdtempSync(join(place, `${prefix}${process.pid}-`));
}

/** It may be another account's, or another run removes it at this moment. */
function forget(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // left to its owner
  }
}
