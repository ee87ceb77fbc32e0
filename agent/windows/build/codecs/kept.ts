/**
 * Codecs that were built before: used again only when every file is what it was, and looked over once a day, whether Debian
 * offers something newer. They are used, too, while nothing can be fetched.
 *
 *   codecs/RECIPE/newest.json ─▶ codecs/RECIPE/SOURCES/{manifest.json, aom.dll, …}
 */
import { createHash, randomUUID } from "node:crypto";
import { access, cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MANIFEST } from "../../../native/codecs/places.ts";
import type { SourceVersion } from "./debian-source.ts";

export interface BuiltCodecs {
  readonly folder: string;
  /** What belongs beside the program, as paths within the folder: the DLLs, their licences, and what they were made from. */
  readonly files: readonly string[];
  /** Folder of the libraries' headers, for a test that compares our structures with theirs; not for shipping. */
  readonly headers: string;
  readonly sources: readonly SourceVersion[];
}

export interface Manifest {
  readonly sources: readonly SourceVersion[];
  readonly compiler: string;
  /** SHA-256 of each file that is shipped. */
  readonly files: Readonly<Record<string, string>>;
}

export const HEADERS = "include";

/** Debian renews the lists of a release a few times a day; who builds often should not ask more often. */
const LOOKED_OVER_MS = 24 * 3_600_000;

/** Undefined unless every file of the manifest is there with its hash. */
export async function readKept(folder: string): Promise<BuiltCodecs | undefined> {
  try {
    const { files, sources } = JSON.parse(await readFile(join(folder, MANIFEST), "utf8")) as Manifest;
    for (const [file, hash] of Object.entries(files))
      if (sha256(await readFile(join(folder, file))) !== hash) return undefined;
    await access(join(folder, HEADERS));
    return { folder, files: [...Object.keys(files), MANIFEST], headers: join(folder, HEADERS), sources };
  } catch {
    return undefined;
  }
}

/** What was built by one recipe. */
export class KeptCodecs {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The newest, and whether it was looked over lately; undefined: nothing whole is there. */
  async newest(now: number): Promise<{ codecs: BuiltCodecs; fresh: boolean } | undefined> {
    try {
      const { name, lookedOver } = JSON.parse(await readFile(this.#record, "utf8")) as Record<string, unknown>;
      const codecs = await readKept(join(this.#folder, String(name)));
      const age = now - Number(lookedOver);
      return codecs && { codecs, fresh: age >= 0 && age < LOOKED_OVER_MS };
    } catch {
      return undefined;
    }
  }

  /** Takes the files of the folder `result` as the newest. Other processes may have built the same meanwhile, and use it. */
  async keep(result: string, now: number): Promise<BuiltCodecs> {
    const { sources } = JSON.parse(await readFile(join(result, MANIFEST), "utf8")) as Manifest;
    const folder = join(this.#folder, nameOf(sources));
    const whole = `${folder}.${randomUUID()}`; // beside it, which the temporary folder need not be
    try {
      await cp(result, whole, { recursive: true });
      if (!(await readKept(folder))) {
        await rm(folder, { recursive: true, force: true }); // damaged
        await rename(whole, folder).catch(async (error: unknown) => {
          if (!(await readKept(folder))) throw error;
        });
      }
    } finally {
      await rm(whole, { recursive: true, force: true });
    }
    const built = await readKept(folder);
    if (!built) throw new Error(`${folder} is not what was built`);
    await this.lookedOver(built, now);
    return built;
  }

  async lookedOver({ sources }: BuiltCodecs, now: number): Promise<void> {
    const whole = `${this.#record}.${randomUUID()}`;
    await mkdir(this.#folder, { recursive: true });
    await writeFile(whole, JSON.stringify({ name: nameOf(sources), lookedOver: now }));
    await rename(whole, this.#record);
  }

  get #record(): string {
    return join(this.#folder, "newest.json");
  }
}

const nameOf = (sources: readonly SourceVersion[]) => sha256(JSON.stringify(sources)).slice(0, 16);

export const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
