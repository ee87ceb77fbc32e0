import { defineConfig } from "vitest/config";

/** One project per ring. Files of integration and e2e run one after another: they share two cores. */
const ring = (name: string, timeoutMs: number, parallel: boolean) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`, ...(name === "unit" ? ["test/architecture.test.ts"] : [])],
    testTimeout: timeoutMs,
    hookTimeout: timeoutMs,
    fileParallelism: parallel,
  },
});

export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  test: {
    pool: "forks",
    globalSetup: new URL("support/temporary.ts", import.meta.url).pathname,
    projects: [
      ring("unit", 20_000, true),
      ring("contract", 60_000, true),
      ring("integration", 60_000, false),
      ring("e2e", 180_000, false),
      ring("windows", 300_000, false),
    ],
  },
});
