/** What the line carries, from what edges have counted since. */
import { expect, test } from "vitest";
import { LineUse } from "../../../signaling/line-use.ts";

const START = 1_800_000_000_000;

function stage() {
  let at = START;
  const line = new LineUse(() => at);
  const edge = { toRelayBytes: 0, toClientBytes: 5_000_000 };
  line.count(() => edge);
  const pass = (toClient: number, toRelay = 0, ms = 10_000): void => {
    at += ms;
    edge.toClientBytes += toClient;
    edge.toRelayBytes += toRelay;
    line.sample();
  };
  return { line, edge, pass };
}

test("is a mean of both directions, without what was counted before", () => {
  const { line, pass } = stage();
  pass(120_000, 5_000);
  pass(0, 0);
  expect(line.points()).toEqual([
    { at: START + 10_000, kbps: 100 },
    { at: START + 20_000, kbps: 0 },
  ]);
});

test("sums edges, and counts one that began anew from zero", () => {
  const { line, edge, pass } = stage();
  const other = { toClientBytes: 0 };
  line.count(() => other);
  other.toClientBytes = 62_500;
  edge.toClientBytes = 0;
  pass(62_500);
  expect(line.points().map(({ kbps }) => kbps)).toEqual([100]);
});

test("is silent where the clock jumped or stood, and goes on behind it", () => {
  const { line, pass } = stage();
  pass(125_000, 0, 3_600_000);
  pass(125_000, 0, -5_000);
  pass(125_000);
  expect(line.points().map(({ kbps }) => kbps)).toEqual([100]);
});

test("keeps a quarter of an hour", () => {
  const { line, pass } = stage();
  for (let i = 0; i < 200; i += 1) pass(i);
  expect(line.points()).toHaveLength(90);
  expect(line.points()[0]?.at).toBe(START + 111 * 10_000);
});
