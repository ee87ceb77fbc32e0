import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../signaling/quickstart/temporary.ts";

/** A process that has ended: nobody has its id. */
const deadPid = (): number => spawnSync("true").pid;

test("a temporary folder names its owner, and what a dead one left goes", () => {
  const name = `unit${process.pid}`;
  const forgotten = join(tmpdir(), `engawa-${name}-${deadPid()}-abcdef`);
  const strange = join(tmpdir(), `engawa-${name}-abcdef`);
  for (const folder of [forgotten, strange]) mkdirSync(folder);
  writeFileSync(join(forgotten, "turn.secret"), "secret");
  const [first, second] = [temporaryFolder(name), temporaryFolder(name)];
  expect(basename(first)).toMatch(new RegExp(`^engawa-${name}-${process.pid}-`));
  expect(existsSync(forgotten)).toBe(false);
  expect([first, second, strange].every(existsSync)).toBe(true);
});

test("the tests' own folders are all in one, which goes with the run", () => {
  expect(tmpdir()).toBe(process.env["ENGAWA_TESTS"]);
});
