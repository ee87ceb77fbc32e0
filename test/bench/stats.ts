/** The arithmetic of the figures: pure, no I/O. */

/** Linear interpolation between closest ranks, as numpy does by default; NaN of nothing. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = ((sorted.length - 1) * p) / 100;
  const low = sorted[Math.floor(rank)] ?? Number.NaN;
  const high = sorted[Math.ceil(rank)] ?? Number.NaN;
  return low + (high - low) * (rank - Math.floor(rank));
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A counter that only grows, read at a moment (epoch ms). */
export interface Reading {
  at: number;
  value: number;
}

/** The counter at any moment, interpolated between the readings around it. */
export function valueAt(readings: readonly Reading[], at: number): number {
  const after = readings.findIndex((reading) => reading.at >= at);
  const next = readings[after === -1 ? readings.length - 1 : after];
  const before = readings[(after === -1 ? readings.length : after) - 1] ?? next;
  if (!before || !next) return Number.NaN;
  if (after === -1 || next.at === before.at) return next.value;
  return before.value + ((next.value - before.value) * (at - before.at)) / (next.at - before.at);
}

/** How much the counter grew from one moment to the other. */
export function growth(readings: readonly Reading[], from: number, to: number): number {
  return valueAt(readings, to) - valueAt(readings, from);
}

/** Bytes of a byte counter between two moments, as kbit/s (1000 bits). */
export function kbps(readings: readonly Reading[], from: number, to: number): number {
  return (growth(readings, from, to) * 8) / (to - from);
}

/** The worst second: the largest growth over any window of 1 s that begins at a reading, in kbit/s. */
export function peakKbps(readings: readonly Reading[], from: number, to: number): number {
  const starts = readings.filter(({ at }) => at >= from && at + 1000 <= to);
  return Math.max(0, ...starts.map(({ at }) => kbps(readings, at, at + 1000)));
}

/** What a list of durations comes to. `null`: nothing came in time; counted, and in no other figure. */
export interface Durations {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly n: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly lost: number;
}

export function durations(samples: readonly (number | null)[]): Durations {
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

/** Random numbers, 0 ≤ x < 1, the same in each run. */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One decimal is what these methods can tell apart. */
export function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
