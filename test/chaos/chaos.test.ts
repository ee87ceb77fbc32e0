/**
 * The whole server under what happens to servers, and an independent record of what everybody saw (test/bench/chaos). The plan of what
 * happens is the same in each run, so that a change breaks it and not a throw of dice; `npm run bench -- chaos` draws others, for longer.
 */
import { expect, test } from "vitest";
import { play, SHORT } from "../bench/chaos/play.ts";

const SEED = 31;

test("whatever dies, stops, is cut off, fills up or loses its time: nothing acknowledged is lost, and no picture", async () => {
  const seed = Number(process.env["ENGAWA_CHAOS_SEED"] ?? SEED);
  const { result, words } = await play(SHORT, { seed, nodes: 1, store: "sqlite" }, { say: () => {} });
  process.stdout.write(`${words}\n`);
  expect(result.violations, words).toEqual([]);
});
