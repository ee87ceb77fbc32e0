/**
 * `npm run build:codecs [-- linux|windows]`: from Debian's sources a libaom for this machine, newer than its own, and aom.dll and
 * vpx.dll for the agent on Windows, made with mingw.
 *
 *   compiler, recipe ─▶ kept? ─ yes, and looked over today ──────────────────────────────────────▶ done
 *                        ├── yes ─▶ Debian offers newer ones? ─ no, or cannot be asked ──────────▶ done
 *                        │                   └── yes ─┐
 *                        └── no ──────────────────────┴─▶ sources ─▶ configure, make, link ─▶ kept, done
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nameOwnCodecs } from "../../../native/codecs/own-library.ts";
import { cacheFolder } from "../../../native/codecs/places.ts";
import { checkTools, compilerVersion, makeCodecs } from "./compile.ts";
import { DebianReleases } from "./debian-releases.ts";
import { isAtLeast, type SourceVersion } from "./debian-source.ts";
import { type BuiltCodecs, KeptCodecs, sha256 } from "./kept.ts";
import { type Need, offersOf } from "./offers.ts";
import { type Target, WINDOWS } from "./recipe.ts";
import { LINUX } from "./recipe-linux.ts";

const complain = (words: string) => process.stderr.write(`${words}\n`);

/** From the cache when they are there and whole; else they are built, which takes minutes. Throws what is missing, in words. */
export async function buildCodecs(target: Target = WINDOWS): Promise<BuiltCodecs> {
  await checkTools(target);
  const compiler = await compilerVersion(target);
  const scratch = await mkdtemp(join(tmpdir(), "engawa-codecs-"));
  try {
    return await currentCodecs({
      kept: new KeptCodecs(join(cacheFolder(), ...target.folder, keyOf(target, compiler))),
      recipes: target.codecs,
      now: Date.now(),
      debian: () => DebianReleases.ofThisMachine(join(scratch, "apt")),
      make: (recipes, debian) => {
        complain(`building ${recipes.map(({ source }) => source).join(", ")}`); // quickstart/codecs.ts waits for this
        return makeCodecs({ target, recipes, debian, compiler, scratch, passedOver: complain });
      },
      complain,
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Of all that decides what comes out. `compiler`: the toolchain's versions. */
export function keyOf(target: Target, compiler: string): string {
  const { codecs, link, runtimeLicences } = target;
  const linked = codecs.map(({ archive, exports }) => {
    const { name, text } = target.exportsFile(exports);
    return { text, with: target.linkWith({ archive, exportsFile: name }) };
  });
  const all = { codecs, compiler: target.compiler, link, linked, runtimeLicences, toolchain: compiler };
  return sha256(JSON.stringify(all)).slice(0, 16);
}

export async function currentCodecs<Recipe extends Need>(o: {
  kept: KeptCodecs;
  recipes: readonly Recipe[];
  /** ms since 1970. */
  now: number;
  debian(): Promise<DebianReleases>;
  /** Makes them of what is offered, and gives the folder with them. */
  make(recipes: readonly Recipe[], debian: DebianReleases): Promise<string>;
  complain(words: string): void;
}): Promise<BuiltCodecs> {
  const { kept, now } = o;
  const before = await kept.newest(now);
  if (before?.fresh) return before.codecs;
  const debian = await o.debian();
  if (!before) return kept.keep(await o.make(o.recipes, debian), now);
  const { codecs } = before;
  // never back to an older one because a mirror is away
  const recipes = o.recipes.map((recipe) => atLeast(recipe, codecs.sources));
  try {
    if (await offersNewer(recipes, codecs.sources, debian)) return await kept.keep(await o.make(recipes, debian), now);
    const problems = await debian.problems();
    if (problems.length === 0) await kept.lookedOver(codecs, now);
    else o.complain(problems.join("\n"));
  } catch (error) {
    o.complain(error instanceof Error ? error.message : String(error));
  }
  return codecs;
}

const versionIn = (sources: readonly SourceVersion[], source: string) =>
  sources.find((made) => made.source === source)?.version;

const atLeast = <Recipe extends Need>(recipe: Recipe, made: readonly SourceVersion[]): Recipe => ({
  ...recipe,
  minimum: versionIn(made, recipe.source) ?? recipe.minimum,
});

/** Of any of them, the first offer is another than the one it was made of: recipes want at least that. */
async function offersNewer(
  recipes: readonly Need[],
  made: readonly SourceVersion[],
  debian: DebianReleases,
): Promise<boolean> {
  for (const recipe of recipes) {
    const { value: first } = await offersOf(recipe, debian).next();
    if (first && !(await isAtLeast(versionIn(made, recipe.source) ?? "", first.version))) return true;
  }
  return false;
}

/** For this machine's agent, which looks for it where `ownLibrary` says (agent/native/codecs/own-library.ts). */
export async function buildOwnCodecs(): Promise<BuiltCodecs> {
  const built = await buildCodecs(LINUX);
  nameOwnCodecs(built.folder);
  return built;
}

const SYSTEMS = { linux: buildOwnCodecs, windows: () => buildCodecs(WINDOWS) };

if (import.meta.main) {
  const asked = process.argv.slice(2);
  for (const [system, build] of Object.entries(SYSTEMS)) {
    if (asked.length > 0 && !asked.includes(system)) continue;
    try {
      const { folder, files, sources } = await build();
      const from = sources.map(({ source, version }) => `${source} ${version}`).join(", ");
      process.stdout.write(`${[`${folder} (${from})`, ...files.map((file) => `  ${file}`)].join("\n")}\n`);
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error));
      process.exitCode = 1;
    }
  }
}
