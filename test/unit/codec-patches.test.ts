import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyOf } from "../../agent/windows/build/codecs/build.ts";
import { applyPatch } from "../../agent/windows/build/codecs/patch.ts";
import { WINDOWS } from "../../agent/windows/build/codecs/recipe.ts";
import { LINUX } from "../../agent/windows/build/codecs/recipe-linux.ts";

const CHANGE = {
  name: "change.patch",
  text: `Why it is made.

--- a/pick.c
+++ b/pick.c
@@ -1,3 +1,3 @@
 int pick(int a) {
-  return slow(a);
+  return quick(a);
 }
--- a/also.c
+++ b/also.c
@@ -1 +1,2 @@
 int also;
+int more;
`,
};

describe("a change of ours to a library's source", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "engawa-patch-"));
    await mkdir(join(folder, "source"));
    await source("pick.c", "int pick(int a) {\n  return slow(a);\n}\n");
    await source("also.c", "int also;\n");
  });
  afterEach(() => rm(folder, { recursive: true }));

  const source = (file: string, text: string) => writeFile(join(folder, "source", file), text);
  const read = (file: string) => readFile(join(folder, "source", file), "utf8");

  test("is made where it fits, though lines were added above it", async () => {
    await source("pick.c", "/* newer */\nint pick(int a) {\n  return slow(a);\n}\n");
    expect(await applyPatch(CHANGE, folder)).toBe(true);
    expect(await read("pick.c")).toBe("/* newer */\nint pick(int a) {\n  return quick(a);\n}\n");
    expect(await read("also.c")).toBe("int also;\nint more;\n");
  });

  test.each([
    ["the lines around it are others", "also.c", "unsigned also;\n"],
    ["it is in the source already", "pick.c", "int pick(int a) {\n  return quick(a);\n}\n"],
  ])("is not made, not in part either, when %s", async (_, file, text) => {
    await source(file, text);
    const before = [await read("pick.c"), await read("also.c")];
    expect(await applyPatch(CHANGE, folder)).toBe(false);
    expect([await read("pick.c"), await read("also.c")]).toEqual(before);
  });
});

test.each([LINUX, WINDOWS])("codecs with another change are others: $folder", (target) => {
  const [codec, ...codecs] = target.codecs;
  if (!codec) throw new Error("there is no recipe");
  expect(codec.patches).not.toHaveLength(0);
  const changed = { ...target, codecs: [{ ...codec, patches: [CHANGE] }, ...codecs] };
  expect(keyOf(changed, "gcc 12")).not.toBe(keyOf(target, "gcc 12"));
});
