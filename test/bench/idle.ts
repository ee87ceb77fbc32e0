/** What the product costs while nobody works: with a session open on a still screen, and without any session; and whether a session lasts. */
import { setTimeout as pause } from "node:timers/promises";
import { EDGE_PARTS, type EdgePart, type Memory } from "./sampler.ts";
import type { Stage } from "./stage.ts";
import { kbps, round } from "./stats.ts";

export interface IdleSpan {
  readonly seconds: number;
  /** Both processes; 100 is one core. */
  readonly agentCpuPct: number;
  readonly agentMemoryMB: Memory;
  readonly signalingCpuPct: number;
  readonly signalingMemoryMB: Memory;
  readonly edges: Readonly<Record<EdgePart, { readonly cpuPct: number; readonly memoryMB: Memory }>>;
  readonly kbps: number;
  readonly backKbps: number;
}

export interface IdleResult {
  /** How often the session with nobody working was lost: anything but 0 is a fault. */
  readonly interruptions: number;
  readonly connected: IdleSpan;
  readonly waiting: IdleSpan;
}

/** Enough to see what it costs. */
const WAITING_MS = 30_000;
const LOOK_EVERY_MS = 1_000;

export async function measureIdle(stage: Stage, minutes: number): Promise<IdleResult> {
  await stage.viewer.connect();
  await stage.quiet();
  stage.say(`${minutes * 60} s with a session`);
  const [connected, interruptions] = await Promise.all([
    watch(stage, minutes * 60_000),
    countInterruptions(stage, minutes * 60_000),
  ]);
  if (interruptions === 0) await stage.viewer.end();
  else await stage.viewer.page.reload(); // whatever it shows by now
  await stage.quiet();
  stage.say(`${WAITING_MS / 1_000} s without`);
  return { connected, interruptions, waiting: await watch(stage, WAITING_MS) };
}

/** As a person sees it, and as the agent wrote it down: a rebuilt path can be too short to be seen. */
async function countInterruptions({ viewer, product }: Stage, forMs: number): Promise<number> {
  const until = Date.now() + forMs;
  let seen = 0;
  let wasLive = true;
  while (Date.now() < until) {
    await pause(LOOK_EVERY_MS);
    const isLive = (await viewer.page.locator("html").getAttribute("data-session")) === "live";
    if (wasLive && !isLive) seen += 1;
    wasLive = isLive;
  }
  const rebuilt = product.agent.logs().split('"msg":"session is rebuilt"').length - 1;
  return Math.max(seen, rebuilt);
}

async function watch({ sampler }: Stage, forMs: number): Promise<IdleSpan> {
  const from = Date.now();
  await pause(forMs);
  const to = Date.now();
  const cpu = sampler.cpuSeconds(from, to);
  const memory = sampler.memory();
  const { agent, desktop } = memory;
  const percent = (seconds: number) => round((seconds / (to - from)) * 100_000, 2);
  const sum = { pss: round(agent.pss + desktop.pss), rss: round(agent.rss + desktop.rss) };
  const rounded = ({ pss, rss }: Memory): Memory => ({ pss: round(pss), rss: round(rss) });
  const edgeOf = (part: EdgePart) => [part, { cpuPct: percent(cpu[part]), memoryMB: rounded(memory[part]) }] as const;
  return {
    seconds: round((to - from) / 1000),
    agentCpuPct: percent(cpu.agent + cpu.desktop),
    agentMemoryMB: sum,
    signalingCpuPct: percent(cpu.signaling),
    signalingMemoryMB: rounded(memory.signaling),
    edges: Object.fromEntries(EDGE_PARTS.map(edgeOf)) as IdleSpan["edges"],
    kbps: round(kbps(sampler.series("sent"), from, to)),
    backKbps: round(kbps(sampler.series("received"), from, to)),
  };
}
