/**
 * Runs one test file in this very process: in the Windows node.exe, where vitest itself, whose bundler is native code that Wine cannot
 * load, does not run. Its runner and its matchers are plain JavaScript. Arguments: the file, and where the results go as JSON.
 */
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { File, Task, VitestRunner } from "@vitest/runner";

export interface SuiteResult {
  readonly name: string;
  readonly passed: boolean;
  readonly problem?: string;
}

const [file = "", report = ""] = process.argv.slice(2);
const TIMEOUT_MS = 60_000;

// what vitest's matchers ask their worker for
Object.assign(globalThis, {
  __vitest_worker__: { config: { expect: {}, snapshotOptions: {} }, filepath: file, environment: { name: "node" } },
});

const runner: VitestRunner = {
  config: {
    root: process.cwd(),
    setupFiles: [],
    name: "",
    passWithNoTests: false,
    testNamePattern: undefined,
    allowOnly: false,
    sequence: { shuffle: false, concurrent: false, seed: 1, hooks: "stack", setupFiles: "list" },
    chaiConfig: {},
    maxConcurrency: 1,
    testTimeout: TIMEOUT_MS,
    hookTimeout: TIMEOUT_MS,
    retry: 0,
    includeTaskLocation: false,
    tags: [],
    tagsFilter: undefined,
    strictTags: false,
    mergeReportsLabel: undefined,
  } as unknown as VitestRunner["config"],
  importFile: (path) => import(pathToFileURL(path).href),
};

const { startTests } = await import("@vitest/runner");
const files = await startTests([file], runner);
writeFileSync(report, JSON.stringify(files.flatMap(resultsOf)));
process.exit(0);

/** Every test by its full name; and what failed outside of tests: a hook, the file itself. */
function resultsOf(task: File | Task, ..._: unknown[]): SuiteResult[] {
  const problem = task.result?.errors?.map(({ message, stack }) => stack ?? message).join("\n");
  const passed = task.result?.state === "pass";
  if (task.type === "test") return [{ name: task.fullName, passed, ...(problem ? { problem } : {}) }];
  const own = problem ? [{ name: task.name, passed: false, problem }] : [];
  return [...own, ...task.tasks.flatMap((child) => resultsOf(child))];
}
