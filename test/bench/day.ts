/**
 * A working day of eight hours, one compressed hour after another: does the memory of agent and page grow with what is done? Each
 * hour has what a person does in one who works with documents all the time, in one session. Input goes in at the page. What is
 * measured is what is held: after a collection of garbage, at both ends.
 */
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { CDPSession } from "playwright-core";
import { SCREEN } from "./desk.ts";
import { openDocuments } from "./plays.ts";
import type { Memory } from "./sampler.ts";
import type { Stage } from "./stage.ts";
import { mulberry32, round } from "./stats.ts";

/** In one hour: some 25 words a minute, a click each six seconds, the pointer under way for a third of the time. */
const KEYS = 1_500;
const CLICKS = 600;
const MOVES = 4_000;
const TURNS_OF_THE_WHEEL = 250;
const TEXTS = 5;
/** What an hour is compressed to: some 200 events a second, less than half of what an agent takes (MAX_INPUT_EVENTS_PER_S). */
const HOUR_MS = 40_000;
/** Hours before what counts: they fill caches, of Node, of the encoder, of the C library. */
const WARM_UP_HOURS = 2;
/** Longer than a collection takes. */
const COLLECTED_MS = 2_000;

export interface Standing {
  /** Both processes, MB. */
  readonly agent: Memory;
  /** What the page's JavaScript holds after a collection, MB, and its elements. */
  readonly pageHeapMB: number;
  readonly pageNodes: number;
}

export interface DayResult {
  readonly hours: number;
  /** Before the first hour that counts, and after each. */
  readonly standings: readonly Standing[];
  /** From the first of them to the last. */
  readonly agentGrowthMB: Memory;
  readonly pageGrowthMB: number;
}

/** `hours`, and some before them. */
export async function measureDay(stage: Stage, hours: number): Promise<DayResult> {
  const { viewer, say } = stage;
  say("LibreOffice");
  await openDocuments(stage.desk, stage.folder);
  const devtools = await viewer.browser.context.newCDPSession(viewer.page);
  await devtools.send("HeapProfiler.enable");
  const standings: Standing[] = [];
  await viewer.connect();
  for (let hour = 1 - WARM_UP_HOURS; hour <= hours; hour += 1) {
    await stage.quiet();
    await workAnHour(stage, devtools, mulberry32(hour + WARM_UP_HOURS));
    await stage.quiet();
    const now = await standing(stage, devtools);
    if (hour >= 0) standings.push(now);
    const { agent, pageHeapMB, pageNodes } = now;
    say(`hour ${hour}: agent ${agent.rss} MB RSS, ${agent.pss} MB PSS; page ${pageHeapMB} MB, ${pageNodes} nodes`);
  }
  return { hours, standings, ...growthOf(standings) };
}

export function growthOf(standings: readonly Standing[]): Pick<DayResult, "agentGrowthMB" | "pageGrowthMB"> {
  const [first, last] = [standings[0], standings.at(-1)];
  if (!first || !last) throw new Error("nothing was measured");
  const grown = (of: (one: Standing) => number) => round(of(last) - of(first));
  return {
    agentGrowthMB: { rss: grown(({ agent }) => agent.rss), pss: grown(({ agent }) => agent.pss) },
    pageGrowthMB: grown(({ pageHeapMB }) => pageHeapMB),
  };
}

async function standing({ sampler, product }: Stage, devtools: CDPSession): Promise<Standing> {
  const { pid } = product.agent;
  for (const each of [pid, ...childrenOf(pid)]) if (each !== undefined) process.kill(each, "SIGUSR2");
  await pause(COLLECTED_MS);
  // what the first collection frees may hold more, which the second does
  for (let i = 0; i < 2; i += 1) await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  const { nodes } = await devtools.send("Memory.getDOMCounters");
  const { agent, desktop } = sampler.memory();
  return {
    agent: { rss: round(agent.rss + desktop.rss), pss: round(agent.pss + desktop.pss) },
    pageHeapMB: round(usedSize / 1e6, 2),
    pageNodes: nodes,
  };
}

const childrenOf = (pid: number | undefined): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);

/** Evenly mixed, at the pace that makes an hour take HOUR_MS. */
async function workAnHour({ viewer }: Stage, devtools: CDPSession, random: () => number): Promise<void> {
  const hand = new Hand(devtools, random, await viewer.page.locator("video").first().boundingBox());
  const kinds: readonly (readonly [number, () => Promise<void>])[] = [
    [KEYS, () => hand.key()],
    [CLICKS, () => hand.click()],
    [MOVES, () => hand.move()],
    [TURNS_OF_THE_WHEEL, () => hand.wheel()],
  ];
  const acts = kinds.flatMap(([count, act]) =>
    Array.from({ length: count }, (_, i) => ({ at: ((i + random()) / count) * HOUR_MS, act })),
  );
  acts.sort((a, b) => a.at - b.at);
  const begun = performance.now();
  for (const { at, act } of acts) {
    const early = begun + at - performance.now();
    if (early > 1) await pause(early);
    await act();
  }
  for (let i = 0; i < TEXTS; i += 1)
    await sendText(viewer.page, `本日の会議の議事録をお送りします。(${i}) Best regards. `);
}

async function sendText(page: Stage["viewer"]["page"], text: string): Promise<void> {
  const at = (id: string) => page.getByTestId(id);
  if (!(await at("text-input").isVisible())) await at("text").click();
  await at("text-input").fill(text);
  await at("text-send").click();
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz".toUpperCase();
const MOVES_UNDER_WAY = 10;
/** Where the document is, as parts of the screen. */
const DOCUMENT = { left: 0.3, top: 0.3, width: 0.4, height: 0.5 } as const;

type Box = Readonly<Record<"x" | "y" | "width" | "height", number>>;

/** A person's hand, within the document. */
class Hand {
  readonly #devtools: CDPSession;
  readonly #random: () => number;
  readonly #box: Box;
  #moved: Promise<unknown> | undefined;
  #moves = 0;
  #x = 0;
  #y = 0;

  constructor(devtools: CDPSession, random: () => number, box: Box | null) {
    this.#devtools = devtools;
    this.#random = random;
    this.#box = box ?? { x: 0, y: 0, ...SCREEN };
    this.#jump();
  }

  /** Mostly letters, some words end, some are taken back. */
  async key(): Promise<void> {
    const dice = this.#random();
    const letter = `Key${LETTERS[Math.floor(this.#random() * LETTERS.length)]}`;
    const code = dice < 0.75 ? letter : dice < 0.88 ? "Space" : dice < 0.97 ? "Backspace" : "ArrowDown";
    await this.#devtools.send("Input.dispatchKeyEvent", { type: "rawKeyDown", code });
    await this.#devtools.send("Input.dispatchKeyEvent", { type: "keyUp", code });
  }

  async move(): Promise<void> {
    if (this.#random() < 0.02) this.#jump();
    this.#x += (this.#random() - 0.5) * 20;
    this.#y += (this.#random() - 0.5) * 20;
    const moved = this.#devtools.send("Input.dispatchMouseEvent", { type: "mouseMoved", x: this.#x, y: this.#y });
    // answered with the next frame only: a hand does not wait for that, but not for ever either
    const before = this.#moved;
    this.#moved = moved;
    if (this.#moves++ % MOVES_UNDER_WAY === 0) await before;
    moved.catch(() => undefined);
  }

  async click(): Promise<void> {
    const event = { x: this.#x, y: this.#y, button: "left", clickCount: 1 } as const;
    await this.#devtools.send("Input.dispatchMouseEvent", { type: "mousePressed", ...event });
    await this.#devtools.send("Input.dispatchMouseEvent", { type: "mouseReleased", ...event });
  }

  async wheel(): Promise<void> {
    const deltaY = this.#random() < 0.6 ? 120 : -120;
    const event = { type: "mouseWheel", x: this.#x, y: this.#y, deltaX: 0, deltaY } as const;
    await this.#devtools.send("Input.dispatchMouseEvent", event);
  }

  #jump(): void {
    const { left, top, width, height } = DOCUMENT;
    this.#x = this.#box.x + this.#box.width * (left + width * this.#random());
    this.#y = this.#box.y + this.#box.height * (top + height * this.#random());
  }
}
