/** Where the encoders' DLLs are looked for, and what is said when they are not there or not whole. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openEncoder } from "../../../agent/screen/encoder/open.ts";

const SIZE = { width: 320, height: 200 };

describe("an encoder's DLL", () => {
  let before: string | undefined;
  let folder: string;
  beforeEach(() => {
    before = process.env["ENGAWA_CODECS"];
    folder = mkdtempSync(join(tmpdir(), "engawa-codecs-"));
  });
  afterEach(() => {
    if (before === undefined) delete process.env["ENGAWA_CODECS"];
    else process.env["ENGAWA_CODECS"] = before;
    rmSync(folder, { recursive: true });
  });

  test("is looked for beside the program, and its absence is said", async () => {
    delete process.env["ENGAWA_CODECS"];
    const file = join(dirname(process.execPath), "codecs", "vpx.dll");
    await expect(openEncoder("vp9-444", SIZE)).rejects.toMatchObject({
      code: "no-library",
      message: `The encoder ${file} is missing or damaged. Install the agent again.`,
    });
  });

  test("that is damaged is refused with words", async () => {
    process.env["ENGAWA_CODECS"] = folder;
    writeFileSync(join(folder, "aom.dll"), "MZ, but no library");
    await expect(openEncoder("av1-444", SIZE)).rejects.toMatchObject({
      code: "no-library",
      message: expect.stringContaining(join(folder, "aom.dll")),
    });
  });
});
