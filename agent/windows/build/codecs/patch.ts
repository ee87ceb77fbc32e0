/**
 * Changes of ours to a library's source. They are made for one version of it, and make a good library better: a source that they do not fit
 * (a newer one that Debian came to offer) is built as it is.
 */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./run.ts";

export interface Patch {
  readonly name: string;
  /** Unified diff, paths with one folder before them (`patch -p1`), words before it. */
  readonly text: string;
}

/** A file beside this one. */
export const patchNamed = (name: string): Patch => ({
  name,
  text: readFileSync(new URL(name, import.meta.url), "utf8"),
});

/** `folder` has the source in `source`. False: it does not fit, and nothing was changed. */
export async function applyPatch({ name, text }: Patch, folder: string): Promise<boolean> {
  const file = join(folder, name);
  await writeFile(file, text);
  // no fuzz: what lies around a change must be what it was made for
  const patch = ["patch", "-p1", "--force", "--fuzz=0", "--no-backup-if-mismatch", "-i", file];
  const options = { folder: join(folder, "source") };
  try {
    await run([...patch, "--dry-run"], options);
  } catch {
    return false;
  }
  await run(patch, options);
  return true;
}
