/**
 * A page that somebody scrolls: 30 notches of the wheel a second for 10 s, each a step with a barcode at the office. Which of them the viewer shows,
 * how true, and how old what it shows is at its oldest. Of each picture some rows are held and compared afterwards with the page that was scrolled.
 */
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { SCREEN } from "./desk.ts";
import { type Luma, lumaOf, psnr } from "./quality.ts";
import { lumaFrom, WEIGHTS } from "./seen.ts";
import type { Stage } from "./stage.ts";
import { kbps, mean, percentile, round } from "./stats.ts";
import { openBook, SCROLL } from "./test-window.ts";
import { type OfScroll, ROWS } from "./watcher.ts";

export interface MotionResult {
  /** Steps a second that arrive at 38 dB or better. */
  readonly fps: number;
  /** Mean of the pictures that were shown while it scrolled. */
  readonly psnrY: number;
  /** Steps a second that arrive at all. */
  readonly shownFps: number;
  readonly psnrYP10: number;
  /** At the worst moment: since when the office had shown something newer than the viewer. */
  readonly behindMs: number;
  readonly behindP95Ms: number;
  /** From a step's painting until the viewer shows it. */
  readonly lagP50Ms: number;
  readonly lagP95Ms: number;
  readonly kbps: number;
  readonly agentCpuPct: number;
  /** Pictures that were shown, of so many scrolls. */
  readonly n: number;
  readonly scrolls: number;
  /** Each of them: ms since the scroll began, the step it shows, dB. */
  readonly shown: readonly (readonly [number, number, number])[];
}

const GOOD_DB = 38;
/** The page is refined by then, and what it cost is paid off in part. */
const SETTLE_MS = 4_000;
/** What Chromium reports for one notch. */
const NOTCH_PX = 100;
const { stepPx, steps, stepsPerSecond, seconds } = SCROLL;

interface Scrolled {
  readonly paintedAt: readonly number[];
  readonly shown: readonly (OfScroll & { db: number })[];
  readonly kbps: number;
  readonly cpuSeconds: number;
}

export async function measureMotion(stage: Stage, n: number): Promise<MotionResult> {
  const { viewer, say } = stage;
  await viewer.connect();
  const book = await openBook(stage);
  await viewer.page.mouse.move(SCREEN.width - 20, SCREEN.height - 20);
  say(`${n} scrolls of ${seconds} s`);
  const scrolled: Scrolled[] = [];
  for (let i = 0; i < n; i++) {
    await stage.quiet();
    scrolled.push(await scrollOnce(stage, book));
  }
  await book.close();
  const shown = scrolled.flatMap((one) => one.shown);
  const perSecond = (of: readonly OfScroll[]) => round(of.length / n / seconds);
  const dbs = shown.map(({ db }) => db);
  const behind = scrolled.flatMap((one) => howFarBehind(one.shown, one.paintedAt));
  const lags = scrolled.flatMap((one) => one.shown.map(({ at, step }) => at - (one.paintedAt[step] ?? Number.NaN)));
  return {
    fps: perSecond(shown.filter(({ db }) => db >= GOOD_DB)),
    psnrY: round(mean(dbs)),
    shownFps: perSecond(shown),
    psnrYP10: round(percentile(dbs, 10)),
    behindMs: round(Math.max(...behind)),
    behindP95Ms: round(percentile(behind, 95)),
    lagP50Ms: round(percentile(lags, 50)),
    lagP95Ms: round(percentile(lags, 95)),
    kbps: round(mean(scrolled.map((one) => one.kbps))),
    agentCpuPct: round((mean(scrolled.map((one) => one.cpuSeconds)) / seconds) * 100, 0),
    n: shown.length,
    scrolls: n,
    shown: scrolled.flatMap((one) =>
      one.shown.map(({ at, step, db }) => [round(at - (one.paintedAt[0] ?? 0), 0), step, round(db)] as const),
    ),
  };
}

/**
 * Just before each next picture, when what is shown is oldest: ms since the office had shown something newer. Before the first one: since
 * the first step was painted.
 */
export function howFarBehind(shown: readonly OfScroll[], paintedAt: readonly number[]): number[] {
  return shown.flatMap(({ at }, i) => {
    const newer = paintedAt[(shown[i - 1]?.step ?? -1) + 1];
    return newer === undefined ? [] : [Math.max(0, at - newer)];
  });
}

async function scrollOnce({ viewer, sampler }: Stage, book: Awaited<ReturnType<typeof openBook>>): Promise<Scrolled> {
  const { page } = viewer;
  await book.readyToScroll();
  await pause(SETTLE_MS);
  await page.evaluate(() => window.engawaWatcher.armScroll());
  const [, painted] = await Promise.all([turnWheel(page), book.scrolled()]);
  await pause(1_000);
  const pictures = await page.evaluate(() => window.engawaWatcher.scroll());
  if (painted.length !== steps) throw new Error(`${painted.length} of ${steps} steps were painted`);
  const [from = 0, to = 0] = [painted[1], painted.at(-1)];
  const paintedAt = painted.with(0, from); // the first one stood there before
  const long = readFileSync(book.longPage);
  const shown: (OfScroll & { db: number })[] = [];
  const known = new Set<number>();
  for (const [index, { at, step }] of pictures.entries()) {
    // what was there before has no barcode; the same step again is a refinement
    if (step >= steps || at < from || known.has(step)) continue;
    known.add(step);
    const text = await page.evaluate(({ index, weights }) => window.engawaWatcher.takeRows(index, ...weights), {
      index,
      weights: WEIGHTS,
    });
    shown.push({ at, step, db: psnr(lumaFrom(text), rowsOf(long, step)) });
  }
  if (shown.length === 0) throw new Error("the page has shown no step of the scroll");
  const cpu = sampler.cpuSeconds(from, to);
  return { paintedAt, shown, kbps: kbps(sampler.series("sent"), from, to), cpuSeconds: cpu.agent + cpu.desktop };
}

async function turnWheel(page: Stage["viewer"]["page"]): Promise<void> {
  const begun = performance.now();
  for (let notch = 1; notch < steps; notch++) {
    await pause(Math.max(0, begun + (notch * 1_000) / stepsPerSecond - performance.now()));
    await page.mouse.wheel(0, NOTCH_PX);
  }
}

function rowsOf(long: Buffer, step: number): Luma {
  const rowBytes = SCREEN.width * 4;
  const rows = Array.from({ length: ROWS.count }, (_, i) => {
    const at = (step * stepPx + ROWS.first + i * ROWS.every) * rowBytes;
    return long.subarray(at, at + rowBytes);
  });
  return lumaOf({ width: SCREEN.width, height: ROWS.count, data: Buffer.concat(rows) });
}
