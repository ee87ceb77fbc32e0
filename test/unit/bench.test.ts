/** The arithmetic behind the figures of test/bench. */
import { describe, expect, test } from "vitest";
import { growthOf } from "../bench/day.ts";
import { howFarBehind } from "../bench/motion.ts";
import { EXACT_DB, lumaOf, psnr } from "../bench/quality.ts";
import { settledAfter } from "../bench/squeeze.ts";
import { growth, kbps, peakKbps, percentile, valueAt } from "../bench/stats.ts";

/** A counter that grows by `perStep` each 100 ms. */
const steady = (perStep: number) => Array.from({ length: 50 }, (_, i) => ({ at: i * 100, value: i * perStep }));

describe("figures", () => {
  test("a percentile lies between the closest ranks", () => {
    expect(percentile([40, 10, 30, 20], 50)).toBe(25);
    expect(percentile([1, 2, 3], 95)).toBeCloseTo(2.9);
    expect(percentile([7], 95)).toBe(7);
    expect(percentile([], 50)).toBeNaN();
  });

  test("a counter between two readings is interpolated, and stands still outside of them", () => {
    const readings = [
      { at: 1000, value: 10 },
      { at: 2000, value: 30 },
    ];
    expect(valueAt(readings, 1500)).toBe(20);
    expect(valueAt(readings, 0)).toBe(10);
    expect(valueAt(readings, 9000)).toBe(30);
    expect(growth(readings, 1250, 1750)).toBe(10);
  });

  test("125 bytes in 10 ms are 100 kbit/s", () => {
    expect(kbps(steady(1250), 0, 4000)).toBeCloseTo(100);
  });

  test("the worst second is found wherever it begins", () => {
    const burst = steady(0).map(({ at }) => ({ at, value: at >= 2300 ? 50_000 : 0 }));
    expect(peakKbps(burst, 0, 4900)).toBeCloseTo(400);
    expect(peakKbps(burst, 0, 2000)).toBe(0);
  });

  test("a day's growth is from the end of its first hour to that of its last", () => {
    const standing = (rss: number, pageHeapMB: number) => ({ agent: { rss, pss: rss / 2 }, pageHeapMB, pageNodes: 1 });
    expect(growthOf([standing(100, 5), standing(300, 9), standing(104, 4.5)])).toEqual({
      agentGrowthMB: { rss: 4, pss: 2 },
      pageGrowthMB: -0.5,
    });
  });

  test("a viewer is behind from the moment the office shows something newer, until the next picture comes", () => {
    const paintedAt = [1_000, 1_030, 1_060, 1_090];
    const shown = [
      { at: 1_050, step: 0 }, // nothing of it until now
      { at: 1_100, step: 2 }, // step 1 was there since 1,030
      { at: 1_200, step: 3 }, // step 3 was there since 1,090
      { at: 1_900, step: 3 }, // nothing newer
    ];
    expect(howFarBehind(shown, paintedAt)).toEqual([50, 70, 110]);
  });

  test("a line has settled when the last key has come through that took too long", () => {
    const steady = Array.from({ length: 10 }, (_, i) => ({ at: 10 + i, ms: 40 }));
    expect(settledAfter(steady)).toBe(0);
    expect(settledAfter([{ at: 1, ms: 900 }, { at: 2, ms: 500 }, { at: 3, ms: 60 }, ...steady])).toBe(2.5);
    expect(settledAfter([{ at: 1, ms: null }, ...steady])).toBe(10);
    expect(settledAfter([...steady, { at: 30, ms: null }])).toBeNull();
    expect(settledAfter([])).toBe(0);
  });

  test("equal pictures are exact, and one level of error everywhere is 48.13 dB", () => {
    const grey = (level: number) => lumaOf({ width: 4, height: 2, data: Buffer.alloc(32, level) });
    expect(psnr(grey(100), grey(100))).toBe(EXACT_DB);
    expect(psnr(grey(101), grey(100))).toBeCloseTo(48.13, 2);
    expect(() => psnr(grey(1), lumaOf({ width: 1, height: 1, data: Buffer.alloc(4) }))).toThrow("pixels");
  });

  test("luma weighs green most and blue least, from B, G, R in memory", () => {
    const pixel = (...bgr: number[]) => lumaOf({ width: 1, height: 1, data: Buffer.from([...bgr, 0]) })[0];
    expect(pixel(255, 255, 255)).toBe(255 * 256);
    expect(pixel(0, 255, 0)).toBeGreaterThan(pixel(0, 0, 255) ?? 0);
    expect(pixel(255, 0, 0)).toBeLessThan(pixel(0, 0, 255) ?? 0);
  });
});
