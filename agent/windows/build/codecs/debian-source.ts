/**
 * The sources that one Debian release offers, with Debian's patches applied: as `apt-get source` does it, but with lists of its
 * own, so that nothing about this machine's apt is changed. What is installed here plays no part.
 */
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./run.ts";

/** One of apt's files: its name's ending says which of the two formats it has. */
export interface AptFile {
  readonly name: string;
  readonly text: string;
}

export interface SourceVersion {
  readonly source: string;
  readonly version: string;
}

/** By Debian's order of versions (deb-version(7)). */
export async function isAtLeast(version: string, minimum: string): Promise<boolean> {
  return run(["dpkg", "--compare-versions", version, "ge", minimum]).then(
    () => true,
    () => false,
  );
}

/** The newest first, each once. */
export async function newestFirst(versions: readonly string[]): Promise<string[]> {
  const each = [...new Set(versions)];
  const ranked = await Promise.all(
    each.map(async (version) => {
      const others = await Promise.all(each.map((other) => isAtLeast(version, other)));
      return { version, rank: others.filter((above) => above).length };
    }),
  );
  return ranked.sort((a, b) => b.rank - a.rank).map(({ version }) => version);
}

export class DebianSources {
  /** Why it may offer less than it should: what apt said when it fetched the lists. */
  readonly problem: string | undefined;
  readonly #folder: string;
  readonly #environment: Record<string, string>;

  private constructor(folder: string, environment: Record<string, string>, problem: string | undefined) {
    this.#folder = folder;
    this.#environment = environment;
    this.problem = problem;
  }

  /** Keeps apt's lists and what it downloads in `folder`. `files` are entries of sources. */
  static async open(folder: string, files: readonly AptFile[]): Promise<DebianSources> {
    const [parts, state, cache] = ["parts", "state", "cache"].map((name) => join(folder, name)) as [
      string,
      ...string[],
    ];
    for (const path of [parts, `${state}/lists/partial`, `${cache}/archives/partial`])
      await mkdir(path, { recursive: true });
    await writeFile(
      join(folder, "apt.conf"),
      [
        ["Dir::Etc::SourceList", "/dev/null"],
        ["Dir::Etc::SourceParts", parts],
        ["Dir::State", state],
        ["Dir::Cache", cache],
        ["Acquire::Retries", "3"],
        ["APT::Update::Error-Mode", "any"], // a list that could not be fetched is a failure
      ]
        .map(([key, value]) => `${key} "${value}";\n`)
        .join(""),
    );
    for (const { name, text } of files) await writeFile(join(parts, name), text);
    const environment = { APT_CONFIG: join(folder, "apt.conf"), LC_ALL: "C.UTF-8" };
    if (files.length === 0) return new DebianSources(folder, environment, "apt has no entry of this Debian release");
    const problem = await run(["apt-get", "-q", "update"], { environment }).then(
      () => undefined,
      (error: Error) => complaints(error.message),
    );
    return new DebianSources(folder, environment, problem);
  }

  /** What is offered, the newest first. */
  async versionsOf(source: string): Promise<string[]> {
    return newestFirst(await this.#listed(source));
  }

  /** Unpacks this very version into `target`, which must not exist. */
  async unpack({ source, version }: SourceVersion, target: string): Promise<void> {
    const files = await this.#download(source, version);
    const isDebian = (file: string) => /\.debian\.tar(?:\.|$)/.test(file);
    for (const file of files.filter((name) => !isDebian(name))) await unpackUpstream(file, target);
    for (const file of files.filter(isDebian)) await run(["tar", "-xf", file, "-C", target]);
    await run(["dpkg-source", "--before-build", target]); // applies debian/patches
  }

  /**
   * The archives of one version, each checked against the hash in Debian's signed lists. A mirror may lack a file in one place and
   * have it in another, under another version of the same source: any place that the lists name for this hash will do.
   */
  async #download(source: string, version: string): Promise<string[]> {
    const listed = await this.#urisOf(source, version);
    const everywhere = (await Promise.all((await this.#listed(source)).map((v) => this.#urisOf(source, v)))).flat();
    const archives = listed.filter(({ file }) => /\.tar(?:\.|$)/.test(file));
    if (archives.length < 2) throw new Error(`${source} ${version} is not offered as archives`);
    return Promise.all(
      archives.map(async ({ file, hash }) => {
        const places = [...new Set(everywhere.filter((other) => other.hash === hash).map(({ uri }) => uri))];
        const target = join(this.#folder, file);
        await this.#downloadFrom(places, target, hash);
        return target;
      }),
    );
  }

  async #downloadFrom(places: readonly string[], target: string, hash: string): Promise<void> {
    const [first, ...rest] = places;
    if (first === undefined) throw new Error(`no place offers ${target}`);
    try {
      await run(["/usr/lib/apt/apt-helper", "download-file", first, target, hash], { environment: this.#environment });
    } catch (error) {
      if (rest.length === 0) throw error;
      await this.#downloadFrom(rest, target, hash);
    }
  }

  async #urisOf(source: string, version: string) {
    const words = await this.#apt("source", "--print-uris", "--only-source", `${source}=${version}`).catch(() => "");
    return [...words.matchAll(/^'(\S+)' (\S+) \d+ (SHA256:\S+)$/gm)].map(([, uri = "", file = "", hash = ""]) => ({
      uri,
      file,
      hash,
    }));
  }

  async #listed(source: string): Promise<string[]> {
    const showing = run(["apt-cache", "showsrc", "--only-source", source], { environment: this.#environment });
    const stanzas = await showing.catch(() => ""); // it fails for a source that it has nothing of
    return [...new Set([...stanzas.matchAll(/^Version: (\S+)$/gm)].map(([, version = ""]) => version))];
  }

  #apt(...args: readonly string[]): Promise<string> {
    // prints what it would download into the folder where it stands
    return run(["apt-get", "-q", ...args], { environment: this.#environment, folder: this.#folder });
  }
}

/** As dpkg-source does it: a folder around everything, of whatever name, is left out; not every archive has one. */
async function unpackUpstream(archive: string, target: string): Promise<void> {
  const whole = `${target}.unpacked`;
  await mkdir(whole, { recursive: true });
  await run(["tar", "-xf", archive, "-C", whole]);
  const [first, ...others] = await readdir(whole, { withFileTypes: true });
  const around = first?.isDirectory() && others.length === 0 ? join(whole, first.name) : whole;
  await rename(around, target);
  await rm(whole, { recursive: true, force: true });
}

/** apt's errors without its progress. */
function complaints(words: string): string {
  const lines = words.split("\n").filter((line) => /^[EW]: /.test(line));
  return lines.length > 0 ? lines.map((line) => line.slice("E: ".length)).join(" ") : words;
}
