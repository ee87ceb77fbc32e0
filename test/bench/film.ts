/**
 * Moving pictures at the office that nobody asked for, while somebody types into another window: what the line has to carry, and whether the keys
 * still come through. In a window of 640×360 and over the whole screen; or a screen saver; or something small that never ends.
 */
import { CONTRACT_KBPS, creditBytes } from "../../agent/sending/budget.ts";
import { SCREEN } from "./desk.ts";
import { msOf, pressKeys } from "./latency.ts";
import type { Stage } from "./stage.ts";
import { type Durations, durations, kbps, peakKbps, round } from "./stats.ts";
import { openTestWindow } from "./test-window.ts";
import { PYTHON, traceProgram } from "./trace-program.ts";

export const CONTENTS = ["film", "saver", "spinner"] as const;
export type Content = (typeof CONTENTS)[number];

export interface FilmPart extends Durations {
  readonly size: Size;
  readonly seconds: number;
  readonly meanKbps: number;
  readonly peak1sKbps: number;
  /** What the contract allows for so long a time: its rate, and the credit that a session begins with. */
  readonly allowedKbps: number;
  /** Pictures a second that the viewer shows, those of the keys among them. */
  readonly picturesPerS: number;
  /** Both processes; 100 is one core. */
  readonly agentCpuPct: number;
  readonly machineCpuPct: number;
}

export interface FilmResult {
  /** Of the part where it is worst, each. */
  readonly meanKbps: number;
  readonly keyP95Ms: number;
  readonly content: Content;
  readonly parts: readonly FilmPart[];
}

type Size = "window" | "screen";
/** Where it plays. */
const SIZES: Record<Content, readonly Size[]> = { film: ["window", "screen"], saver: ["screen"], spinner: ["window"] };
const PLACES = {
  film: { window: "640x360+1200+620", screen: `${SCREEN.width}x${SCREEN.height}+0+0` },
  saver: { window: "640x360+1200+620", screen: `${SCREEN.width}x${SCREEN.height}+0+0` },
  spinner: { window: "160x90+880+500", screen: "160x90+880+500" },
} as const;

export async function measureFilm(stage: Stage, content: Content, minutes: number): Promise<FilmResult> {
  const { viewer } = stage;
  await viewer.connect();
  await viewer.page.mouse.move(SCREEN.width - 20, SCREEN.height - 20);
  const parts: FilmPart[] = [];
  for (const size of SIZES[content]) parts.push(await play(stage, { content, size, seconds: minutes * 60 }));
  return {
    meanKbps: Math.max(...parts.map(({ meanKbps }) => meanKbps)),
    keyP95Ms: Math.max(...parts.map(({ p95Ms }) => p95Ms)),
    content,
    parts,
  };
}

/** What is opened later lies above. */
async function play(stage: Stage, o: { content: Content; size: Size; seconds: number }): Promise<FilmPart> {
  const { viewer, sampler, say } = stage;
  const { content, size, seconds } = o;
  const below = size === "window" ? [await openTestWindow(stage)] : [];
  await stage.quiet();
  say(`${content}, ${size}, ${seconds} s`);
  const film = await openMoving(stage, content, size);
  const above = size === "screen" ? [await openTestWindow(stage, "corner")] : [];
  const shownBefore = await shown(stage);
  const from = Date.now();
  const keys: (number | null)[] = [];
  while (Date.now() < from + seconds * 1_000) keys.push(...(await pressKeys(viewer.page, 1, 0)).map(msOf));
  const to = Date.now();
  const pictures = (await shown(stage)) - shownBefore;
  for (const window of [...above, film, ...below]) await window.close();
  const cpu = sampler.cpuSeconds(from, to);
  const pct = (cpuSeconds: number) => round((cpuSeconds / (to - from)) * 100_000, 0);
  const took = (to - from) / 1_000;
  return {
    ...durations(keys),
    size,
    seconds: round(took),
    meanKbps: round(kbps(sampler.series("sent"), from, to)),
    peak1sKbps: round(peakKbps(sampler.series("sent"), from, to)),
    allowedKbps: round(CONTRACT_KBPS + (creditBytes(CONTRACT_KBPS) * 8) / 1_000 / took),
    picturesPerS: round(pictures / took),
    agentCpuPct: pct(cpu.agent + cpu.desktop),
    machineCpuPct: pct(cpu.machine),
  };
}

function openMoving({ desk }: Stage, content: Content, size: Size): Promise<{ close(): Promise<void> }> {
  const readyLine = (line: string) => line === "ready";
  const args = [traceProgram("moving.py"), content, PLACES[content][size]];
  return desk.start("moving", PYTHON, args, { readyLine });
}

const shown = ({ viewer }: Stage): Promise<number> => viewer.page.evaluate(() => window.engawaWatcher.shown());
