/** Of a file that another program has open, as Windows says it (agent/trust/files.ts). */
import { expect, test } from "vitest";
import { whileHeld } from "../../agent/trust/files.ts";

/** Fails so often, then does not. */
function held(times: number, code: string) {
  let tried = 0;
  const work = async () => {
    tried += 1;
    if (tried <= times) throw Object.assign(new Error(code), { code });
  };
  return { work, tried: () => tried };
}

test.each(["EPERM", "EACCES", "EBUSY"])("%s on Windows is tried again until it is let go", async (code) => {
  const file = held(3, code);
  await whileHeld(file.work, "win32");
  expect(file.tried()).toBe(4);
});

test("what is no matter of time fails at once, and on Linux nothing is", async () => {
  const [gone, refused] = [held(1, "ENOENT"), held(1, "EPERM")];
  await expect(whileHeld(gone.work, "win32")).rejects.toMatchObject({ code: "ENOENT" });
  await expect(whileHeld(refused.work, "linux")).rejects.toMatchObject({ code: "EPERM" });
  expect([gone.tried(), refused.tried()]).toEqual([1, 1]);
});
