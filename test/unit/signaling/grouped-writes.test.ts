/** Thousands of small writes at once: in their order, together, and none takes another along. */
import { expect, test } from "vitest";
import { RequestError } from "../../../signaling/protocol/errors.ts";
import { GroupedWrites } from "../../../signaling/store/grouped-writes.ts";
import type { Queries } from "../../../signaling/store/queries.ts";
import type { Store } from "../../../signaling/store/store.ts";

/** A store that keeps numbers, all of a write or none. */
function stage() {
  const kept: number[] = [];
  let writes = 0;
  let draft: number[] = [];
  const store = {
    write: async (work: (q: Queries) => Promise<unknown>) => {
      writes += 1;
      draft = [];
      await work({} as Queries);
      kept.push(...draft);
    },
  } as unknown as Store;
  const put = (number: number) => async () => void draft.push(number);
  return {
    kept,
    put,
    writes: () => writes,
    grouped: new GroupedWrites({ write: (work) => store.write(work), together: 50 }),
  };
}

test("what comes at once is written in its order, in far fewer writes", async () => {
  const { kept, put, writes, grouped } = stage();
  const numbers = Array.from({ length: 1_000 }, (_, i) => i);
  await Promise.all(numbers.map((number) => grouped.add(put(number))));
  expect(kept).toEqual(numbers);
  expect(writes()).toBeLessThanOrEqual(20);
});

test("each gets what its own work gave, also where another one failed beside it", async () => {
  const { put, grouped } = stage();
  const bad = grouped.add(async () => {
    throw new Error("no such token");
  });
  const good = [1, 2, 3].map((number) =>
    grouped.add(async () => {
      await put(number)();
      return `number ${number}`;
    }),
  );
  await expect(bad).rejects.toThrow("no such token");
  expect(await Promise.all(good)).toEqual(["number 1", "number 2", "number 3"]);
});

test("one that fails fails alone, and the others are kept once each, in their order", async () => {
  const { kept, put, grouped } = stage();
  const bad = grouped.add(async () => {
    await put(-1)();
    throw new Error("no such session");
  });
  const good = [1, 2, 3].map((number) => grouped.add(put(number)));
  await expect(bad).rejects.toThrow("no such session");
  await Promise.all(good);
  expect(kept).toEqual([1, 2, 3]);
});

test("what is added while others are written is written too, before it is closed", async () => {
  const { kept, put, grouped } = stage();
  void grouped.add(put(1)).then(() => grouped.add(put(2)));
  void grouped.add(put(3));
  await grouped.close();
  expect(kept).toEqual([1, 3, 2]);
});

test("where nothing can be kept all fail, and none is done again: nobody knows whether it was kept", async () => {
  let done = 0;
  const grouped = new GroupedWrites({
    write: async (work) => {
      await work({} as Queries);
      throw new RequestError("STORAGE_UNAVAILABLE", "the database did not say whether it kept a write");
    },
    together: 50,
  });
  const work = async () => {
    done += 1;
  };
  const answers = await Promise.allSettled([1, 2, 3].map(() => grouped.add(work)));
  expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(done).toBe(3);
});
