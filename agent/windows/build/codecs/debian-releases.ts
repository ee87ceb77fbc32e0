/**
 * Where sources are looked for: the Debian release of this machine, then Debian's later ones, at the mirrors and under the keys
 * of this machine's own entries. Lists are fetched only of the releases that are looked into.
 *
 *   /etc/apt ─▶ entries of the own release ─▶ bookworm, -updates, -security
 *                          └── same places ─▶ stable, …, testing, …, unstable
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type AptFile, DebianSources } from "./debian-source.ts";

/** Debian's names for what comes after each release that has a name: the newest last. */
const LATER_RELEASES = ["stable", "testing", "unstable"] as const;
/** What a release has beside itself. Others (backports, other people's) are not Debian's word on the release. */
const SUITE_ENDINGS = ["", "-updates", "-security"] as const;

/** `suite` is one of the release `own` → the same of the release `wanted`, which need not exist there. */
function suiteOf(suite: string, own: string, wanted: string): string[] {
  const ending = SUITE_ENDINGS.find((known) => suite === `${own}${known}`);
  if (ending === undefined || (wanted === "unstable" && ending !== "")) return [];
  return [`${wanted}${ending}`];
}

/**
 * The lines (sources.list(5)) or stanzas (`.sources`) of one of apt's files that stand for the Debian release `own`, as entries of
 * the sources of `wanted` instead of its programs.
 */
export function sourceEntries(text: string, own: string, wanted = own): string {
  if (!/^Types:/m.test(text))
    return [...text.matchAll(/^deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)(.*)$/gm)]
      .flatMap(([, options = "", uri, suite = "", components]) =>
        suiteOf(suite, own, wanted).map((its) => `deb-src ${options}${uri} ${its}${components}\n`),
      )
      .join("");
  return text
    .split(/\n\s*\n/)
    .filter((stanza) => !/^Enabled:\s*no\b/im.test(stanza))
    .flatMap((stanza) => {
      const suites = (/^Suites:(.*)$/m.exec(stanza)?.[1] ?? "").split(/\s+/);
      const theirs = suites.flatMap((suite) => suiteOf(suite, own, wanted));
      if (theirs.length === 0) return [];
      const entry = stanza.trim().replace(/^Types:.*$/m, "Types: deb-src");
      return [`${entry.replace(/^Suites:.*$/m, `Suites: ${theirs.join(" ")}`)}\n\n`];
    })
    .join("");
}

export async function machineRelease(): Promise<string> {
  return /^VERSION_CODENAME=(\w+)$/m.exec(await readFile("/etc/os-release", "utf8"))?.[1] ?? "";
}

export async function machineAptFiles(): Promise<AptFile[]> {
  const folder = "/etc/apt/sources.list.d";
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.(?:list|sources)$/.test(name));
  return Promise.all(
    ["/etc/apt/sources.list", ...names.map((name) => join(folder, name))].map(async (file) => ({
      name: file.replace("/etc/apt/", "").replaceAll("/", "-"),
      text: await readFile(file, "utf8").catch(() => ""),
    })),
  );
}

export class DebianReleases {
  /** From the most settled to the newest. */
  readonly names: readonly string[];
  readonly #folder: string;
  readonly #files: readonly AptFile[];
  readonly #own: string;
  readonly #open = new Map<string, Promise<DebianSources>>();

  /** Keeps apt's lists and what it downloads in `folder`. */
  constructor(o: { folder: string; files: readonly AptFile[]; own: string }) {
    this.#folder = o.folder;
    this.#files = o.files;
    this.#own = o.own;
    this.names = [o.own, ...LATER_RELEASES];
  }

  static async ofThisMachine(folder: string): Promise<DebianReleases> {
    return new DebianReleases({ folder, files: await machineAptFiles(), own: await machineRelease() });
  }

  /** Never rejects for what a mirror lacks: then it offers less, and says why in `problem`. */
  sourcesOf(release: string): Promise<DebianSources> {
    const known = this.#open.get(release);
    if (known) return known;
    const files = this.#files
      .map(({ name, text }) => ({ name, text: sourceEntries(text, this.#own, release) }))
      .filter(({ text }) => text !== "");
    const opened = DebianSources.open(join(this.#folder, release), files);
    this.#open.set(release, opened);
    return opened;
  }

  /** What kept the releases that were looked into from offering all they have. */
  async problems(): Promise<string[]> {
    const opened = await Promise.all(
      [...this.#open].map(async ([release, sources]) => ({ release, problem: (await sources).problem })),
    );
    return opened.flatMap(({ release, problem }) => (problem === undefined ? [] : [`${release}: ${problem}`]));
  }
}
