import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sourceEntries } from "../../agent/windows/codecs/debian-source.ts";
import { HEADERS, MANIFEST, readKept, sha256 } from "../../agent/windows/codecs/kept.ts";

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
