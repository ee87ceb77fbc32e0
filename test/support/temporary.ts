/** All temporary folders of one test run are in one, which goes with the run, or with the next when this one is killed. */
import { chmodSync, rmSync } from "node:fs";
import { temporaryFolder } from "../../signaling/quickstart/temporary.ts";
import { endWindows, isForgotten } from "./wine/leftovers.ts";

/** Vitest calls this once for each ring that runs, before their workers start and inherit the environment. */
export default function setup(): (() => void) | undefined {
  if (process.env["ENGAWA_TESTS"] !== undefined) return undefined;
  endWindows(isForgotten);
  const folder = temporaryFolder("tests");
  chmodSync(folder, 0o711); // relays and offices have accounts of their own, which pass through
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = folder;
  process.env["ENGAWA_TESTS"] = folder;
  return () => {
    endWindows((run) => run === folder);
    delete process.env["ENGAWA_TESTS"];
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    rmSync(folder, { recursive: true, force: true });
  };
}
