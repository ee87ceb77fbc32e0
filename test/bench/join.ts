/**
 * Joining: from the click on "connect" to the first decoded picture, by the page's clock. A new session each time: request,
 * relay on both sides, offer, answer, DTLS, first keyframe. The sign-in was done once, before.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Stage } from "./stage.ts";
import { percentile, round } from "./stats.ts";
import { openTestWindow } from "./test-window.ts";
import { connectButton, PICTURE_TIMEOUT_MS } from "./viewer.ts";

export interface JoinResult {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly n: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** Sessions that showed nothing in time; not in the other figures. */
  readonly lost: number;
}

export async function measureJoin(stage: Stage, n: number): Promise<JoinResult> {
  const { viewer, say } = stage;
  const page = await openTestWindow(stage); // a full page of text: the first picture is a large one
  await viewer.connect(); // the office PC's key is learnt, once
  await viewer.end();
  say(`${n} sessions`);
  const samples: (number | null)[] = [];
  for (let i = 0; i < n; i++) {
    await pause(1_000);
    await viewer.page.evaluate((timeout) => window.engawaProbe.armJoin(timeout), PICTURE_TIMEOUT_MS);
    await connectButton(viewer.page).click();
    samples.push(await viewer.page.evaluate(() => window.engawaProbe.result()));
    await viewer.page.locator('html[data-session="live"]').waitFor();
    await viewer.end();
  }
  await page.close();
  const seen = samples.filter((ms) => ms !== null);
  return {
    p50Ms: round(percentile(seen, 50)),
    p95Ms: round(percentile(seen, 95)),
    n: seen.length,
    minMs: round(Math.min(...seen)),
    maxMs: round(Math.max(...seen)),
    lost: samples.length - seen.length,
  };
}
