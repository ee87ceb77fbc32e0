import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MANIFEST } from "../../agent/native/codecs/places.ts";
import { currentCodecs, keyOf } from "../../agent/windows/build/codecs/build.ts";
import { checkInterface } from "../../agent/windows/build/codecs/compile.ts";
import { DebianReleases, sourceEntries } from "../../agent/windows/build/codecs/debian-releases.ts";
import type { SourceVersion } from "../../agent/windows/build/codecs/debian-source.ts";
import { HEADERS, KeptCodecs, readKept, sha256 } from "../../agent/windows/build/codecs/kept.ts";
import { takeOffer } from "../../agent/windows/build/codecs/offers.ts";
import { WINDOWS } from "../../agent/windows/build/codecs/recipe.ts";
import { LINUX } from "../../agent/windows/build/codecs/recipe-linux.ts";

const run = promisify(execFile);

describe("entries for sources", () => {
  test("lines of this release are turned round, comments and other releases are left out", () => {
    const text = [
      "# deb http://mirror.example/debian bookworm main",
      "deb [signed-by=/k.gpg] http://mirror.example/debian bookworm main contrib",
      "deb-src http://mirror.example/debian bookworm main",
      "deb http://mirror.example/debian-security bookworm-security main",
      "deb http://other.example/apt stable main",
    ].join("\n");
    expect(sourceEntries(text, "bookworm")).toBe(
      "deb-src [signed-by=/k.gpg] http://mirror.example/debian bookworm main contrib\n" +
        "deb-src http://mirror.example/debian-security bookworm-security main\n",
    );
  });

  test("so are stanzas, whose keys they keep", () => {
    const text =
      "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By: /k.gpg\n\n" +
      "Types: deb\nURIs: http://other.example/apt\nSuites: nodistro\nComponents: main\n";
    expect(sourceEntries(text, "bookworm")).toBe(
      "Types: deb-src\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By: /k.gpg\n\n",
    );
  });
});

describe("entries for another release's sources", () => {
  const line = "deb [signed-by=/k.gpg] http://mirror.example/debian bookworm main\n";
  const stanza =
    "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By: /k.gpg\n";

  test("are those of this one at the same place with the same key", () => {
    expect(sourceEntries(line, "bookworm", "testing")).toBe(
      "deb-src [signed-by=/k.gpg] http://mirror.example/debian testing main\n",
    );
    expect(sourceEntries(stanza, "bookworm", "testing")).toBe(
      "Types: deb-src\nURIs: http://mirror.example/debian\nSuites: testing testing-updates\nComponents: main\nSigned-By: /k.gpg\n\n",
    );
  });

  test("unstable has no updates beside it", () => {
    expect(sourceEntries(line.replace("bookworm", "bookworm-updates"), "bookworm", "unstable")).toBe("");
    expect(sourceEntries(stanza, "bookworm", "unstable")).toContain("\nSuites: unstable\n");
  });

  test("backports, other people's suites and what is switched off stay out", () => {
    for (const suite of ["bookworm-backports", "bookworm-pgdg"])
      expect(sourceEntries(line.replace("bookworm", suite), "bookworm", "stable")).toBe("");
    expect(sourceEntries(`Enabled: no\n${stanza}`, "bookworm", "stable")).toBe("");
  });
});

/** A mirror in a folder, without signatures: release → versions of the source "aom". Its archives hold a file that says the version. */
class Mirror {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async offer(release: string, versions: readonly string[]): Promise<void> {
    const index = join(this.folder, "dists", release, "main/source");
    await mkdir(index, { recursive: true });
    const stanzas = await Promise.all(versions.map((version) => this.#stanza(version)));
    await writeFile(join(index, "Sources"), stanzas.join("\n"));
    const hash = sha256(stanzas.join("\n"));
    const bytes = Buffer.byteLength(stanzas.join("\n"));
    await writeFile(
      join(this.folder, "dists", release, "Release"),
      `Suite: ${release}\nComponents: main\nArchitectures: source\nDate: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n ${hash} ${bytes} main/source/Sources\n`,
    );
  }

  async #stanza(version: string): Promise<string> {
    const pool = join(this.folder, "pool");
    const content = join(this.folder, "content", version);
    await mkdir(join(content, "aom-x/debian/source"), { recursive: true });
    await mkdir(pool, { recursive: true });
    await writeFile(join(content, "aom-x/version.txt"), version);
    await writeFile(join(content, "aom-x/debian/source/format"), "3.0 (quilt)\n");
    await writeFile(
      join(content, "aom-x/debian/control"),
      "Source: aom\nMaintainer: A <a@example>\n\nPackage: libaom3\nArchitecture: any\nDescription: x\n",
    );
    const date = "Thu, 01 Jan 2026 00:00:00 +0000";
    await writeFile(
      join(content, "aom-x/debian/changelog"),
      `aom (${version}) unstable; urgency=low\n\n  * x\n\n -- A <a@example>  ${date}\n`,
    );
    const [orig, debian] = [`aom_${version.split("-")[0]}.orig.tar`, `aom_${version}.debian.tar`];
    const reproducible = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0"];
    await run("tar", [...reproducible, "-cf", join(pool, orig), "-C", content, "--exclude=debian", "aom-x"]);
    await run("tar", [...reproducible, "-cf", join(pool, debian), "-C", join(content, "aom-x"), "debian"]);
    // apt counts on it; it may be missing on the mirror, since the index says all that it would
    const dsc = `aom_${version}.dsc`;
    const sums = async (algorithm: string) =>
      (
        await Promise.all(
          [dsc, orig, debian].map(async (file) => {
            const data = file === dsc ? Buffer.from(version) : await readFile(join(pool, file));
            return ` ${createHash(algorithm).update(data).digest("hex")} ${data.length} ${file}\n`;
          }),
        )
      ).join("");
    return `Package: aom\nFormat: 3.0 (quilt)\nBinary: libaom3\nArchitecture: any\nVersion: ${version}\nDirectory: pool\nFiles:\n${await sums("md5")}Checksums-Sha256:\n${await sums("sha256")}`;
  }

  releases(folder: string): DebianReleases {
    const text = `deb [trusted=yes] copy:${this.folder} bookworm main\n`;
    return new DebianReleases({ folder, files: [{ name: "sources.list", text }], own: "bookworm" });
  }
}

describe("what a mirror offers", { timeout: 60_000 }, () => {
  const NEED = { source: "aom", wanted: "3.13", minimum: "3.6" };
  let folder: string;
  let mirror: Mirror;
  let looked = 0;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "engawa-mirror-"));
    mirror = new Mirror(join(folder, "mirror"));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const look = () => mirror.releases(join(folder, `apt-${looked++}`));

  async function take(need = NEED, use: (folder: string, version: string) => void = () => {}) {
    const passedOver: string[] = [];
    const taken = await takeOffer(need, {
      debian: look(),
      place: join(folder, `place-${looked}`),
      use: async (unpacked) => use(unpacked, await readFile(join(unpacked, "source/version.txt"), "utf8")),
      passedOver: (why) => passedOver.push(why),
    });
    return { version: taken.version, passedOver };
  }

  test("the version of the libraries installed here plays no part: a successor is taken when it is offered no more", async () => {
    await mirror.offer("bookworm", ["3.6.0-1+deb12u99"]);
    const unpacked: string[] = [];
    const { version } = await take(NEED, (_, found) => unpacked.push(found));
    expect([version, unpacked]).toEqual(["3.6.0-1+deb12u99", ["3.6.0-1+deb12u99"]]);
  });

  test("the most settled release that has what is wanted is taken", async () => {
    await mirror.offer("bookworm", ["3.6.0-1"]);
    await mirror.offer("stable", ["3.12.1-1"]);
    await mirror.offer("testing", ["3.13.0-1", "3.13.2-1"]);
    await mirror.offer("unstable", ["3.15.0-1"]);
    expect((await take()).version).toBe("3.13.2-1");
  });

  test("without what is wanted, the newest that will do is", async () => {
    await mirror.offer("bookworm", ["3.6.0-1"]);
    await mirror.offer("stable", ["3.12.1-1"]);
    expect((await take()).version).toBe("3.12.1-1");
  });

  test("what cannot be fetched, or is of no use, is passed over for the next", async () => {
    await mirror.offer("bookworm", ["3.6.0-1"]);
    await mirror.offer("testing", ["3.13.2-1"]);
    await mirror.offer("unstable", ["3.15.0-1", "3.14.0-1"]);
    await rm(join(mirror.folder, "pool/aom_3.13.2.orig.tar"));
    const { version, passedOver } = await take(NEED, (_, found) => {
      if (found === "3.15.0-1") throw new Error("its binary interface is another");
    });
    expect(version).toBe("3.14.0-1");
    expect(passedOver).toEqual([
      expect.stringContaining("aom 3.13.2-1 (testing): "),
      "aom 3.15.0-1 (unstable): its binary interface is another",
    ]);
  });

  test("what is too old is not, and the error says what was looked into", async () => {
    await mirror.offer("bookworm", ["3.5.0-1"]);
    await expect(take()).rejects.toThrow(
      /^No usable source of aom 3\.6 or newer was found in Debian's bookworm, stable, testing, unstable\.\n[\s\S]*unstable: /,
    );
  });

  describe("and what was kept", () => {
    const DAY_MS = 24 * 3_600_000;
    let kept: KeptCodecs;
    let made: string[];
    let complaints: string[];
    beforeEach(() => {
      kept = new KeptCodecs(join(folder, "kept"));
      [made, complaints] = [[], []];
    });

    const current = (now: number) =>
      currentCodecs({
        kept,
        recipes: [NEED],
        now,
        debian: async () => look(),
        make: async ([need = NEED], debian) => {
          const place = join(folder, `make-${looked}`);
          const passedOver = (why: string) => complaints.push(why);
          const source = await takeOffer(need, { debian, place, use: async () => {}, passedOver });
          made.push(source.version);
          await mkdir(join(place, HEADERS), { recursive: true });
          await writeFile(join(place, MANIFEST), JSON.stringify({ compiler: "", files: {}, sources: [source] }));
          return place;
        },
        complain: (words) => complaints.push(words),
      });
    const versions = ({ sources }: { sources: readonly SourceVersion[] }) => sources.map(({ version }) => version);
    const everywhere = async (version: string) => {
      for (const release of ["bookworm", "stable", "testing", "unstable"]) await mirror.offer(release, [version]);
    };

    test("is used the same day whatever is offered", async () => {
      await everywhere("3.14.0-1");
      await current(0);
      await everywhere("3.15.0-1");
      expect(versions(await current(DAY_MS - 1))).toEqual(["3.14.0-1"]);
      expect(made).toEqual(["3.14.0-1"]);
    });

    test("gives way to a newer one the next day", async () => {
      await everywhere("3.14.0-1");
      await current(0);
      await everywhere("3.15.0-1");
      expect(versions(await current(DAY_MS))).toEqual(["3.15.0-1"]);
    });

    test("is used for another day when nothing newer is offered", async () => {
      await everywhere("3.14.0-1");
      await current(0);
      await current(DAY_MS);
      await everywhere("3.15.0-1");
      expect(versions(await current(DAY_MS + 1))).toEqual(["3.14.0-1"]);
      expect([made, complaints]).toEqual([["3.14.0-1"], []]);
    });

    test("is used while no mirror can be reached, and not given up for an older one", async () => {
      await everywhere("3.14.0-1");
      await current(0);
      await rm(mirror.folder, { recursive: true });
      expect(versions(await current(DAY_MS))).toEqual(["3.14.0-1"]);
      expect(complaints).toEqual([expect.stringContaining("bookworm: ")]);
      await mirror.offer("bookworm", ["3.6.0-1"]);
      expect(versions(await current(2 * DAY_MS))).toEqual(["3.14.0-1"]);
    });

    test("nothing, and no mirror: the error says so", async () => {
      await expect(current(0)).rejects.toThrow("No usable source of aom 3.6 or newer");
    });
  });
});

describe("the binary interface of a source", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "engawa-interface-"));
    await mkdir(join(folder, "source/aom"), { recursive: true });
    await writeFile(join(folder, "source/aom/image.h"), "#define IMAGE_ABI (9) /* a comment */\n");
  });
  afterEach(() => rm(folder, { recursive: true }));

  const check = async (abi: string) => {
    await writeFile(join(folder, "source/aom/encoder.h"), `#include "aom/image.h"\n#define ENCODER_ABI ${abi}\n`);
    return checkInterface({ abi: { header: "aom/encoder.h", macro: "ENCODER_ABI", accepted: [29] } }, folder);
  };

  test("is read from its headers", () => check("(10 + (7 + IMAGE_ABI) + 3)"));

  test.each([
    ["another", "(11 + (7 + IMAGE_ABI) + 3)", "ENCODER_ABI = 30, is not one that the agent knows (29)"],
    ["not a number", "sizeof(int)", "ENCODER_ABI = sizeof(int), is not one that the agent knows (29)"],
  ])("is refused in words when it is %s", async (_, abi, words) => {
    await expect(check(abi)).rejects.toThrow(words);
  });
});

describe("codecs that were kept", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "engawa-kept-"));
    await mkdir(join(folder, HEADERS));
    await writeFile(join(folder, "aom.dll"), "a library");
    const manifest = { sources: [], compiler: "", files: { "aom.dll": sha256("a library") } };
    await writeFile(join(folder, MANIFEST), JSON.stringify(manifest));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test("are used again", async () => expect((await readKept(folder))?.files).toEqual(["aom.dll", MANIFEST]));

  test.each([
    ["a file was changed", () => writeFile(join(folder, "aom.dll"), "a librarz")],
    ["a file is gone", () => rm(join(folder, "aom.dll"))],
    ["the manifest is not whole", () => writeFile(join(folder, MANIFEST), '{"files":')],
    ["the headers are gone", () => rm(join(folder, HEADERS), { recursive: true })],
  ])("are not when %s", async (_, damage) => {
    await damage();
    expect(await readKept(folder)).toBeUndefined();
  });
});

describe.each([LINUX, WINDOWS])("the key under which codecs are kept: $folder", (target) => {
  test("is the same for the same recipe", () => expect(keyOf({ ...target }, "gcc 12")).toBe(keyOf(target, "gcc 12")));

  test("is another when anything is that decides what comes out", () => {
    const [codec, ...codecs] = target.codecs;
    if (!codec) throw new Error("there is no recipe");
    const { archive, exports } = codec;
    const others = [
      keyOf(target, "gcc 13"),
      keyOf({ ...target, link: [...target.link, "-g"] }, "gcc 12"),
      keyOf({ ...target, linkWith: (o) => [...target.linkWith(o), "-lrt"] }, "gcc 12"),
      keyOf({ ...target, exportsFile: () => target.exportsFile([...exports, "main"]) }, "gcc 12"),
      keyOf({ ...target, codecs: [{ ...codec, archive: `${archive}.a` }, ...codecs] }, "gcc 12"),
    ];
    expect(new Set([keyOf(target, "gcc 12"), ...others]).size).toBe(6);
  });
});
