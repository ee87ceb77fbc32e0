/**
 * Loaded into signaling before its own program (`--import`): how long a turn of its event loop took at most, by the clock and
 * by the processor time of its main thread, one line a second on stderr. On a machine that does other things besides, the
 * clock tells of those too; the processor's time is this program's own.
 */
import { PerformanceObserver } from "node:perf_hooks";

const LOOK_MS = 2;
const SAY_MS = 1_000;
export const TURNS_MARK = "bench-turns ";

export interface Turns {
  /** Epoch ms. */
  readonly at: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  /** The longest pause for the collector of garbage. */
  readonly gcMs: number;
}

/** µs. */
const cpuTime = (): number => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

if (process.argv[1]?.endsWith("signaling/main.ts")) {
  let wallMs = 0;
  let cpuMs = 0;
  let gcMs = 0;
  let last = performance.now();
  let lastCpu = cpuTime();
  setInterval(() => {
    const now = performance.now();
    const cpu = cpuTime();
    wallMs = Math.max(wallMs, now - last - LOOK_MS);
    cpuMs = Math.max(cpuMs, (cpu - lastCpu) / 1000);
    last = now;
    lastCpu = cpu;
  }, LOOK_MS).unref();
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) gcMs = Math.max(gcMs, duration);
  }).observe({ entryTypes: ["gc"] });
  setInterval(() => {
    const turns: Turns = { at: Date.now(), wallMs, cpuMs, gcMs };
    process.stderr.write(`${TURNS_MARK}${JSON.stringify(turns)}\n`);
    wallMs = cpuMs = gcMs = 0;
  }, SAY_MS).unref();
}
