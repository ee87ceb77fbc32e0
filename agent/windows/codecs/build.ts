/**
 * `npm run build:codecs`: aom.dll and vpx.dll for the agent on Windows, from Debian's sources, made on Linux with mingw.
 *
 *   installed versions, compiler, recipe ─▶ key ─▶ kept? ─ yes, and whole ─▶ done
 *                                                   └── no ─▶ sources ─▶ configure, make, link ─▶ kept
 */
import { randomUUID } from "node:crypto";
import { access, copyFile, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { WINDOWS_CACHE } from "../downloads.ts";
import { DebianSources, sourceOf } from "./debian-source.ts";
import { type BuiltCodecs, HEADERS, MANIFEST, type Manifest, readKept, sha256 } from "./kept.ts";
import { CODECS, COMPILER, type CodecRecipe, LINK, RUNTIME_LICENCES, TOOLS } from "./recipe.ts";
import { run } from "./run.ts";

/** After everything else that wants the processor. */
const LAST = ["nice", "-n", "19"];

/** From the cache when it is there and whole; else it is built, which takes minutes. Throws what is missing, in words. */
export async function buildCodecs(): Promise<BuiltCodecs> {
  await checkTools();
  const compiler = await compilerVersion();
  const sources = await Promise.all(CODECS.map(({ debianPackage }) => sourceOf(debianPackage)));
  const key = sha256(JSON.stringify({ CODECS, COMPILER, LINK, RUNTIME_LICENCES, compiler, sources })).slice(0, 16);
  const folder = join(WINDOWS_CACHE, "codecs", key);
  const kept = await readKept(folder);
  if (kept) return kept;
  const scratch = await mkdtemp(join(tmpdir(), "engawa-codecs-"));
  try {
    await build(scratch, { compiler, sources });
    await keep(join(scratch, "result"), folder);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  const built = await readKept(folder);
  if (!built) throw new Error(`${folder} is not what was built`);
  return built;
}

/** Other processes may have built the same meanwhile, and use it. */
async function keep(result: string, folder: string): Promise<void> {
  const whole = `${folder}.${randomUUID()}`; // beside it, which the temporary folder need not be
  try {
    await cp(result, whole, { recursive: true });
    if (await readKept(folder)) return;
    await rm(folder, { recursive: true, force: true }); // damaged
    await rename(whole, folder).catch(async (error: unknown) => {
      if (!(await readKept(folder))) throw error;
    });
  } finally {
    await rm(whole, { recursive: true, force: true });
  }
}

async function checkTools(): Promise<void> {
  const missing = new Set<string>();
  for (const [program, debianPackage] of Object.entries(TOOLS))
    if (!(await isInstalled(program))) missing.add(debianPackage);
  if (missing.size > 0)
    throw new Error(`Programs are missing: apt-get install --no-install-recommends ${[...missing].join(" ")}`);
}

async function isInstalled(program: string): Promise<boolean> {
  const folders = (process.env["PATH"] ?? "").split(":");
  return (await Promise.allSettled(folders.map((folder) => access(join(folder, program))))).some(
    ({ status }) => status === "fulfilled",
  );
}

async function compilerVersion(): Promise<string> {
  const firstLines = [COMPILER, "nasm", "x86_64-w64-mingw32-ld"].map(async (program) =>
    (await run([program, "--version"])).split("\n", 1).join(),
  );
  return (await Promise.all(firstLines)).join("; ");
}

async function build(scratch: string, made: Pick<Manifest, "sources" | "compiler">): Promise<void> {
  const result = join(scratch, "result");
  await mkdir(result, { recursive: true });
  const debian = await DebianSources.open(join(scratch, "apt"));
  const files: string[] = [];
  for (const [at, recipe] of CODECS.entries()) {
    const place = join(scratch, recipe.debianPackage);
    const source = made.sources[at];
    if (!source) throw new Error(`no source for ${recipe.dll}`);
    await debian.unpack(source, join(place, "source"));
    await compile(recipe, join(place, "build"), join(result, recipe.dll));
    await cp(join(place, "source", recipe.headers), join(result, HEADERS, recipe.headers), { recursive: true });
    files.push(recipe.dll);
    for (const [from, to] of Object.entries(recipe.licences)) {
      await copyLicence(join(place, "source", from), join(result, "licences", to));
      files.push(`licences/${to}`);
    }
  }
  for (const [from, to] of Object.entries(RUNTIME_LICENCES)) {
    await copyLicence(from, join(result, "licences", to));
    files.push(`licences/${to}`);
  }
  const hashes = await Promise.all(
    files.map(async (file) => [file, sha256(await readFile(join(result, file)))] as const),
  );
  const manifest: Manifest = { ...made, files: Object.fromEntries(hashes) };
  await writeFile(join(result, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

async function compile(recipe: CodecRecipe, folder: string, dll: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const options = { folder, environment: recipe.environment };
  await run([...LAST, ...recipe.configure], options);
  await run([...LAST, "make", "-j2", recipe.target], options);
  await writeFile(join(folder, "exports.def"), `EXPORTS\n${recipe.exports.join("\n")}\n`);
  await run([COMPILER, ...LINK, "-o", dll, "exports.def", recipe.archive], options);
}

async function copyLicence(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}

if (import.meta.main) {
  try {
    const { folder, files } = await buildCodecs();
    process.stdout.write(`${[folder, ...files.map((file) => `  ${file}`)].join("\n")}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
