import { expect, test } from "vitest";
import { closesOnce, giveUp } from "../support/clean-up.ts";

test("who closes a second time waits for the first, and nothing is closed twice", async () => {
  let times = 0;
  const opened = Promise.withResolvers<void>();
  const close = closesOnce(async () => {
    times++;
    await opened.promise;
  });
  const both = [close(), close()];
  opened.resolve();
  await Promise.all(both);
  await close();
  expect(times).toBe(1);
});

test("a start that failed fails with its reason, whatever the clean-up says, and all of it is done", async () => {
  const done: string[] = [];
  const cleaning = giveUp(
    new Error("the office did not start"),
    () => Promise.reject(new Error("ENOENT: no such file")),
    () => {
      throw new Error("closed already");
    },
    () => done.push("removed"),
  );
  await expect(cleaning).rejects.toThrow("the office did not start");
  expect(done).toEqual(["removed"]);
});
