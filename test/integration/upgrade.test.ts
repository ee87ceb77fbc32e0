/** The upgrade of a database that an older version left: nothing is lost, whatever comes in between. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { appendAudits } from "../../signaling/audit/chain.ts";
import { verifyAudit } from "../../signaling/audit/verify.ts";
import { Login, type OrganisationId, PersonId } from "../../signaling/protocol/ids.ts";
import { LATEST_VERSION } from "../../signaling/store/migrations.ts";
import { openStore } from "../../signaling/store/open.ts";
import { EVERYTHING } from "../../signaling/store/queries/lists.ts";
import { fold } from "../../signaling/store/rows/folded.ts";
import type { Store } from "../../signaling/store/store.ts";
import { type OldStore, openOldStore } from "../support/old-stores.ts";

const TABLES = ["people", "devices", "pending_devices", "terminals", "enrolment_tokens", "grants", "sign_ins"];
const KEPT = [...TABLES, "sessions", "audit", "used_codes", "changes", "organisations"];

let old: OldStore;
beforeEach(() => {
  old = openOldStore(8);
});
afterEach(() => old.remove());

/** Every row, with the columns that version 8 had. */
function dump(columns?: Map<string, string[]>): { rows: Map<string, unknown[]>; columns: Map<string, string[]> } {
  const database = new DatabaseSync(old.path);
  const found = new Map(
    KEPT.map((table) => {
      const info = database.prepare(`pragma table_info(${table})`).all();
      return [table, columns?.get(table) ?? info.map((row) => String(row["name"])).sort()];
    }),
  );
  const rows = new Map(
    KEPT.map((table) => [
      table,
      // by all of them: of equal rows the first is whichever an index has first
      database.prepare(`select ${found.get(table)?.join()} from ${table} order by ${found.get(table)?.join()}`).all(),
    ]),
  );
  database.close();
  return { rows, columns: found };
}

const versionOf = (): number => {
  const database = new DatabaseSync(old.path);
  const row = database.prepare("select max(version) as version from schema_version").get();
  database.close();
  return Number(row?.["version"]);
};

describe("from version 8", () => {
  let store: Store | undefined;
  afterEach(async () => {
    await store?.close();
    store = undefined;
  });
  const open = async () => (store = await openStore({ stateDir: old.stateDir }));

  test("every row is what it was, and the record of what happened holds", async () => {
    const before = dump();
    expect([...before.rows.values()].every((rows) => rows.length > 0)).toBe(true);
    await open();
    expect(dump(before.columns).rows).toEqual(before.rows);
    expect(versionOf()).toBe(LATEST_VERSION);
    expect(await verifyAudit(store as Store)).toMatchObject({ ok: true, records: 12 });
  });

  test("the record there was is a chain that has ended, and every new one vouches for it", async () => {
    const opened = await open();
    const [town] = await opened.read((q) => q.organisations.page(EVERYTHING, { limit: 1 }));
    const about = { login: "sato" };
    const event = { event: "person.unlocked", at: 1, actor: "server", about } as const;
    await opened.write((q) =>
      appendAudits(
        q,
        [null, town?.id ?? null].map((organisation) => ({ ...event, organisation })),
      ),
    );
    const whole = await verifyAudit(opened);
    expect(whole).toMatchObject({ ok: true, records: 14 });
    expect(whole.chains.map((chain) => (chain.ok ? chain.head.number : 0)).sort()).toEqual([1, 1, 12]);
    const database = new DatabaseSync(old.path);
    database.exec("drop trigger audit_no_update; drop trigger audit_no_delete");
    // as if the last one had never been
    database.exec("delete from audit where chain = 'legacy' and number = 12");
    database.exec(
      "update audit_chains set number = 11, hash = (select hash from audit where number = 11) where chain = 'legacy'",
    );
    database.close();
    const cut = await verifyAudit(opened);
    expect(
      cut.chains
        .filter(({ ok }) => !ok)
        .map(({ chain }) => chain)
        .sort(),
    ).toEqual(["server", town?.id].sort());
  });

  test("the organisations there were are municipalities with a code each", async () => {
    const rows = await (await open()).read((q) => q.organisations.page(EVERYTHING, { limit: 10 }));
    expect(rows.map(({ kind, parentId }) => ({ kind, parentId }))).toEqual(
      rows.map(() => ({ kind: "municipality", parentId: null })),
    );
    expect(rows.map(({ code }) => code).sort()).toEqual(["org-1", "org-2"]);
  });

  test("what is searched at the console is there, and the sign-ins there were are of the page of staff", async () => {
    await open();
    const database = new DatabaseSync(old.path);
    for (const table of ["people", "terminals", "organisations"]) {
      const rows = database.prepare(`select name, folded from ${table}`).all();
      expect(rows.length).toBeGreaterThan(0);
      for (const { name, folded } of rows) expect(folded).toContain(fold(String(name)));
    }
    const doors = database.prepare("select distinct door from sign_ins").all();
    expect(doors.map(({ door }) => door)).toEqual(["page"]);
    database.close();
  });

  test("imports there were are of people", async () => {
    await open();
    const database = new DatabaseSync(old.path);
    database.exec("insert into imports (id, by, at, deeds) values ('a', 'person:org-1/sato', 1, '[]')");
    expect(database.prepare("select kind from imports").get()).toEqual({ kind: "people" });
    database.close();
  });

  test("nobody has a mail address, and no code was sent", async () => {
    await open();
    const database = new DatabaseSync(old.path);
    expect(database.prepare("select distinct mail from people").all()).toEqual([{ mail: null }]);
    expect(database.prepare("select count(*) as count from mail_codes").get()).toEqual({ count: 0 });
    database.close();
  });

  test("a second town may have the same login, one town may not have it twice", async () => {
    const { read, write } = await open().then((opened) => ({
      read: opened.read.bind(opened),
      write: opened.write.bind(opened),
    }));
    const sato = Login.parse("sato");
    const [mine] = await read((q) => q.people.allByLogin(sato));
    const other = (await read((q) => q.organisations.page(EVERYTHING, { limit: 10 }))).find(
      ({ id }) => id !== mine?.organisationId,
    );
    if (!mine || !other) throw new Error("not there");
    const again = (organisationId: OrganisationId) => ({
      ...mine,
      id: PersonId.parse(crypto.randomUUID()),
      organisationId,
    });
    await write((q) => q.people.insert(again(other.id)));
    expect(await read((q) => q.people.allByLogin(sato))).toHaveLength(2);
    expect((await read((q) => q.people.byLogin(mine.organisationId, sato)))?.id).toBe(mine.id);
    await expect(write((q) => q.people.insert(again(other.id)))).rejects.toThrow(/UNIQUE/);
  });

  test("what refers to a person still has to refer to one that is there", async () => {
    const opened = await open();
    const [listed] = await opened.read((q) => q.devices.page(EVERYTHING, { limit: 10 }));
    if (!listed) throw new Error("not there");
    const device = await opened.read((q) => q.devices.registered(listed.personId, listed.publicKey));
    if (!device) throw new Error("not there");
    const stranger = { ...device, id: "another", personId: PersonId.parse(crypto.randomUUID()) };
    await expect(opened.write((q) => q.devices.insert(stranger))).rejects.toThrow(/FOREIGN KEY/);
  });

  test("two programs that start at once upgrade it once", async () => {
    const stores = await Promise.all([1, 2].map(() => openStore({ stateDir: old.stateDir })));
    for (const each of stores) {
      expect(await each.read((q) => q.people.page(EVERYTHING, { limit: 10 }))).toHaveLength(2);
      await each.close();
    }
    expect(versionOf()).toBe(LATEST_VERSION);
  });

  test("where a row refers to what is not there, nothing is changed, and it is said where", async () => {
    const database = new DatabaseSync(old.path);
    database.exec("pragma foreign_keys = off");
    database.exec("update grants set person_id = 'nobody' where rowid = 1");
    database.close();
    const before = dump();
    await expect(open()).rejects.toThrow(/not upgraded.*grants/);
    expect(versionOf()).toBe(8);
    expect(dump()).toEqual(before);
  });

  test.each([
    "alter table",
    'add column "kind"',
    'add column "mail"',
    'create table "mail_codes"',
    'insert into "new_people"',
    'drop table "people"',
    "rename to",
    'create table "duties"',
    'insert into "schema_version"',
    "commit",
  ])("killed before %s, it is as it was, and the next start upgrades it", async (text) => {
    const before = dump();
    const child = spawn(process.execPath, ["test/support/dying-upgrade.ts", old.stateDir, text], { stdio: "ignore" });
    await once(child, "exit");
    expect(child.signalCode).toBe("SIGKILL");
    expect(versionOf()).toBe(8);
    expect(dump()).toEqual(before);
    await open();
    expect(dump(before.columns).rows).toEqual(before.rows);
  });
});
