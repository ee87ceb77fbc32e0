/** What one command of the administrators' costs: how long it takes, and what it holds in memory at most. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { round } from "./stats.ts";

/** Written at a process's end (getrusage(2)): the most it ever had resident, kB, and its processor time, µs. */
const SAY_COST = `data:text/javascript,process.on("exit",()=>{const{maxRSS,userCPUTime,systemCPUTime}=process.resourceUsage();process.stderr.write("cost "+maxRSS+" "+(userCPUTime+systemCPUTime))})`;

export interface CommandCost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMB: number;
}

export async function costOfCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<CommandCost> {
  const begun = performance.now();
  const program = spawn(process.execPath, ["--import", SAY_COST, "signaling/cli/main.ts", ...args], {
    env: environment,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [said] = await Promise.all([text(program.stderr), once(program, "close")]);
  if (program.exitCode !== 0) throw new Error(said);
  const [, peak, cpu] = /cost (\d+) (\d+)/.exec(said) ?? [];
  return {
    seconds: round((performance.now() - begun) / 1000),
    cpuSeconds: round(Number(cpu) / 1e6),
    peakMB: Math.round(Number(peak) / 1024),
  };
}
