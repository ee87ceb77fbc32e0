/**
 * The libaom that was built for this machine (`npm run build:codecs`), in the user's cache. Debian 12's own serves as well, but is years
 * older. Used only while it is the file that was built.
 *
 *   engawa/codecs/own.json ─▶ folder/{manifest.json, engawa-aom.so}
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheFolder, FOLDER_VARIABLE, MANIFEST } from "./places.ts";

const LIBRARY = "engawa-aom.so";

const record = () => join(cacheFolder(), "codecs", "own.json");

/** The library's whole path; undefined: there is none, or it is not what was built. */
export function ownLibrary(): string | undefined {
  try {
    const folder =
      process.env[FOLDER_VARIABLE] ||
      String((JSON.parse(readFileSync(record(), "utf8")) as { folder: unknown }).folder);
    const { files } = JSON.parse(readFileSync(join(folder, MANIFEST), "utf8")) as { files: Record<string, string> };
    const file = join(folder, LIBRARY);
    return createHash("sha256").update(readFileSync(file)).digest("hex") === files[LIBRARY] ? file : undefined;
  } catch {
    return undefined;
  }
}

/** From now on the library in this folder is used, by each process that has not loaded one of our own before. */
export function nameOwnCodecs(folder: string): void {
  const file = record();
  mkdirSync(dirname(file), { recursive: true });
  const whole = `${file}.${randomUUID()}`;
  writeFileSync(whole, JSON.stringify({ folder }));
  renameSync(whole, file);
}
