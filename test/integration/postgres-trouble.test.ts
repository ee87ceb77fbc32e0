/** A database that is stopped, killed, or kept waiting by a server that stands still: what is said meanwhile, and that it works again by itself. */
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { DatabaseServer } from "../../signaling/postgres/settings.ts";
import { openStore } from "../../signaling/store/open.ts";
import { EVERYTHING } from "../../signaling/store/queries/lists.ts";
import type { Changes } from "../../signaling/store/rows/changes.ts";
import type { Store } from "../../signaling/store/store.ts";
import { startTestPostgres, type TestPostgres } from "../support/postgres.ts";
import { makePerson, makeStore, type TestStore } from "../support/store.ts";
import { makeTestCa } from "../support/test-ca.ts";
import { until } from "../support/until.ts";

let postgres: TestPostgres;
let database: DatabaseServer;
let place: TestStore;
let other: Store;
let third: Store;
const troubles: unknown[] = [];

beforeEach(async () => {
  troubles.length = 0;
  postgres = await startTestPostgres();
  database = await postgres.newDatabase();
  place = await makeStore({ database });
  third = await openStore({ stateDir: "", database, isBesideServer: true });
  other = await openStore({ stateDir: "", database, isBesideServer: true, onTrouble: (cause) => troubles.push(cause) });
});
afterEach(async () => {
  await other.close();
  await third.close();
  await place.close();
  await postgres.close();
});

/** It takes a key of its own account, or of root. */
function giveToPostgres(path: string): void {
  const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync("/etc/passwd", "utf8")) ?? [];
  if (process.getuid?.() === 0) chownSync(path, Number(uid), Number(gid));
}

const works = (store: Store): Promise<boolean> =>
  store
    .write((q) => q.refusals.put("probe", "1"))
    .then(
      () => true,
      () => false,
    );
const names = async (store: Store) =>
  (await store.read((q) => q.people.page(EVERYTHING, { limit: 10 }))).map(({ login }) => login);

test("away, it is said with a code and once in the log; back, reads, writes and news go on over new connections", async () => {
  const person = await makePerson(place, { login: "sato" });
  const told: Changes[] = [];
  other.onForeignChange((changes) => told.push(changes));
  await third.write((q) => q.people.setDisabled(person.id, 1));
  await until("the change is told", () => told.length > 0);
  await postgres.cluster.takeAway();
  const failed = await other.write((q) => q.refusals.put("probe", "1")).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "STORAGE_UNAVAILABLE", details: { retryAfterS: expect.any(Number) } });
  await expect(other.read((q) => q.people.byId(person.id))).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
  expect(await other.problem()).toMatch(/cannot be reached|not running/);
  expect(troubles).toHaveLength(1);
  await postgres.cluster.restart();
  await until("writes go on", () => works(other));
  expect(await names(other)).toEqual(["sato"]);
  told.length = 0;
  await until("writes of another go on", () => works(third));
  await third.write((q) => q.people.setDisabled(person.id, null));
  const isToldOf = (id: string) => told.some((changes) => JSON.stringify(changes).includes(id));
  await until("the change is told", () => isToldOf(person.id));
});

test("started anew while a write is under way, it has nothing of it, and the write is done again", async () => {
  const person = await makePerson(place, { login: "sato" });
  let begun = () => {};
  const isBegun = new Promise<void>((resolve) => (begun = resolve));
  let goOn = () => {};
  const mayGoOn = new Promise<void>((resolve) => (goOn = resolve));
  let tries = 0;
  const writing = other.write(async (q) => {
    tries += 1;
    await q.people.countFailure(person.id);
    begun();
    await mayGoOn;
    await q.people.countFailure(person.id);
  });
  await isBegun;
  await postgres.cluster.restart();
  goOn();
  await writing;
  expect(tries).toBe(2);
  expect((await other.read((q) => q.people.byId(person.id)))?.failures).toBe(2);
});

test("what a server that stands still in the middle of a write holds is taken from it, and it harms nothing when it wakes", async () => {
  const person = await makePerson(place, { login: "sato" });
  let begun = () => {};
  const isBegun = new Promise<void>((resolve) => (begun = resolve));
  let wake = () => {};
  const awake = new Promise<void>((resolve) => (wake = resolve));
  let tries = 0;
  const asleep = other.write(async (q) => {
    tries += 1;
    await q.people.countFailure(person.id);
    begun();
    await awake;
    await q.people.countFailure(person.id);
  });
  await isBegun;
  // waits for that row until the database has undone the one that sleeps: here it is told to, before its time
  const waiting = place.store.write((q) => q.people.setDrift(person.id, { lowMs: 1, highMs: 2, at: 3 }));
  await until("somebody waits for that row", async () => {
    const held = "select count(*) as waiting from pg_stat_activity where wait_event_type = 'Lock'";
    return Number((await postgres.query(database, held))[0]?.["waiting"]) > 0;
  });
  const sleepers = await postgres.query(
    database,
    "select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction'",
  );
  expect(sleepers).toHaveLength(1);
  await waiting;
  wake();
  await asleep;
  expect(tries).toBe(2);
  const row = await place.store.read((q) => q.people.byId(person.id));
  expect(row).toMatchObject({ failures: 2, driftLowMs: 1 });
});

test("a place in a chain that others took again and again is looked for again; another row that is refused twice is refused", async () => {
  const takenBy = (constraint: string, times: number) => {
    let tries = 0;
    const refused = () => Object.assign(new Error(`duplicate ${constraint}`), { code: "23505", constraint });
    return other.write(async (q) => {
      tries += 1;
      if (tries <= times) throw refused();
      await q.refusals.put("probe", String(tries));
    });
  };
  await takenBy("audit_chain", 4);
  await expect(takenBy("people_login", 2)).rejects.toThrow("duplicate people_login");
});

test("the audit is only added to, and nothing of it is cut off, whoever asks", async () => {
  await makePerson(place, { login: "sato" });
  for (const statement of ["update audit set actor = 'x'", "delete from audit", "truncate audit"])
    await expect(postgres.query(database, statement)).rejects.toThrow("append-only");
});

test("over TLS it is only spoken to who is vouched for", async () => {
  const { ca, key, chain } = await makeTestCa();
  const folder = mkdtempSync(join(tmpdir(), "engawa-tls-"));
  chmodSync(folder, 0o755);
  const [keyFile, chainFile] = [join(folder, "key.pem"), join(folder, "chain.pem")];
  writeFileSync(chainFile, chain);
  writeFileSync(keyFile, key, { mode: 0o600 });
  for (const path of [keyFile, chainFile]) giveToPostgres(path);
  const settings = { ssl: "on", ssl_cert_file: chainFile, ssl_key_file: keyFile };
  const secure = await startTestPostgres({ settings });
  try {
    const server = { ...(await secure.newDatabase()), ca };
    const store = await openStore({ stateDir: "", database: server });
    const [row] = await secure.query(
      server,
      "select bool_and(ssl) as all from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'engawa store'",
    );
    expect(row).toEqual({ all: true });
    await store.close();
    const stranger = { ...server, ca: (await makeTestCa()).ca };
    await expect(openStore({ stateDir: "", database: stranger })).rejects.toThrow(/certificate/);
    // and who speaks none is not spoken to
    await expect(openStore({ stateDir: "", database: { ...database, ca } })).rejects.toThrow(/SSL/);
  } finally {
    await secure.close();
    rmSync(folder, { recursive: true });
  }
});
