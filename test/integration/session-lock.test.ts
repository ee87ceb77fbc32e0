/** What could lock an X11 session, found by asking programs that stand in for those of a desktop. */
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findWaysToLock, lockSession } from "../../agent/desktop/session-lock.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "engawa-lock-"));
});
afterEach(() => rm(folder, { recursive: true }));

const program = (name: string, script: string) =>
  writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o700 });
const environment = () => ({ PATH: folder });

test("nothing is found where there is nothing, and then nothing locks", async () => {
  expect(await findWaysToLock(environment())).toEqual({ lockers: [], session: undefined });
  expect(await lockSession(environment())).toBe(false);
});

test("a program counts when it answers, and is not told to lock", async () => {
  const locked = join(folder, "locked");
  await program("xscreensaver-command", `case $1 in -time) ;; -lock) : > ${locked} ;; *) exit 1 ;; esac`);
  await program("dm-tool", "exit 1"); // no LightDM behind it
  expect(await findWaysToLock(environment())).toEqual({ lockers: ["xscreensaver-command"], session: undefined });
  expect(existsSync(locked)).toBe(false);
  expect(await lockSession(environment())).toBe(true);
  expect(existsSync(locked)).toBe(true);
});

test("logind's session counts when logind says whether it is locked", async () => {
  await program("loginctl", 'case $1 in show-user) echo 7 ;; show-session) [ "$2" = 7 ] && echo no ;; esac');
  expect(await findWaysToLock(environment())).toEqual({ lockers: [], session: "7" });
  await program("loginctl", "[ $1 = show-user ] && echo 7");
  expect(await findWaysToLock(environment())).toEqual({ lockers: [], session: undefined });
});
