/**
 * A key let go in the page, until a window at the office is told so, on a line that loses packets: the time for which a key
 * stays down that nobody holds. The mouse moves during every other key only: its packets let the browser notice a loss sooner. Both clocks are this machine's.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import { until } from "../support/until.ts";
import { SCREEN } from "./desk.ts";
import type { Stage } from "./stage.ts";
import { type Durations, durations, kbps, mulberry32, percentile, round } from "./stats.ts";
import { PYTHON, traceProgram } from "./trace-program.ts";

export interface LossResult {
  readonly up: LossDurations;
  readonly down: LossDurations;
  /** Viewer → agent meanwhile. */
  readonly backKbps: number;
}

export interface LossDurations extends Durations {
  readonly p99Ms: number;
}

type Way = "down" | "up";
interface Event {
  readonly way: Way;
  /** Epoch, ms. */
  readonly at: number;
}

/** What a line that loses everything twice may take. */
const ARRIVAL_TIMEOUT_MS = 30_000;

export async function measureLoss(stage: Stage, n: number): Promise<LossResult> {
  const { viewer, sampler, say } = stage;
  await viewer.connect();
  const arrived = await openKeyWindow(stage);
  await viewer.page.mouse.move(SCREEN.width / 2, SCREEN.height / 2);
  await watchKeys(viewer.page);
  await stage.quiet();
  say(`${n} keys through the product`);
  const from = Date.now();
  await pressKeys(viewer.page, n);
  const to = Date.now();
  await until("every key has arrived", async () => arrived.length >= 2 * n, ARRIVAL_TIMEOUT_MS);
  const sent = await viewer.page.evaluate(() => window.engawaKeys);
  const took = (way: Way): LossDurations => {
    const of = (events: readonly Event[]) => events.filter((event) => event.way === way).map(({ at }) => at);
    const [sentAt, arrivedAt] = [of(sent), of(arrived)];
    const ms = sentAt.map((at, i) => (arrivedAt[i] === undefined ? null : arrivedAt[i] - at));
    return {
      ...durations(ms),
      p99Ms: round(
        percentile(
          ms.flatMap((one) => one ?? []),
          99,
        ),
      ),
    };
  };
  return {
    up: took("up"),
    down: took("down"),
    backKbps: round(kbps(sampler.series("received"), from, to)),
  };
}

declare global {
  interface Window {
    engawaKeys: Event[];
  }
}

async function watchKeys(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.engawaKeys = [];
    for (const way of ["down", "up"] as const)
      window.addEventListener(`key${way}`, () => window.engawaKeys.push({ way, at: Date.now() }), true);
  });
}

/** Its list grows as keys arrive. */
async function openKeyWindow({ desk }: Stage): Promise<readonly Event[]> {
  const arrived: Event[] = [];
  const program = traceProgram("keywin.py");
  const readyLine = (line: string) => {
    const [, way, at] = /^(down|up) \d+ ([\d.]+)$/.exec(line) ?? [];
    if (way === "down" || way === "up") arrived.push({ way, at: Number(at) });
    return line === "ready";
  };
  await desk.start("keywin", PYTHON, [program], { readyLine });
  return arrived;
}

async function pressKeys(page: Page, n: number): Promise<void> {
  const random = mulberry32(12_345);
  for (let i = 0; i < n; i++) {
    const spend = (ms: number) => (i % 2 === 0 ? pause(ms) : moveFor(page, ms, random));
    await page.keyboard.down("f");
    await spend(40 + 80 * random());
    await page.keyboard.up("f");
    // long enough for what is lost to show, often enough to be typing
    await spend(100 + 500 * random());
  }
}

async function moveFor(page: Page, ms: number, random: () => number): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    await page.mouse.move(SCREEN.width / 2 + 200 * random(), SCREEN.height / 2 + 200 * random());
    await pause(Math.min(25, Math.max(0, end - performance.now())));
  }
}
