/** What a laptop is to others while its lid is closed: every process of its browser stands still, nothing is answered, nothing said. */
import { readdirSync, readFileSync } from "node:fs";

/** The browser whose profile is in this home, and all it has started. */
function processesOf(home: string): number[] {
  const parents = new Map<number, number>();
  const found = new Set<number>();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      // the name stands in brackets and may hold anything: read from behind it
      const [, parent] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
      parents.set(Number(pid), Number(parent));
      if (readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`--user-data-dir=${home}/`)) found.add(Number(pid));
    } catch {
      // gone meanwhile
    }
  }
  for (let grew = true; grew; ) {
    const before = found.size;
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
    grew = found.size > before;
  }
  return [...found];
}

/** The lid closes; returns how it is opened again. */
export function closeLid(home: string): () => void {
  const pids = processesOf(home);
  if (pids.length < 2) throw new Error(`no browser in ${home}`);
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  return () => {
    for (const pid of pids) process.kill(pid, "SIGCONT");
  };
}
