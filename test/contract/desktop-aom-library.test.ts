import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { aomLibrary } from "../../agent/native/codecs/aom-library.ts";
import { sha256 } from "../../agent/windows/build/codecs/kept.ts";
import { temporaryFolder } from "../../signaling/quickstart/temporary.ts";

test("a libaom of our own that this machine cannot load is passed over for the system's", () => {
  const folder = temporaryFolder("test");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "engawa-aom.so"), "of another machine");
  writeFileSync(
    join(folder, "manifest.json"),
    JSON.stringify({ files: { "engawa-aom.so": sha256("of another machine") } }),
  );
  vi.stubEnv("ENGAWA_CODECS", folder);
  const { own, about } = aomLibrary();
  expect([own, about]).toEqual([false, expect.stringContaining("the system's (our own cannot be loaded)")]);
  vi.unstubAllEnvs();
});
