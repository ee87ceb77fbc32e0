/**
 * The whole server under what happens to servers, and an independent record of what everybody saw (test/bench/chaos). Each run draws
 * a seed of its own; what breaks names it, with the command that plays it again.
 */
import { expect, test } from "vitest";
import { play, SHORT } from "../bench/chaos/play.ts";

const SEED_LIMIT = 1_000_000;

test("whatever dies, stops, is cut off, fills up or loses its time: nothing acknowledged is lost, and no picture", async () => {
  const seed = Number(process.env["ENGAWA_CHAOS_SEED"] ?? Math.floor(Math.random() * SEED_LIMIT));
  const { result, words } = await play(SHORT, { seed, nodes: 1, store: "sqlite" }, { say: () => {} });
  process.stdout.write(`${words}\n`);
  expect(result.violations, words).toEqual([]);
});
