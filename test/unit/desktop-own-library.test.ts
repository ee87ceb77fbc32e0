/** Which file is loaded as our own libaom: only the one that was built. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { nameOwnCodecs, ownLibrary } from "../../agent/native/codecs/own-library.ts";
import { sha256 } from "../../agent/windows/build/codecs/kept.ts";
import { temporaryFolder } from "../../signaling/quickstart/temporary.ts";

let folder: string;
const library = () => join(folder, "built", "engawa-aom.so");

beforeEach(() => {
  folder = temporaryFolder("test");
  vi.stubEnv("XDG_CACHE_HOME", folder);
  vi.stubEnv("ENGAWA_CODECS", "");
  mkdirSync(join(folder, "built"));
  writeFileSync(library(), "a library");
  const files = { "engawa-aom.so": sha256("a library") };
  writeFileSync(join(folder, "built", "manifest.json"), JSON.stringify({ files }));
});
afterEach(() => void vi.unstubAllEnvs());

describe("a libaom of our own", () => {
  test("is none where none was built", () => expect(ownLibrary()).toBeUndefined());

  test("is the one that was built last", () => {
    nameOwnCodecs(join(folder, "built"));
    expect(ownLibrary()).toBe(library());
  });

  test("is the one in the folder that an installed agent is given", () => {
    vi.stubEnv("ENGAWA_CODECS", join(folder, "built"));
    expect(ownLibrary()).toBe(library());
  });

  test("is none when the file is another than was built", () => {
    nameOwnCodecs(join(folder, "built"));
    writeFileSync(library(), "a librarz");
    expect(ownLibrary()).toBeUndefined();
  });

  test("is none when it is not in the manifest", () => {
    nameOwnCodecs(join(folder, "built"));
    writeFileSync(join(folder, "built", "manifest.json"), JSON.stringify({ files: {} }));
    expect(ownLibrary()).toBeUndefined();
  });
});
