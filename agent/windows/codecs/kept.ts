/** Codecs that were built before: used again only when every file is what it was. */
import { createHash } from "node:crypto";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SourceVersion } from "./debian-source.ts";

export interface BuiltCodecs {
  readonly folder: string;
  /** What belongs beside the program, as paths within the folder: the DLLs, their licences, and what they were made from. */
  readonly files: readonly string[];
  /** Folder of the libraries' headers, for a test that compares our structures with theirs; not for shipping. */
  readonly headers: string;
}

export interface Manifest {
  readonly sources: readonly SourceVersion[];
  readonly compiler: string;
  /** SHA-256 of each file that is shipped. */
  readonly files: Readonly<Record<string, string>>;
}

export const MANIFEST = "manifest.json";
export const HEADERS = "include";

/** Undefined unless every file of the manifest is there with its hash. */
export async function readKept(folder: string): Promise<BuiltCodecs | undefined> {
  try {
    const { files } = JSON.parse(await readFile(join(folder, MANIFEST), "utf8")) as Manifest;
    for (const [file, hash] of Object.entries(files))
      if (sha256(await readFile(join(folder, file))) !== hash) return undefined;
    await access(join(folder, HEADERS));
    return { folder, files: [...Object.keys(files), MANIFEST], headers: join(folder, HEADERS) };
  } catch {
    return undefined;
  }
}

export const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
