/** A store is moved from one engine to the other, backed up and restored, by the administrator's commands. */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { run } from "../../signaling/cli/run.ts";
import { loadAdminConfig } from "../../signaling/config.ts";
import { freePort } from "../../signaling/quickstart/ports.ts";
import { fillTown } from "../../signaling/quickstart/town.ts";
import { postgresSource } from "../../signaling/store/copying/postgres-tables.ts";
import { sqliteSource } from "../../signaling/store/copying/sqlite-tables.ts";
import type { TableSource } from "../../signaling/store/copying/tables.ts";
import { LATEST_VERSION } from "../../signaling/store/migrations.ts";
import { openStore } from "../../signaling/store/open.ts";
import { openOldStore } from "../support/old-stores.ts";
import { startTestPostgres, type TestPostgres } from "../support/postgres.ts";
import { makePerson, makeStore, makeTerminal } from "../support/store.ts";

let postgres: TestPostgres;
/** A store with a town in it; each test has a copy of its own. */
let made: string;
let folder: string;
let state: string;

beforeAll(async () => {
  postgres = await startTestPostgres();
  made = mkdtempSync(join(tmpdir(), "copies-"));
  const place = await makeStore();
  const person = await makePerson(place, { login: "zaitaku" });
  const terminal = await makeTerminal(place, { grantedTo: [person.login] });
  await fillTown(place.desk, { organisation: "緑市", terminal, people: [person.login] });
  await place.store.close();
  cpSync(place.stateDir, made, { recursive: true });
  await place.close();
});
afterAll(async () => {
  await postgres.close();
  rmSync(made, { recursive: true });
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "copies-"));
  state = join(folder, "state");
  cpSync(made, state, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

/** `kind`: as createdb leaves it; else its tables are there. */
const database = async (kind?: "empty"): Promise<Record<string, string>> => ({
  ENGAWA_DATABASE_URL: postgres.cluster.url((await postgres.newDatabase(kind)).database),
  ENGAWA_DATABASE_PASSWORD_FILE: postgres.cluster.passwordFile,
});

async function admin(args: readonly string[], environment: Record<string, string> = {}) {
  const [printed, complaints]: [string[], string[]] = [[], []];
  const exitCode = await run(args, {
    environment: { ENGAWA_STATE_DIR: state, ...environment },
    print: (text) => printed.push(text),
    complain: (text) => complaints.push(text),
    readInput: async () => "",
  });
  return { exitCode, said: printed.join("\n"), complaint: complaints.join("\n") };
}
const done = async (args: readonly string[], environment: Record<string, string> = {}) => {
  const result = await admin(args, environment);
  expect(result).toMatchObject({ complaint: "", exitCode: 0 });
  return result.said;
};

/** Every row of every table but those that the commands themselves add to: the record of what they did, and what others are told of it. */
async function contentOf(source: TableSource): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  for (const table of await source.tables()) {
    if (["audit", "audit_chains", "changes"].includes(table.name)) continue;
    const rows: string[] = [];
    for await (const some of source.rows(table))
      for (const row of some) rows.push(JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))));
    all[table.name] = rows.sort();
  }
  await source.close();
  return all;
}
const ofFile = (path: string) => contentOf(sqliteSource(path, { alone: false }));
const serverOf = (environment: Record<string, string>) => {
  const { database: server } = loadAdminConfig({ ENGAWA_STATE_DIR: state, ...environment });
  if (!server) throw new Error("no database among the settings");
  return server;
};
const ofDatabase = async (environment: Record<string, string>) =>
  contentOf(await postgresSource(serverOf(environment)));
const policyRow = (version: number) =>
  ({ level: "organisation", version, rules: "{}", at: version, by: "administrator:test", because: "試行" }) as const;
const hashOf = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
const file = () => join(state, "engawa.db");

describe("moving to PostgreSQL", () => {
  test("takes every row along, leaves the file as it is, and what comes after goes on behind", async () => {
    const environment = await database("empty");
    const [before, hash] = [await ofFile(file()), hashOf(file())];
    expect(Object.values(before).filter((rows) => rows.length > 0).length).toBeGreaterThan(8);
    expect(await done(["store", "move"], environment)).toMatch(/all as written/);
    expect(await ofDatabase(environment)).toEqual(before);
    expect(hashOf(file())).toBe(hash);
    await done(["person", "add", "--login", "newcomer", "--name", "新人"], environment);
    await done(["audit", "verify"], environment);
    const { said } = await admin(["audit", "list", "--limit", "2", "--json"], environment);
    const events = said.split("\n").map((line) => JSON.parse(line).event);
    expect(events).toEqual(["person.added", "audit.moved"]);
  });

  test("is refused while a server is on the file, and into what is not empty", async () => {
    const environment = await database();
    const server = await openStore(loadAdminConfig({ ENGAWA_STATE_DIR: state }));
    const inUse = await admin(["store", "move"], environment);
    expect(inUse).toMatchObject({ exitCode: 1, complaint: expect.stringContaining("stop the server first") });
    await server.close();
    await done(["store", "move"], environment);
    const before = await ofDatabase(environment);
    const again = await admin(["store", "move"], environment);
    expect(again).toMatchObject({ exitCode: 1, complaint: expect.stringContaining("something in it already") });
    expect(await ofDatabase(environment)).toEqual(before);
    expect((await admin(["store", "move"])).complaint).toContain("ENGAWA_DATABASE_URL is not set");
  });

  test("fails as a whole where a row refers to nothing, and the database is as empty as before", async () => {
    const environment = await database();
    const damaged = new DatabaseSync(file(), { enableForeignKeyConstraints: false });
    damaged.exec("update grants set person_id = 'nobody'");
    damaged.close();
    const moved = await admin(["store", "move"], environment);
    expect(moved).toMatchObject({ exitCode: 1, complaint: expect.stringMatching(/nothing was copied.*"grants"/) });
    const left = Object.entries(await ofDatabase(environment)).filter(([, rows]) => rows.length > 0);
    expect(left).toEqual([]);
  });
});

describe("backup and restore", () => {
  test("of PostgreSQL: a file that goes back into another database, or onto a server without one", async () => {
    const [first, second] = [await database(), await database()];
    await done(["store", "move"], first);
    const before = await ofDatabase(first);
    const backup = join(folder, "backup.db");
    await done(["store", "backup", backup], first);
    expect(statSync(backup).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).sort()).toEqual(["backup.db", "state"]);
    await done(["store", "restore", backup], second);
    expect(await ofDatabase(second)).toEqual(before);
    await done(["audit", "verify"], second);
    rmSync(file());
    await done(["store", "restore", backup]);
    expect(await ofFile(file())).toEqual(before);
    await done(["audit", "verify"]);
    expect((await admin(["store", "restore", backup])).complaint).toContain("is there already");
  });

  test("of the file while a server writes: whole at one moment", async () => {
    const store = await openStore(loadAdminConfig({ ENGAWA_STATE_DIR: state }));
    const sides = ["one", "other"];
    let isOver = false;
    // two rows that are always put together
    const put = (at: number) =>
      store.write(async (q) => {
        for (const place of sides) await q.policies.insert({ ...policyRow(at), place });
      });
    await put(1);
    const writing = (async () => {
      for (let at = 2; !isOver; at += 1) await put(at);
    })();
    const backup = join(folder, "backup.db");
    await done(["store", "backup", backup]);
    isOver = true;
    await writing;
    await store.close();
    const rows = Object.values(await ofFile(backup)).flat();
    const ofSide = (side: string) => rows.filter((row) => row.includes(`"${side}"`)).length;
    expect(ofSide("one")).toBeGreaterThan(0);
    expect(ofSide("one")).toBe(ofSide("other"));
    expect((await admin(["store", "backup", backup])).complaint).toContain("say another name");
  });

  test("a backup by an older version is brought to this one", async () => {
    const environment = await database();
    const old = openOldStore(8);
    const hash = hashOf(old.path);
    const before = sqliteSource(old.path, { alone: false });
    const people = await before.count("people");
    await before.close();
    // whoever has lost the key of the audit is told so, and has all else
    const restored = await admin(["store", "restore", old.path], environment);
    expect(restored.complaint).toContain("seal was not made with this key");
    const source = await postgresSource(serverOf(environment));
    expect([await source.version(), await source.count("people")]).toEqual([LATEST_VERSION, people]);
    await source.close();
    expect(hashOf(old.path)).toBe(hash);
    old.remove();
  });

  test("without the database to be copied it is said which one is not there", async () => {
    const environment = { ENGAWA_DATABASE_URL: `postgres://engawa:x@127.0.0.1:${await freePort()}/engawa` };
    const backup = join(folder, "backup.db");
    expect((await admin(["store", "backup", backup], environment)).complaint).toContain("cannot be reached");
    expect((await admin(["store", "move"], environment)).complaint).toContain("cannot be reached");
    expect(existsSync(backup)).toBe(false);
  });

  test("what is no backup is refused by name, and nothing is made", async () => {
    const backup = join(folder, "empty.db");
    writeFileSync(backup, "");
    rmSync(file());
    expect((await admin(["store", "restore", backup])).complaint).toContain("is no database of this program");
    expect((await admin(["store", "restore", join(folder, "none.db")])).complaint).toContain("is not there");
    expect(existsSync(file())).toBe(false);
  });
});

test("the audit of a copy is looked through: what was broken before is said, and copied all the same", async () => {
  const environment = await database();
  const forged = new DatabaseSync(file());
  forged.exec("drop trigger audit_no_update; update audit set actor = 'administrator:nobody' where seq = 3");
  forged.close();
  const moved = await admin(["store", "move"], environment);
  expect(moved).toMatchObject({ exitCode: 1, complaint: expect.stringContaining("is broken at number") });
  expect(Object.values(await ofDatabase(environment)).flat().length).toBeGreaterThan(20);
});
