/** What the benchmarks answer to who does not know their words. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const MAIN = join(import.meta.dirname, "../bench/main.ts");
const bench = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8" });

test("--help says how they are called", () => {
  const { status, stdout, stderr } = bench("--help");
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^usage: npm run bench -- NAME /);
}, 60_000);

test("an option that there is not is answered with the same, and is a failure", () => {
  const { status, stdout, stderr } = bench("fleet", "--agent", "3000");
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^usage: npm run bench -- NAME /);
}, 60_000);
