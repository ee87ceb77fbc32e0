import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { locksPaths } from "../../agent/settings/paths.ts";
import { Locks } from "../../agent/trust/locks.ts";
import { type KeyCode, LiftCode, type LiftHash, LockId, Login, type PublicKey } from "../../signaling/protocol/ids.ts";
import { MAX_LOCK_KEPT_MS } from "../../signaling/protocol/limits.ts";
import type { LockedOut, LockOrder } from "../../signaling/protocol/signal.ts";
import { exportPublicKey, generateKeyPair, keyCode, liftHash } from "../../signaling/protocol/signed.ts";

const START = 1_800_000_000_000;
const HOUR = 3_600_000;
const LOCK = LockId.parse("K7QM-2Z9P");
const CODE = LiftCode.parse("7K2QM-9Z4PX-AAAAA-BBBBB");
const tanaka = Login.parse("tanaka");
const sato = Login.parse("sato");

let folder: string;
let clock: number;
let key: PublicKey;
let code: KeyCode;
let hash: LiftHash;
/** As a newly started agent has them. */
const open = () => new Locks(locksPaths(folder), () => clock);

beforeEach(async () => {
  const made = await mkdtemp(join(tmpdir(), "engawa-locks-"));
  onTestFinished(() => rm(made, { recursive: true }));
  folder = made;
  clock = START;
  key = await exportPublicKey((await generateKeyPair(true)).publicKey);
  code = await keyCode(key);
  hash = await liftHash({ lock: LOCK, code: CODE });
});

const people = (...logins: Login[]): LockedOut => ({ kind: "people", logins });
const order = (of: LockedOut, more: Partial<LockOrder> = {}): LockOrder => ({
  ...{ lock: LOCK, of, until: START + HOUR, hash, reason: "端末の紛失" },
  ...more,
});

test("nobody is locked out before anything was told", async () => {
  expect(await open().over(tanaka, key)).toBeUndefined();
});

test.each([
  ["a person, and nobody else", () => people(tanaka), [true, false]],
  ["everybody", (): LockedOut => ({ kind: "everybody" }), [true, true]],
  ["a device, whoever comes with it", (): LockedOut => ({ kind: "device", code }), [true, true]],
])("%s, and still after the agent was started anew", async (_name, of, expected) => {
  expect(await open().keep(order(of()))).toBe("kept");
  const after = open();
  expect(await Promise.all([tanaka, sato].map(async (login) => !!(await after.over(login, key))))).toEqual(expected);
});

test("another device of somebody else is not locked out", async () => {
  await open().keep(order({ kind: "device", code }));
  const other = await exportPublicKey((await generateKeyPair(true)).publicKey);
  expect(await open().over(tanaka, other)).toBeUndefined();
});

test("it ends by its own end, and what is told without one after 90 days", async () => {
  await open().keep(order(people(tanaka)));
  clock = START + HOUR - 1;
  expect(await open().over(tanaka, key)).toMatchObject({ lock: LOCK, reason: "端末の紛失" });
  clock = START + HOUR;
  expect(await open().over(tanaka, key)).toBeUndefined();
  await open().keep(order(people(sato), { lock: LockId.parse("AAAA-AAAA"), until: Number.MAX_SAFE_INTEGER }));
  clock += MAX_LOCK_KEPT_MS - 1;
  expect(await open().over(sato, key)).toBeDefined();
  clock += 1;
  expect(await open().over(sato, key)).toBeUndefined();
});

test("told again it becomes wider and longer, never less", async () => {
  const locks = open();
  await locks.keep(order(people(tanaka)));
  await locks.keep(order(people(sato), { until: START + 1 }));
  clock = START + HOUR - 1;
  expect(await locks.over(tanaka, key)).toBeDefined();
  expect(await locks.over(sato, key)).toBeDefined();
  await locks.keep(order(people(sato), { until: START + 2 * HOUR }));
  clock = START + 2 * HOUR - 1;
  expect(await locks.over(tanaka, key)).toBeDefined();
});

test("another lock under the same number takes nothing from it", async () => {
  const other = LiftCode.parse("AAAAA-AAAAA-AAAAA-AAAAA");
  const locks = open();
  await locks.keep(order(people(tanaka)));
  const forged = order(people(sato), { hash: await liftHash({ lock: LOCK, code: other }) });
  expect(await locks.keep(forged)).toBe("other");
  expect(await locks.lift(LOCK, other)).toBe(false);
  expect(await locks.over(tanaka, key)).toBeDefined();
});

test("its code lifts it, no other does", async () => {
  const locks = open();
  await locks.keep(order(people(tanaka)));
  expect(await locks.lift(LOCK, LiftCode.parse("AAAAA-AAAAA-AAAAA-AAAAA"))).toBe(false);
  expect(await open().over(tanaka, key)).toBeDefined();
  expect(await locks.lift(LOCK, CODE)).toBe(true);
  expect(await open().over(tanaka, key)).toBeUndefined();
});

test("what IT lifted at this PC stays lifted, however often it is told; another lock does not", async () => {
  const agent = open();
  await agent.keep(order(people(tanaka)));
  await agent.keep(order(people(sato), { lock: LockId.parse("AAAA-AAAA") }));
  expect((await open().liftHere([LOCK])).map(({ lock }) => lock)).toEqual([LOCK]);
  expect(await agent.keep(order({ kind: "everybody" }))).toBe("lifted");
  expect(await agent.over(tanaka, key)).toBeUndefined();
  expect(await agent.over(sato, key)).toBeDefined();
  expect(await open().liftHere("all")).toHaveLength(1);
  expect(await agent.list()).toEqual([]);
});

test("the revision changes when the agent keeps one and when IT lifts one, and not when nothing is new", async () => {
  const locks = open();
  const seen = [await locks.revision()];
  await locks.keep(order(people(tanaka)));
  seen.push(await locks.revision());
  await locks.keep(order(people(tanaka)));
  expect(await locks.revision()).toBe(seen[1]);
  await open().liftHere("all");
  seen.push(await locks.revision());
  expect(new Set(seen).size).toBe(3);
});

test("told many at once it keeps them all; of more than it has room for the first ones stay", async () => {
  const locks = open();
  const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const ids = Array.from({ length: 201 }, (_, i) => LockId.parse(`AAAA-AA${letters[i >> 5]}${letters[i & 31]}`));
  const kept = await Promise.all(ids.map((lock) => locks.keep(order(people(tanaka), { lock }))));
  expect(kept.filter((outcome) => outcome === "kept")).toHaveLength(200);
  expect(kept.at(-1)).toBe("full");
  expect((await locks.list()).map(({ lock }) => lock)).toEqual(ids.slice(0, 200));
  await open().liftHere("all");
  expect(await locks.keep(order(people(tanaka), { lock: LockId.parse("ZZZZ-ZZZZ") }))).toBe("kept");
});

test("a damaged file lets nobody pass for unlocked", async () => {
  await open().keep(order(people(tanaka)));
  await writeFile(locksPaths(folder).locks, "{", { mode: 0o600 });
  await expect(open().over(sato, key)).rejects.toThrow(/locks.json cannot be used/);
});
