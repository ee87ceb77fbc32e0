/** What `npm start` and `npm run bench` answer to who does not know their words. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const PROGRAMS = [
  ["npm start", "signaling/quickstart/start.ts", ["--stat", "elsewhere"]],
  ["npm run bench", "test/bench/main.ts", ["fleet", "--agent", "3000"]],
] as const;

describe.each(PROGRAMS)("%s", (name, file, wrong) => {
  const call = (...args: readonly string[]) =>
    spawnSync(process.execPath, [join(ROOT, file), ...args], { encoding: "utf8" });

  test("--help says how it is called", () => {
    const { status, stdout, stderr } = call("--help");
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`usage: ${name} `);
  }, 60_000);

  test("an option that there is not is answered with the same, and is a failure", () => {
    const { status, stdout, stderr } = call(...wrong);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(`usage: ${name} `);
  }, 60_000);
});
