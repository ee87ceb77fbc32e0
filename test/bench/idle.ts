/** What the product costs while nobody works: with a session open on a still screen, and without any session. */
import { setTimeout as pause } from "node:timers/promises";
import type { Memory } from "./sampler.ts";
import type { Stage } from "./stage.ts";
import { kbps, round } from "./stats.ts";

export interface IdleSpan {
  readonly seconds: number;
  /** Both processes; 100 is one core. */
  readonly agentCpuPct: number;
  readonly agentMemoryMB: Memory;
  readonly signalingCpuPct: number;
  readonly signalingMemoryMB: Memory;
  readonly kbps: number;
  readonly backKbps: number;
}

export interface IdleResult {
  readonly connected: IdleSpan;
  readonly waiting: IdleSpan;
}

const IDLE_MS = 30_000;

export async function measureIdle(stage: Stage): Promise<IdleResult> {
  await stage.viewer.connect();
  await stage.quiet();
  stage.say("30 s with a session");
  const connected = await watch(stage);
  await stage.viewer.end();
  await stage.quiet();
  stage.say("30 s without");
  return { connected, waiting: await watch(stage) };
}

async function watch({ sampler }: Stage): Promise<IdleSpan> {
  const from = Date.now();
  await pause(IDLE_MS);
  const to = Date.now();
  const cpu = sampler.cpuSeconds(from, to);
  const { agent, desktop, signaling } = sampler.memory();
  const percent = (seconds: number) => round((seconds / (to - from)) * 100_000, 2);
  const sum = { pss: round(agent.pss + desktop.pss), rss: round(agent.rss + desktop.rss) };
  return {
    seconds: round((to - from) / 1000),
    agentCpuPct: percent(cpu.agent + cpu.desktop),
    agentMemoryMB: sum,
    signalingCpuPct: percent(cpu.signaling),
    signalingMemoryMB: { pss: round(signaling.pss), rss: round(signaling.rss) },
    kbps: round(kbps(sampler.series("sent"), from, to)),
    backKbps: round(kbps(sampler.series("received"), from, to)),
  };
}
