/** What Linux says of one process: proc(5). */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";

/** USER_HZ is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** User and system, all threads, since its start. */
export function cpuSeconds(pid: number): number {
  // the second field is the program's name in parentheses, and may hold anything
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

export function residentMB(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024);
}

/** How many files this process, and what it starts, may have open. */
export function openFilesLimit(): number {
  return Number(/Max open files\s+(\d+)/.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? 0);
}

/** Processor time of the whole machine so far, s, and of it what was idle: tells how much others used meanwhile. */
export function machineSeconds(): { all: number; idle: number } {
  const times = cpus().map((cpu) => cpu.times);
  const idle = times.reduce((sum, each) => sum + each.idle, 0) / 1000;
  return { all: times.reduce((sum, each) => sum + Object.values(each).reduce((a, b) => a + b, 0), 0) / 1000, idle };
}
