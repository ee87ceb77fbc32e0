/** The lock before the first picture, by what becomes of it. */
import { beforeEach, expect, test } from "vitest";
import { LOCK_TIMEOUT_MS } from "../../agent/desktop/child-desktop.ts";
import type { LockOutcome } from "../../agent/desktop/reports.ts";
import type { Log } from "../../agent/log.ts";
import { LockFirst } from "../../agent/protection/lock-first.ts";
import type { LockBefore } from "../../agent/settings/config.ts";
import { NEGOTIATE_TIMEOUT_MS } from "../../signaling/protocol/limits.ts";
import { PATH_TIMEOUT_MS } from "../../viewer/session/session-shape.ts";
import { DesktopTwin } from "../support/desktop-twin.ts";

let desktop: DesktopTwin;
beforeEach(() => {
  desktop = new DesktopTwin(() => undefined);
});
const lockFirst = (policy: LockBefore) =>
  new LockFirst({ policy, desktop, log: { info: () => undefined, warn: () => undefined } as Partial<Log> as Log });
const locks = () => desktop.calls.filter(({ kind }) => kind === "lock").length;

test.each<[LockBefore, LockOutcome, string | undefined]>([
  ["when-possible", "locked", undefined],
  ["when-possible", "impossible", undefined],
  ["when-possible", "not-locked", "not-locked"],
  ["when-possible", "no-desktop", "desktop-unavailable"],
  ["required", "locked", undefined],
  ["required", "impossible", "not-locked"],
  ["required", "not-locked", "not-locked"],
  ["required", "no-desktop", "desktop-unavailable"],
])("%s, and it is %s: refused for %s", async (policy, outcome, reason) => {
  desktop.lockOutcome = outcome;
  expect((await lockFirst(policy).lock())?.reason).toBe(reason);
});

test("what nothing can lock is not looked at again", async () => {
  desktop.lockOutcome = "impossible";
  const first = lockFirst("when-possible");
  await first.lock();
  desktop.lockStates.push("open");
  expect(await first.again()).toBeUndefined();
  expect([first.how, locks()]).toEqual(["impossible", 1]);
});

test("what was opened meanwhile is locked again, and that counts", async () => {
  const first = lockFirst("when-possible");
  await first.lock();
  desktop.lockStates.push("open");
  desktop.lockOutcome = "not-locked";
  expect(await first.again()).toMatchObject({ reason: "not-locked" });
  expect(locks()).toBe(2);
});

test("a locker that was ended in between does not make it a PC without a lock", async () => {
  const first = lockFirst("when-possible");
  await first.lock();
  desktop.lockStates.push("open");
  desktop.lockOutcome = "impossible";
  expect(await first.again()).toMatchObject({ reason: "not-locked" });
});

test("a lock that the policy asks for only after the device has signed is made before the first picture", async () => {
  const first = lockFirst("never");
  expect(first.isWanted).toBe(false);
  first.policy = "required";
  expect([first.isWanted, await first.again(), first.how, locks()]).toEqual([true, undefined, "locked", 1]);
});

test("what nothing can lock is refused once the policy requires it", async () => {
  desktop.lockOutcome = "impossible";
  const first = lockFirst("when-possible");
  expect(await first.lock()).toBeUndefined();
  first.policy = "required";
  expect(await first.again()).toMatchObject({ reason: "not-locked" });
});

test("a lock that takes all its time is told before the page or the server gives the attempt up", () => {
  // the office PC may lose 3 s on a blocked UDP before it has anything to be answered
  expect(LOCK_TIMEOUT_MS + 3_000).toBeLessThan(PATH_TIMEOUT_MS);
  expect(PATH_TIMEOUT_MS).toBeLessThan(NEGOTIATE_TIMEOUT_MS);
});
