/** From unpacked sources to a folder with the libraries, their headers and licences, and the manifest. */
import { access, copyFile, cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MANIFEST } from "../../../native/codecs/places.ts";
import type { DebianReleases } from "./debian-releases.ts";
import type { SourceVersion } from "./debian-source.ts";
import { HEADERS, type Manifest, sha256 } from "./kept.ts";
import { takeOffer } from "./offers.ts";
import { applyPatch } from "./patch.ts";
import { type CodecRecipe, type Target, WINDOWS } from "./recipe.ts";
import { run } from "./run.ts";

/** After everything else that wants the processor. */
const LAST = ["nice", "-n", "19"];

export async function checkTools({ tools }: Pick<Target, "tools">): Promise<void> {
  const missing = new Set<string>();
  for (const [program, debianPackage] of Object.entries(tools))
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

export async function compilerVersion({ toolchain }: Pick<Target, "toolchain">): Promise<string> {
  const firstLines = toolchain.map(async (program) => (await run([program, "--version"])).split("\n", 1).join());
  return (await Promise.all(firstLines)).join("; ");
}

/** Gives the folder, which is in `scratch`. */
export async function makeCodecs(o: {
  target: Target;
  recipes: readonly CodecRecipe[];
  debian: DebianReleases;
  compiler: string;
  scratch: string;
  passedOver(why: string): void;
}): Promise<string> {
  const result = join(o.scratch, "result");
  await mkdir(result, { recursive: true });
  const sources: SourceVersion[] = [];
  const files: string[] = [];
  for (const recipe of o.recipes) {
    const { debian, passedOver } = o;
    const place = join(o.scratch, recipe.source);
    const use = async (folder: string) => {
      files.push(...(await makeCodec(o.target, recipe, { folder, result, passedOver })));
    };
    sources.push(await takeOffer(recipe, { debian, place, use, passedOver }));
  }
  for (const [from, to] of Object.entries(o.target.runtimeLicences)) {
    await copyLicence(from, join(result, "licences", to));
    files.push(`licences/${to}`);
  }
  const hashes = await Promise.all(
    files.map(async (file) => [file, sha256(await readFile(join(result, file)))] as const),
  );
  const manifest: Manifest = { compiler: o.compiler, sources, files: Object.fromEntries(hashes) };
  await writeFile(join(result, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return result;
}

/** `folder` has the source in `source`. Gives what is to be shipped, as paths within `result`. */
async function makeCodec(
  target: Target,
  recipe: CodecRecipe,
  { folder, result, passedOver }: { folder: string; result: string; passedOver(why: string): void },
): Promise<string[]> {
  const source = join(folder, "source");
  await checkInterface(recipe, folder, target.compiler);
  const changes: string[] = [];
  for (const patch of recipe.patches) {
    if (await applyPatch(patch, folder)) changes.push(patch.name);
    else passedOver(`${recipe.source} is built without ${patch.name}, which was not made for this version`);
  }
  await compile(target, recipe, { folder: join(folder, "build"), library: join(result, recipe.dll) });
  await cp(join(source, recipe.headers), join(result, HEADERS, recipe.headers), { recursive: true });
  for (const [from, to] of Object.entries(recipe.licences))
    await copyLicence(join(source, from), join(result, "licences", to));
  // whoever gets the library gets what was changed in it
  for (const change of changes) await copyLicence(join(folder, change), join(result, "licences", change));
  return [recipe.dll, ...[...Object.values(recipe.licences), ...changes].map((file) => `licences/${file}`)];
}

/** A library with other structures than the agent's would be refused on every PC. `folder` has its source in `source`. */
export async function checkInterface(
  { abi }: Pick<CodecRecipe, "abi">,
  folder: string,
  compiler = WINDOWS.compiler,
): Promise<void> {
  const probe = join(folder, "interface.c");
  await writeFile(probe, `#include "${abi.header}"\n${abi.macro}\n`);
  const text = await run([compiler, "-E", "-P", "-I", join(folder, "source"), probe]);
  const sum = text.trimEnd().split("\n").at(-1) ?? ""; // such as (10 + (7 + (9)) + 3)
  const version = /^[\d\s+()]+$/.test(sum)
    ? (sum.match(/\d+/g) ?? []).reduce((total, part) => total + Number(part), 0)
    : undefined;
  if (version === undefined || !abi.accepted.includes(version))
    throw new Error(
      `its binary interface, ${abi.macro} = ${version ?? sum}, is not one that the agent knows (${abi.accepted.join(", ")})`,
    );
}

async function compile(
  target: Target,
  recipe: CodecRecipe,
  { folder, library }: { folder: string; library: string },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const options = { folder, environment: recipe.environment };
  await run([...LAST, ...recipe.configure], options);
  await run([...LAST, "make", "-j2", recipe.target], options);
  const { name, text } = target.exportsFile(recipe.exports);
  await writeFile(join(folder, name), text);
  const rest = target.linkWith({ archive: recipe.archive, exportsFile: name });
  await run([target.compiler, ...target.link, "-o", library, ...rest], options);
}

async function copyLicence(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}
