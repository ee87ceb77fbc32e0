/** Files that only the agent's own user may read: written whole or not at all. */
import { randomUUID } from "node:crypto";
import { chmod, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { z } from "zod";

/** Writes beside the file and renames (atomic on one file system), flushed to disk before. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomUUID()}`;
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await chmod(temporary, 0o600);
    await whileHeld(() => rename(temporary, path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** What Windows says of a file that somebody has open just now: a helper that reads it, a virus scanner, an indexer. */
const HELD: ReadonlySet<unknown> = new Set(["EPERM", "EACCES", "EBUSY"]);
const TRIES = 10;
const FIRST_PAUSE_MS = 10;

/** Anew after 10, 20, 40 … ms, some five seconds in all: whoever holds a small file lets go of it soon. Elsewhere it never waits. */
export async function whileHeld(
  work: () => Promise<void>,
  platform: NodeJS.Platform = process.platform,
): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await work();
    } catch (error) {
      const isHeld = platform === "win32" && HELD.has((error as NodeJS.ErrnoException).code);
      if (!isHeld || tried === TRIES) throw error;
      await pause(FIRST_PAUSE_MS * 2 ** (tried - 1));
    }
  }
}

/** Throws when others may read the file. On Windows the mode says nothing; the folder's ACL does. */
export async function assertPrivate(path: string): Promise<void> {
  const { mode } = await stat(path);
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw new Error(`${path} can be read by others (mode ${(mode & 0o777).toString(8)}); run: chmod 600 ${path}`);
  }
}

export const writePrivateJson = (path: string, value: object): Promise<void> =>
  writePrivate(path, `${JSON.stringify(value, null, 2)}\n`);

/** Undefined: there is none. A damaged one, or one that others may read, rejects. */
export async function readPrivateJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    await assertPrivate(path);
    return schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`${path} cannot be used: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** Changes whenever one of the files does. */
export async function revisionOf(...paths: readonly string[]): Promise<string> {
  const each = paths.map((path) =>
    stat(path).then(
      ({ mtimeMs, size, ino, mode }) => `${mtimeMs} ${size} ${ino} ${mode}`,
      () => "none",
    ),
  );
  return (await Promise.all(each)).join("; ");
}
