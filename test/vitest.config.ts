import { defineConfig } from "vitest/config";

/**
 * One project per ring, one after another. So do the files of integration and of windows, which share two cores; of e2e four run at
 * a time, because most of its minutes are waits for what takes its time (a laptop asleep, a part that is stopped, the next code).
 */
const ring = (name: string, timeoutMs: number, workers: number | undefined, groupOrder: number) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`, ...(name === "unit" ? ["test/architecture.test.ts"] : [])],
    testTimeout: timeoutMs,
    hookTimeout: timeoutMs,
    setupFiles: [new URL("support/failure-logs.ts", import.meta.url).pathname],
    ...(workers === undefined ? {} : { maxWorkers: workers }),
    sequence: { groupOrder },
  },
});

export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  test: {
    pool: "forks",
    globalSetup: new URL("support/temporary.ts", import.meta.url).pathname,
    projects: [
      ring("unit", 20_000, undefined, 0),
      ring("contract", 60_000, undefined, 0),
      ring("integration", 60_000, 1, 1),
      ring("e2e", 240_000, 4, 2),
      ring("chaos", 180_000, 1, 3),
      ring("windows", 300_000, 1, 4),
    ],
  },
});
