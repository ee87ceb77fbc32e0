/**
 * A line that becomes narrower in mid-session and wide again, while somebody types and turns a page now and then: does the session stay, how
 * long do keys take, how much waits for the line, and how soon is it as it will be.
 */
import { SCREEN } from "./desk.ts";
import { msOf, pressKeys } from "./latency.ts";
import { timesLost } from "./session-loss.ts";
import type { Stage } from "./stage.ts";
import { type Durations, durations, kbps, percentile, round } from "./stats.ts";
import { type Book, openBook } from "./test-window.ts";

export interface SqueezePart extends Durations {
  readonly line: "wide" | "narrow" | "wide again";
  readonly seconds: number;
  readonly pages: number;
  readonly kbps: number;
  /** For the home's line, in the DMZ; of readings each 100 ms. */
  readonly waitingBytesP50: number;
  readonly waitingBytesP95: number;
  readonly waitingBytesMax: number;
  /** Since the line changed, until no key takes more than twice the median of the part's second half. Null: it never was. */
  readonly settledS: number | null;
  readonly keys: readonly Pressed[];
}

export interface SqueezeResult {
  readonly sessionsLost: number;
  readonly parts: readonly SqueezePart[];
}

export interface Pressed {
  /** Seconds since the part began. */
  readonly at: number;
  /** Null: it never came through. */
  readonly ms: number | null;
}

const PARTS = [
  { line: "wide", seconds: 30 },
  { line: "narrow", seconds: 60 },
  { line: "wide again", seconds: 30 },
] as const;
/** As often as somebody turns a page who reads across it. The first one right before the line changes. */
const PAGE_EVERY_MS = 6_000;
const READ_WAITING_EVERY_MS = 100;

export async function measureSqueeze(stage: Stage): Promise<SqueezeResult> {
  const { viewer, network } = stage;
  await viewer.connect();
  const book = await openBook(stage);
  await viewer.page.mouse.move(SCREEN.width - 20, SCREEN.height - 20);
  await stage.quiet();
  const lostBefore = timesLost(stage);
  const parts: SqueezePart[] = [];
  for (const { line, seconds } of PARTS) {
    await turn(stage, book);
    network.squeeze(line === "narrow");
    parts.push(await work(stage, book, { line, seconds }));
  }
  const state = await viewer.page.locator("html").getAttribute("data-session");
  await book.close();
  return { sessionsLost: Math.max(timesLost(stage) - lostBefore, state === "live" ? 0 : 1), parts };
}

async function turn({ viewer }: Stage, book: Book): Promise<void> {
  await book.makeNextPage();
  await viewer.page.keyboard.press("n");
}

async function work(
  stage: Stage,
  book: Book,
  { line, seconds }: Pick<SqueezePart, "line" | "seconds">,
): Promise<SqueezePart> {
  const { viewer, sampler, network, say } = stage;
  say(`${seconds} s, the line is ${line}`);
  const from = Date.now();
  const waiting: number[] = [];
  const reading = setInterval(() => waiting.push(network.waitingBytes()), READ_WAITING_EVERY_MS);
  const keys: Pressed[] = [];
  let pages = 1;
  try {
    while (Date.now() < from + seconds * 1_000) {
      if (Date.now() >= from + pages * PAGE_EVERY_MS) {
        await turn(stage, book);
        pages++;
      }
      const at = round((Date.now() - from) / 1_000);
      keys.push(...(await pressKeys(viewer.page, 1, 0)).map((timing) => ({ at, ms: msOf(timing) })));
    }
  } finally {
    clearInterval(reading);
  }
  const to = Date.now();
  return {
    ...durations(keys.map(({ ms }) => ms)),
    line,
    seconds: round((to - from) / 1_000),
    pages,
    kbps: round(kbps(sampler.series("sent"), from, to)),
    waitingBytesP50: round(percentile(waiting, 50), 0),
    waitingBytesP95: round(percentile(waiting, 95), 0),
    waitingBytesMax: Math.max(...waiting),
    settledS: settledAfter(keys),
    keys,
  };
}

/** Seconds until the last key has come through that took too long; 0 if none did. One that never came counts from the next one on. */
export function settledAfter(keys: readonly Pressed[]): number | null {
  const later = keys.slice(Math.floor(keys.length / 2)).flatMap(({ ms }) => ms ?? []);
  const limit = 2 * percentile(later, 50);
  const last = keys.findLastIndex(({ ms }) => ms === null || ms > limit);
  const slow = keys[last];
  if (!slow) return 0;
  const until = slow.ms === null ? keys[last + 1]?.at : slow.at + slow.ms / 1_000;
  return until === undefined ? null : round(until);
}
