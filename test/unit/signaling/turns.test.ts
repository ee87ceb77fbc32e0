/** Work of many in turns of the event loop. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { Turns } from "../../../signaling/doors/turns.ts";

/** Two milliseconds of work, or more on a machine that does other things. */
async function work(): Promise<void> {
  const end = performance.now() + 2;
  while (performance.now() < end);
}

/** 5 ms and the piece that is under way are three pieces; and their next turn may come just before ours. */
const TWO_TURNS = 6;

test("after some milliseconds of work everything else has its turn", async () => {
  const turns = new Turns();
  let done = 0;
  const all = Array.from({ length: 40 }, () =>
    turns.run(async () => {
      await work();
      done += 1;
    }),
  );
  await nextTurn();
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThanOrEqual(TWO_TURNS);
  await Promise.all(all);
  expect(done).toBe(40);
  expect(turns.waiting).toBe(0);
});

test("work that comes by separate events of one turn has one share together", async () => {
  const turns = new Turns();
  let done = 0;
  const come = async () => {
    await turns.run(work);
    done += 1;
  };
  const all = Array.from({ length: 40 }, () => new Promise<void>((resolve) => queueMicrotask(() => resolve(come()))));
  await nextTurn();
  expect(done).toBeLessThanOrEqual(TWO_TURNS);
  await Promise.all(all);
});

test("first come, first served, and a failure is passed on to its own", async () => {
  const turns = new Turns();
  const order: number[] = [];
  const all = [0, 1, 2, 3].map((i) =>
    turns.run(async () => {
      await work();
      order.push(i);
      if (i === 1) throw new Error("one");
    }),
  );
  const results = await Promise.allSettled(all);
  expect(order).toEqual([0, 1, 2, 3]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
});

test("work that waits for something keeps nobody waiting", async () => {
  const turns = new Turns();
  const gate = Promise.withResolvers<void>();
  const first = turns.run(() => gate.promise);
  await turns.run(work);
  gate.resolve();
  await first;
});
