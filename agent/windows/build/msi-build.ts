/** The Windows Installer package, made by Debian's `wixl` and `msibuild` of the program's folder. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { amendments, guidOf, msiSource, UTF8_CODEPAGE } from "./msi.ts";

/** Of every file in the package: what is built twice is the same twice. */
const SAME_TIME = new Date("2020-01-01T00:00:00Z");

const run = promisify(execFile);

export interface MsiOptions {
  readonly version: string;
  readonly payload: string;
  /** For what is made on the way. */
  readonly scratch: string;
  /** The file to write. */
  readonly setup: string;
}

/** Throws what the tools say. */
export async function buildMsi({ version, payload, scratch, setup }: MsiOptions): Promise<void> {
  const entries = await readdir(payload, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(payload, join(entry.parentPath, entry.name)))
    .sort();
  const all = createHash("sha256");
  for (const file of files) {
    all.update(
      `${file}\0${createHash("sha256")
        .update(await readFile(join(payload, file)))
        .digest("hex")}\n`,
    );
    await utimes(join(payload, file), SAME_TIME, SAME_TIME);
  }
  const hash = all.digest("hex");
  const source = join(scratch, "engawa.wxs");
  await writeFile(source, msiSource({ version, files, hash }));
  await run("wixl", ["--arch", "x64", "--output", setup, source], { cwd: payload });
  const codepage = join(scratch, "codepage.idt");
  await writeFile(codepage, UTF8_CODEPAGE);
  await run("msibuild", [setup, "-i", codepage]);
  await run("msibuild", [setup, "-s", "Installation Database", "Engawa", "x64;1041", `{${guidOf(`package ${hash}`)}}`]);
  await run("msibuild", [setup, "-q", ...amendments(version)]);
}
