/**
 * `npm run build:windows`: the installer for Windows, made on Linux.
 *
 *   bundle, node.exe, koffi, codecs, licences ─▶ folder ─▶ wixl ─▶ EngawaAgent-VERSION.msi, .msi.sha256, .cdx.json
 */
import { createHash } from "node:crypto";
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleAgent } from "./bundle.ts";
import { buildCodecs } from "./codecs/build.ts";
import { type Component, codecComponents, licencesOf, packageComponents, toCycloneDx } from "./components.ts";
import { unpackPinned, WINDOWS_KOFFI, WINDOWS_NODE, WINDOWS_NODE_LICENCE } from "./fetch/downloads.ts";
import { buildMsi } from "./msi-build.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const POLICY = fileURLToPath(new URL("../policy", import.meta.url));
/** What koffi's package needs of itself to run; its sources and documents stay behind. */
const KOFFI_FILES = ["package.json", "index.js", "src/koffi/index.js", "src/koffi/src/static.js", "LICENSE.txt"];

export interface BuiltInstaller {
  readonly version: string;
  readonly setup: string;
  readonly contents: string;
}

export interface PackageOptions {
  readonly outDir: string;
  /** Another than package.json's, for a test of upgrades. */
  readonly version?: string;
}

/** Throws what is missing, in words. */
export async function packageWindows({ outDir, version: wanted }: PackageOptions): Promise<BuiltInstaller> {
  const version = wanted ?? (JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")).version as string);
  const scratch = await mkdtemp(join(tmpdir(), "engawa-package-"));
  try {
    const payload = join(scratch, "payload");
    const components = await fillPayload(payload, scratch);
    await mkdir(outDir, { recursive: true });
    const setup = join(outDir, `EngawaAgent-${version}.msi`);
    await buildMsi({ version, payload, scratch, setup });
    const hash = await sha256(setup);
    await writeFile(`${setup}.sha256`, `${hash}  ${basename(setup)}\n`);
    const contents = join(outDir, `EngawaAgent-${version}.cdx.json`);
    await writeFile(contents, `${JSON.stringify(toCycloneDx({ version, hash, components }), null, 2)}\n`);
    return { version, setup, contents };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function fillPayload(payload: string, scratch: string): Promise<Component[]> {
  const [node, licence] = [join(scratch, "node"), join(scratch, "node-licence")];
  const koffiBinary = join(payload, "node_modules", WINDOWS_KOFFI.name);
  const [bundled, codecs] = await Promise.all([
    bundleAgent(payload),
    buildCodecs(),
    unpackPinned(WINDOWS_NODE, node),
    unpackPinned(WINDOWS_NODE_LICENCE, licence),
  ]);
  await writeFile(join(payload, "package.json"), '{ "private": true, "type": "module" }\n');
  await copyFile(join(node, "bin", "node.exe"), join(payload, "node.exe"));
  await unpackPinned(WINDOWS_KOFFI, koffiBinary);
  await rm(join(koffiBinary, "win32_x64", "koffi.lib")); // for a linker
  const koffi = join(ROOT, "node_modules", "koffi");
  for (const file of KOFFI_FILES) await copyInto(join(koffi, file), join(payload, "node_modules", "koffi", file));
  for (const file of codecs.files) await copyInto(join(codecs.folder, file), join(payload, "codecs", file));
  await cp(POLICY, join(payload, "policy"), { recursive: true });

  const licences = join(payload, "licences");
  await copyInto(join(ROOT, "LICENSE"), join(licences, "engawa.txt"));
  await copyInto(join(licence, "LICENSE"), join(licences, "node.txt"));
  const packages = await packageComponents(ROOT, [...bundled, koffi]);
  for (const [name, text] of await licencesOf(packages)) await writeFile(join(licences, `${name}.txt`), text);
  return [
    {
      name: "node.exe",
      version: WINDOWS_NODE.version,
      licence: "MIT",
      sha256: await sha256(join(payload, "node.exe")),
    },
    ...packages,
    {
      name: WINDOWS_KOFFI.name,
      version: WINDOWS_KOFFI.version,
      licence: "MIT",
      sha256: await sha256(join(koffiBinary, "win32_x64", "koffi.node")),
    },
    ...(await codecComponents(codecs)),
  ];
}

async function copyInto(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}

async function sha256(file: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
}

if (import.meta.main) {
  const built = await packageWindows({ outDir: join(ROOT, "dist", "windows") });
  process.stdout.write(`${built.setup}\n${built.contents}\n`);
}
