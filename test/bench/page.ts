/**
 * A new page of Japanese text, one that was never shown before: from the key in the page until its picture first shows the new page
 * at all, and until it is right. Every picture that comes after the key is held in the page with its moment, whole, and compared afterwards.
 */
import { setTimeout as pause } from "node:timers/promises";
import { SCREEN } from "./desk.ts";
import { type Luma, lumaOf } from "./quality.ts";
import { psnrOfHeld } from "./seen.ts";
import type { Scene } from "./stage.ts";
import { type Durations, durations, growth, mean, mulberry32, round } from "./stats.ts";
import { openBook } from "./test-window.ts";
import type { AfterKey } from "./watcher.ts";

export interface PageResult {
  /** The new page is there, however coarse; p50. */
  readonly firstMs: number;
  /** It is as good as it needs to be; p50. */
  readonly settledMs: number;
  readonly first: Durations;
  readonly settled: Durations;
  /** Mean of the first pictures that show a new page, and of the last that came while it was watched. */
  readonly firstPsnrY: number;
  readonly lastPsnrY: number;
  /** Agent → viewer, from the key until nothing but heartbeats is sent any more, each. */
  readonly kilobytesEach: number;
  /** Of each page, each picture that came while it was watched: ms since the key, dB. */
  readonly pages: readonly (readonly (readonly [number, number])[])[];
}

/** The page before has less than 20 dB. */
const THERE_DB = 30;
const RIGHT_DB = 40;
/** Some seconds more than a page takes to be refined. */
const WATCHED_MS = { lan: 4_000, shaped: 8_000 } as const;
const WARM_UP = 2;

interface Turned {
  readonly firstMs: number | null;
  readonly settledMs: number | null;
  readonly firstDb: number;
  readonly lastDb: number;
  readonly bytes: number;
  readonly pictures: readonly (readonly [number, number])[];
}

export async function measurePage(stage: Scene, n: number): Promise<PageResult> {
  const { viewer, say } = stage;
  await viewer.connect();
  const book = await openBook(stage);
  await viewer.page.mouse.move(SCREEN.width - 20, SCREEN.height - 20);
  await stage.quiet();
  say(`${n} pages`);
  const random = mulberry32(12_345);
  const turned: Turned[] = [];
  for (let i = -WARM_UP; i < n; i++) {
    await book.makeNextPage();
    await pause(250 + 400 * random());
    const one = await turnPage(stage);
    if (i >= 0) turned.push(one);
  }
  await book.close();
  const first = durations(turned.map(({ firstMs }) => firstMs));
  const settled = durations(turned.map(({ settledMs }) => settledMs));
  return {
    firstMs: first.p50Ms,
    settledMs: settled.p50Ms,
    first,
    settled,
    firstPsnrY: round(mean(turned.map(({ firstDb }) => firstDb).filter(Number.isFinite))),
    lastPsnrY: round(mean(turned.map(({ lastDb }) => lastDb).filter(Number.isFinite))),
    kilobytesEach: round(mean(turned.map(({ bytes }) => bytes)) / 1_000),
    pages: turned.map(({ pictures }) => pictures),
  };
}

async function turnPage(stage: Scene): Promise<Turned> {
  const { viewer, desk, sampler, network } = stage;
  const { page } = viewer;
  const watched = network.isShaped ? WATCHED_MS.shaped : WATCHED_MS.lan;
  await page.evaluate((ms) => window.engawaWatcher.armPictures(ms), watched);
  const from = Date.now();
  await page.keyboard.press("n");
  const pictures = await page.evaluate(() => window.engawaWatcher.pictures());
  const truth = lumaOf(await desk.screen.grab());
  const compared = await compare(stage, pictures, truth);
  await stage.quiet();
  const first = compared.find(({ db }) => db >= THERE_DB);
  return {
    firstMs: first?.ms ?? null,
    settledMs: compared.find(({ db }) => db >= RIGHT_DB)?.ms ?? null,
    firstDb: first?.db ?? Number.NaN,
    lastDb: compared.at(-1)?.db ?? Number.NaN,
    bytes: growth(sampler.series("sent"), from, Date.now()),
    pictures: compared.map(({ ms, db }) => [round(ms, 0), round(db)]),
  };
}

async function compare({ viewer }: Scene, pictures: readonly AfterKey[], truth: Luma) {
  const compared: { ms: number; db: number }[] = [];
  for (const { ms, index } of pictures) compared.push({ ms, db: await psnrOfHeld(viewer.page, index, truth) });
  return compared;
}
