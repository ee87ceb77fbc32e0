/**
 * Key to pixel: a key pressed in the page by Chromium's own input, until the frame in which the page shows what the office's
 * window did with it. The clock is the page's, from its keydown event to requestVideoFrameCallback. What the method itself
 * takes is measured in the same run: the same probe on a page that paints on keydown.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import { SCREEN } from "./desk.ts";
import type { Timing } from "./probe.ts";
import type { Scene } from "./stage.ts";
import { type Durations, durations, kbps, mulberry32, percentile, round } from "./stats.ts";
import { openTestWindow, PATCH } from "./test-window.ts";

export interface LatencyResult extends Durations {
  readonly floorP50Ms: number;
  readonly floorP95Ms: number;
  /** Of it, until the frame's last packet had arrived; the rest is decoding and showing. Null where the picture is a canvas. */
  readonly receivedP50Ms: number | null;
  /** Agent → viewer meanwhile. */
  readonly kbps: number;
  /** All that ran on the machine; 100 is one core. */
  readonly machineCpuPct: number;
}

const TIMEOUT_MS = 8_000;
const WARM_UP = 4;

export async function measureLatency(stage: Scene, n: number): Promise<LatencyResult> {
  const { viewer, sampler, say } = stage;
  await viewer.connect();
  const patch = await openTestWindow(stage);
  await viewer.page.mouse.move(SCREEN.width - 20, SCREEN.height - 20);
  await stage.quiet();
  say(`${n} keys all the way`);
  const from = Date.now();
  const samples = await pressKeys(viewer.page, n);
  const to = Date.now();
  await patch.close();
  say(`${n} keys on a page that paints by itself`);
  const floor = durations((await measureFloor(stage, n)).map(msOf));
  const received = samples.flatMap((timing) => timing?.receivedMs ?? []);
  return {
    ...durations(samples.map(msOf)),
    floorP50Ms: floor.p50Ms,
    floorP95Ms: floor.p95Ms,
    receivedP50Ms: received.length === 0 ? null : round(percentile(received, 50)),
    kbps: round(kbps(sampler.series("sent"), from, to)),
    machineCpuPct: round((sampler.cpuSeconds(from, to).machine / (to - from)) * 100_000, 0),
  };
}

export const msOf = (timing: Timing | null) => timing?.ms ?? null;

export async function pressKeys(page: Page, n: number, warmUp = WARM_UP): Promise<(Timing | null)[]> {
  const random = mulberry32(12_345);
  const samples: (Timing | null)[] = [];
  for (let i = -warmUp; i < n; i++) {
    await pause(250 + 400 * random()); // so that no period of ours or of the screen's is hit each time
    await page.evaluate(({ x, y, timeout }) => window.engawaProbe.armLatency(x, y, timeout), {
      ...PATCH,
      timeout: TIMEOUT_MS,
    });
    await page.keyboard.press("f");
    const timing = await page.evaluate(() => window.engawaProbe.result());
    if (i >= 0) samples.push(timing);
  }
  return samples;
}

const FLOOR_PAGE = `<!doctype html><body style="margin:0"><canvas data-picture width="${SCREEN.width}" height="${SCREEN.height}"></canvas><script>
const context = document.querySelector("canvas").getContext("2d");
let light = false;
context.fillRect(0, 0, ${SCREEN.width}, ${SCREEN.height});
addEventListener("keydown", () => {
  light = !light;
  context.fillStyle = light ? "#fff" : "#000";
  context.fillRect(100, 100, 200, 100);
});
</script>`;

async function measureFloor({ viewer }: Scene, n: number): Promise<(Timing | null)[]> {
  const page = await viewer.browser.context.newPage();
  await page.route("**/*", (route) => route.fulfill({ contentType: "text/html", body: FLOOR_PAGE }));
  await page.goto("https://floor.invalid/");
  const samples = await pressKeys(page, n);
  await page.close();
  return samples;
}
