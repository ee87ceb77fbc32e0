/** Wine's processes are nobody's children: those of a run that was killed would go on for ever. */
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Ends what lives in a prefix below the folder of a test run: of one that is over, or of this one. */
export function endWindows(isOver: (runFolder: string) => boolean): void {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const run = /\0WINEPREFIX=([^\0]*\/engawa-tests-[^/\0]+)\//.exec(`\0${readEnvironment(pid)}`)?.[1];
    if (run !== undefined && isOver(run)) end(Number(pid));
  }
}

/** The run's process stands in its folder's name. */
export const isForgotten = (runFolder: string): boolean => {
  const owner = /engawa-tests-(\d+)-/.exec(runFolder)?.[1];
  return owner !== undefined && !existsSync(`/proc/${owner}`);
};

function readEnvironment(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return ""; // ended, or another account's
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // ended meanwhile
  }
}
