/** The administrators' lists of many office PCs: how long they take, and what they hold in memory at most. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fill } from "./crowd/rows.ts";
import type { Crowd } from "./crowd/server.ts";
import { round } from "./stats.ts";

/** Written at a process's end: the most it ever had resident, kB (getrusage(2)). */
const SAY_PEAK = `data:text/javascript,process.on("exit",()=>process.stderr.write("peak "+process.resourceUsage().maxRSS))`;

interface Cost {
  readonly seconds: number;
  readonly peakMB: number;
}

export interface ListsResult {
  readonly agents: number;
  /** One row: what the program costs by itself. */
  readonly one: Cost;
  readonly table: Cost;
  readonly json: Cost;
}

export async function measureLists(folder: string, crowd: Crowd, say: (what: string) => void): Promise<ListsResult> {
  const storeKey = randomBytes(32);
  const keyFile = join(folder, "store.key");
  writeFileSync(keyFile, storeKey, { mode: 0o600 });
  const stateDir = join(folder, "state");
  say(`${crowd.agents} rows`);
  await fill({ stateDir, storeKey }, crowd);
  const list = async (...args: string[]): Promise<Cost> => {
    say(["terminal list", ...args].join(" "));
    const begun = performance.now();
    const program = spawn(
      process.execPath,
      ["--import", SAY_PEAK, "signaling/cli/main.ts", "terminal", "list", ...args],
      {
        env: { ENGAWA_STATE_DIR: stateDir, ENGAWA_STORE_KEY_FILE: keyFile },
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    const [said] = await Promise.all([text(program.stderr), once(program, "close")]);
    if (program.exitCode !== 0) throw new Error(said);
    return {
      seconds: round((performance.now() - begun) / 1000),
      peakMB: Math.round(Number(/peak (\d+)/.exec(said)?.[1]) / 1024),
    };
  };
  return {
    agents: crowd.agents,
    one: await list("--limit", "1"),
    table: await list(),
    json: await list("--json"),
  };
}
