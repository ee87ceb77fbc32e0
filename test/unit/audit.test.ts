/** The record of what happened shows when somebody changed it. */

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { appendAudit, verifyAudit } from "../../signaling/audit/chain.ts";
import { makeStore, type TestStore } from "../support/store.ts";

describe("audit", () => {
  let place: TestStore;
  beforeEach(async () => {
    place = await makeStore();
    for (let i = 1; i <= 20; i += 1) await append(`login${i}`);
  });
  afterEach(() => place.close());

  const append = (login: string) =>
    place.store.write((q) =>
      appendAudit(q, { event: "sign-in.refused", at: 1000, actor: "unknown", organisation: null, about: { login } }),
    );

  /** As somebody who owns the file could: around our program and its triggers. */
  const tamper = (statement: string) => {
    const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
    database.exec("drop trigger audit_no_update; drop trigger audit_no_delete;");
    database.exec(statement);
    database.close();
  };

  test("an untouched record verifies and gives its head", async () => {
    const verdict = await verifyAudit(place.store);
    expect(verdict).toMatchObject({ ok: true, records: 20, head: { seq: 20 } });
  });

  test("what goes in is what is read, whatever letters it has", async () => {
    const nasty = 'a"\n\u001b[31m{"x":1}%s\u202e\u0000';
    await append(nasty);
    const [row] = await place.store.read((q) => q.audit.after(20, 1));
    expect(JSON.parse(row?.about ?? "")).toEqual({ login: nasty });
    expect(row?.about).not.toContain("\n");
    expect(row?.about).not.toContain("\u001b");
    expect((await verifyAudit(place.store)).ok).toBe(true);
  });

  test.each([
    ["changed", "update audit set about = replace(about, 'login7', 'login8') where seq = 7", 7],
    ["changed in time", "update audit set at = at + 1 where seq = 3", 3],
    ["given a new hash", "update audit set hash = (select hash from audit where seq = 4) where seq = 5", 5],
    ["removed", "delete from audit where seq = 12", 12],
    ["removed and closed up", "delete from audit where seq = 12; update audit set seq = seq - 1 where seq > 12", 12],
    [
      "swapped",
      "update audit set seq = 99 where seq = 1; update audit set seq = 1 where seq = 2; update audit set seq = 2 where seq = 99",
      1,
    ],
  ])("names the first record that was %s", async (_how, statement, seq) => {
    tamper(statement);
    expect(await verifyAudit(place.store)).toMatchObject({ ok: false, seq });
  });

  test("shows against a head noted elsewhere that the end was cut off or written anew", async () => {
    const verdict = await verifyAudit(place.store);
    const noted = verdict.ok ? verdict.head : undefined;
    tamper("delete from audit where seq > 15");
    expect((await verifyAudit(place.store)).ok).toBe(true);
    expect(await verifyAudit(place.store, noted)).toMatchObject({ ok: false, seq: 16 });
    for (let i = 16; i <= 25; i += 1) await append(`other${i}`);
    expect(await verifyAudit(place.store, noted)).toMatchObject({ ok: false, seq: 20 });
  });

  test("our own program can neither change nor remove a record", () => {
    const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
    expect(() => database.exec("update audit set at = 0")).toThrow("append-only");
    expect(() => database.exec("delete from audit")).toThrow("append-only");
    database.close();
  });
});
