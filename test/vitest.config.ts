import { defineConfig } from "vitest/config";
import { LongestFirst } from "./support/longest-first.ts";

/**
 * One project per ring, in groups one after another. Two files run at a time, of e2e five, because many of its minutes are waits for
 * what takes its time (a laptop asleep, a part that is stopped, the next code): with four, a fifth of two cores stood idle. Chaos has both cores: it asks how long things take.
 */
const ring = (name: string, timeoutMs: number, workers: number, groupOrder: number) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`, ...(name === "unit" ? ["test/architecture.test.ts"] : [])],
    testTimeout: timeoutMs,
    hookTimeout: timeoutMs,
    setupFiles: [new URL("support/failure-logs.ts", import.meta.url).pathname],
    maxWorkers: workers,
    sequence: { groupOrder },
  },
});

export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  test: {
    pool: "forks",
    globalSetup: new URL("support/temporary.ts", import.meta.url).pathname,
    sequence: { sequencer: LongestFirst },
    projects: [
      ring("unit", 20_000, 2, 0),
      ring("contract", 60_000, 2, 0),
      ring("integration", 60_000, 2, 0),
      ring("e2e", 240_000, 5, 1),
      ring("chaos", 180_000, 1, 2),
      ring("windows", 300_000, 2, 3),
    ],
  },
});
