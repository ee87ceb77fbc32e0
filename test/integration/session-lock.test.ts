/** What could lock an X11 session, found by asking programs that stand in for those of a desktop. */
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findWaysToLock, SessionLock } from "../../agent/screen/locker.ts";

let folder: string;
let lock: SessionLock;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "engawa-lock-"));
  lock = new SessionLock(environment());
});
afterEach(() => rm(folder, { recursive: true }));

const program = (name: string, script: string) =>
  writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o700 });
const environment = () => ({ PATH: folder });
const inFolder = (name: string) => join(folder, name);
/** A locker whose answers stand in files: what it says of itself, and that it was told to lock. */
const xscreensaver = (onLock: string) =>
  program(
    "xscreensaver-command",
    `case $1 in -time) read -r says < ${inFolder("says")}; echo "$says" ;; -lock) ${onLock} ;; *) exit 1 ;; esac`,
  );
const says = (words: string) => writeFile(inFolder("says"), `XScreenSaver 6.06: screen ${words}\n`);

test("nothing is found where there is nothing, and then nothing can lock", async () => {
  expect(await findWaysToLock(environment())).toEqual({ lockers: [], session: undefined });
  expect(await lock.lock()).toBe("impossible");
  expect(await lock.state()).toBe("unknown");
});

test("a program counts when it answers, and is not told to lock", async () => {
  const locked = inFolder("locked");
  await program("xscreensaver-command", `case $1 in -time) ;; -lock) : > ${locked} ;; *) exit 1 ;; esac`);
  await program("dm-tool", "exit 1"); // no LightDM behind it
  expect(await findWaysToLock(environment())).toEqual({ lockers: ["xscreensaver-command"], session: undefined });
  expect(existsSync(locked)).toBe(false);
  expect(await lock.lock()).toBe("locked");
  expect(existsSync(locked)).toBe(true);
  expect(await lock.state()).toBe("unknown"); // this one does not tell
});

test("logind's session counts when logind says whether it is locked", async () => {
  await program("loginctl", 'case $1 in show-user) echo 7 ;; show-session) [ "$2" = 7 ] && echo no ;; esac');
  expect(await findWaysToLock(environment())).toEqual({ lockers: [], session: "7" });
  await program("loginctl", "[ $1 = show-user ] && echo 7");
  expect(await findWaysToLock(environment())).toEqual({ lockers: [], session: undefined });
});

test("a program that says that it locks and does not has failed: there is a way to lock", async () => {
  await says("non-blanked since Mon Jan 5");
  await xscreensaver(":");
  expect(await lock.lock()).toBe("not-locked");
});

test("so has one that refuses, while it answers what it is", async () => {
  await says("non-blanked since Mon Jan 5");
  await xscreensaver("exit 1");
  expect(await lock.lock()).toBe("not-locked");
});

test("and a session of logind that stays unlocked", async () => {
  await program("loginctl", "case $1 in show-user) echo 7 ;; show-session) echo no ;; esac");
  expect(await lock.lock()).toBe("not-locked");
});

test("what does not answer in time counts as there", async () => {
  await program("xscreensaver-command", "exec /bin/sleep 60");
  expect(await lock.lock()).toBe("not-locked");
});

test("who locked it is asked whether it still is", async () => {
  await says("non-blanked since Mon Jan 5");
  await xscreensaver(`echo "XScreenSaver 6.06: screen locked since Mon Jan 5" > ${inFolder("says")}`);
  expect(await lock.lock()).toBe("locked");
  expect(await lock.state()).toBe("locked");
  await says("non-blanked since Mon Jan 5");
  expect(await lock.state()).toBe("open");
  await rm(inFolder("xscreensaver-command"));
  expect(await lock.state()).toBe("open"); // it is gone, and its lock with it
});

test("logind is asked where it said so", async () => {
  const hint = inFolder("hint");
  await program(
    "loginctl",
    `case $1 in show-user) echo 7 ;; show-session) read -r h < ${hint}; echo $h ;; lock-session) echo yes > ${hint} ;; esac`,
  );
  await writeFile(hint, "no\n");
  expect(await lock.lock()).toBe("locked");
  expect(await lock.state()).toBe("locked");
  await writeFile(hint, "no\n");
  expect(await lock.state()).toBe("open");
});
