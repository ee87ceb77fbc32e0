/**
 * Debian's source of a library, with Debian's patches applied: as `apt-get source` does it, but with lists of its own, so that
 * nothing about this machine's apt is changed. Where the sources are fetched from is where its packages come from.
 */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./run.ts";

export interface SourceVersion {
  readonly source: string;
  readonly version: string;
}

/** The source package that an installed package was built from. */
export async function sourceOf(debianPackage: string): Promise<SourceVersion> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a format of dpkg-query
  const format = "${db:Status-Status} ${source:Package} ${source:Version}";
  const words = await run(["dpkg-query", "-W", "-f", format, debianPackage]).catch(() => "");
  const [status, source, version] = words.split(" ");
  if (status !== "installed" || !source || !version)
    throw new Error(`${debianPackage} is not installed: apt-get install ${debianPackage}`);
  return { source, version };
}

/**
 * The lines (sources.list(5)) or stanzas (`.sources`) of one of apt's files that stand for this Debian release, as entries of its
 * sources instead of its programs.
 */
export function sourceEntries(text: string, release: string): string {
  const ofRelease = (words: string) =>
    words.split(/\s+/).some((word) => word === release || word.startsWith(`${release}-`));
  if (!/^Types:/m.test(text))
    return text
      .split("\n")
      .filter((line) => /^deb\s/.test(line) && ofRelease(line))
      .map((line) => `${line.replace(/^deb/, "deb-src")}\n`)
      .join("");
  return text
    .split(/\n\s*\n/)
    .filter((stanza) => ofRelease(/^Suites:(.*)$/m.exec(stanza)?.[1] ?? ""))
    .map((stanza) => `${stanza.trim().replace(/^Types:.*$/m, "Types: deb-src")}\n\n`)
    .join("");
}

export class DebianSources {
  readonly #folder: string;
  readonly #environment: Record<string, string>;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#environment = { APT_CONFIG: join(folder, "apt.conf"), LC_ALL: "C.UTF-8" };
  }

  /** Keeps apt's lists and what it downloads in `folder`. */
  static async open(folder: string): Promise<DebianSources> {
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
      ]
        .map(([key, value]) => `${key} "${value}";\n`)
        .join(""),
    );
    await copySources(parts);
    const sources = new DebianSources(folder);
    await sources.#apt("update");
    return sources;
  }

  /** Unpacks this very version into `target`, which must not exist. */
  async unpack({ source, version }: SourceVersion, target: string): Promise<void> {
    const files = await this.#download(source, version);
    await mkdir(target, { recursive: true });
    const isDebian = (file: string) => file.includes(".debian.tar.");
    for (const file of files.filter((name) => !isDebian(name)))
      await run(["tar", "-xf", file, "-C", target, "--strip-components", "1"]);
    for (const file of files.filter(isDebian)) await run(["tar", "-xf", file, "-C", target]);
    await run(["dpkg-source", "--before-build", target]); // applies debian/patches
  }

  /**
   * The archives of one version, each checked against the hash in Debian's signed lists. A mirror may lack a file in one place and
   * have it in another, under another version of the same source: any place that the lists name for this hash will do.
   */
  async #download(source: string, version: string): Promise<string[]> {
    const listed = await this.#urisOf(source, version);
    const everywhere = (await Promise.all((await this.#versionsOf(source)).map((v) => this.#urisOf(source, v)))).flat();
    const archives = listed.filter(({ file }) => file.includes(".tar."));
    if (archives.length < 2)
      throw new Error(
        `The sources of ${source} ${version}, which is installed here, are offered no more. ` +
          "Bring this machine up to date (apt-get update, apt-get upgrade), then try again.",
      );
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

  async #versionsOf(source: string): Promise<string[]> {
    const stanzas = await run(["apt-cache", "showsrc", "--only-source", source], { environment: this.#environment });
    return [...new Set([...stanzas.matchAll(/^Version: (\S+)$/gm)].map(([, version = ""]) => version))];
  }

  #apt(...args: readonly string[]): Promise<string> {
    // prints what it would download into the folder where it stands
    return run(["apt-get", "-q", ...args], { environment: this.#environment, folder: this.#folder });
  }
}

/** This machine's entries for its own Debian release, turned into entries for sources. */
async function copySources(parts: string): Promise<void> {
  const release = /^VERSION_CODENAME=(\w+)$/m.exec(await readFile("/etc/os-release", "utf8"))?.[1] ?? "";
  const folder = "/etc/apt/sources.list.d";
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.(?:list|sources)$/.test(name));
  for (const file of ["/etc/apt/sources.list", ...names.map((name) => join(folder, name))]) {
    const entries = sourceEntries(await readFile(file, "utf8").catch(() => ""), release);
    if (entries) await writeFile(join(parts, file.replace("/etc/apt/", "").replaceAll("/", "-")), entries);
  }
}
