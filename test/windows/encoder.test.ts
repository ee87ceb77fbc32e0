/** Our codec DLLs: what they need and offer, how our structures lie over theirs, and the encoders' contract on them, inside Windows. */
import { execFile, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { buildCodecs } from "../../agent/windows/build/codecs/build.ts";
import { CODECS, COMPILER } from "../../agent/windows/build/codecs/recipe.ts";
import { layoutAssertions } from "../support/codec-layouts.ts";
import { DECODERS_VARIABLE, startDecoderServer } from "../support/remote-decoder.ts";
import { openWine, windowsPath } from "../support/wine/wine.ts";

const run = promisify(execFile);
const codecs = await buildCodecs();
const decoders = await startDecoderServer();
const wine = await openWine({
  environment: { ENGAWA_CODECS: windowsPath(codecs.folder), [DECODERS_VARIABLE]: String(decoders.port) },
});
try {
  const results = await wine.suite("test/contract/desktop-encoder.test.ts");
  const layouts = join(wine.tree, "layouts.c");
  const written = await wine.node("test/support/codec-layouts.ts", windowsPath(layouts));
  const assertions = {
    linux: layoutAssertions(),
    windows: await readFile(layouts, "utf8").catch(() => written.output),
  };

  describe("encoders in Windows", () => {
    test("the contract has tests", () => expect(results.length).toBeGreaterThan(40));
    for (const { name, passed, problem } of results)
      test(name.replace(/^.*?\.ts > /, ""), () => {
        if (!passed) throw new Error(problem ?? "it did not run");
      });
  });

  describe("structures of the codecs", () => {
    test.each([
      ["linux", "gcc"],
      ["windows", COMPILER],
    ] as const)("lie where the headers say, on %s", async (platform, compiler) => {
      expect(assertions[platform]).toContain("offsetof(aom_codec_cx_pkt_t, data.frame.flags)");
      await compiles(compiler, assertions[platform]);
    });

    test("a wrong one would be found", async () => {
      const wrong = assertions.linux.replace(/(data\.frame\.flags\) == )\d+/, "$144");
      await expect(compiles("gcc", wrong)).rejects.toThrow("static assertion failed");
    });
  });
} finally {
  await wine.close();
  await decoders.close();
}

async function compiles(compiler: string, source: string): Promise<void> {
  const child = run(compiler, ["-fsyntax-only", "-I", codecs.headers, "-x", "c", "-"]);
  child.child.stdin?.end(source);
  await child;
}

describe.each(CODECS)("$dll", ({ dll, exports }) => {
  const file = join(codecs.folder, dll);
  const headers = async () => (await run("x86_64-w64-mingw32-objdump", ["-p", file], { maxBuffer: 64 << 20 })).stdout;

  test("needs nothing but Windows", async () => {
    const needed = [...(await headers()).matchAll(/DLL Name: (\S+)/g)].map(([, name]) => name);
    expect(needed.sort()).toEqual(["KERNEL32.dll", "msvcrt.dll"]);
  });

  test("offers what is called, and nothing else", async () => {
    const offered = [...(await headers()).matchAll(/^\t\[ *\d+\] (\w+)$/gm)].map(([, name]) => name);
    expect(offered.sort()).toEqual([...exports].sort());
  });

  // see C_FLAGS in the recipe: they would end the program, but only on some days
  test("has no move that wants a stack aligned to 32 bytes", async () => {
    const disassembly = spawn("x86_64-w64-mingw32-objdump", ["-d", "--no-show-raw-insn", file], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const moves = { aligned: 0, unaligned: 0 };
    for await (const line of createInterface(disassembly.stdout)) {
      if (!/\tvmov.*%[yz]mm/.test(line) || !line.includes("(")) continue;
      if (/\tvmov(?:dqa|ap[sd])/.test(line)) moves.aligned++;
      else if (/\tvmov(?:dqu|up[sd])/.test(line)) moves.unaligned++;
    }
    expect(moves.unaligned).toBeGreaterThan(1000);
    expect(moves.aligned).toBe(0);
  });

  test("has its licence beside it", () => {
    const library = `lib${dll.replace(".dll", "")}`;
    for (const text of ["LICENSE", "PATENTS", "AUTHORS"])
      expect(codecs.files).toContain(`licences/${library}-${text}.txt`);
  });
});
