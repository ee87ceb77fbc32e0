/** The record of what happened shows when somebody changed it. */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { appendAudit, verifyAudit } from "../../signaling/audit/chain.ts";
import { AuditHeads } from "../../signaling/audit/heads.ts";
import { run } from "../../signaling/cli/run.ts";
import { createLog } from "../../signaling/log.ts";
import { openStore } from "../../signaling/store/open.ts";
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
    database.exec("drop trigger if exists audit_no_update; drop trigger if exists audit_no_delete;");
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

  describe("against somebody who may write the whole database, but has no key", () => {
    /** Writes a chain of their own from this record on: as ours, with hashes that fit. */
    const rewrite = (from: number, mac: string) => {
      tamper(`update audit set about = replace(about, 'login', 'nobody') where seq = ${from}`);
      const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
      const all = database.prepare("select * from audit order by seq").all();
      let before = "0".repeat(64);
      for (const row of all) {
        const { seq, organisation_id, at, event, actor, about } = row;
        const text = JSON.stringify([before, seq, organisation_id, at, event, actor, about]);
        before = createHash("sha256").update(text).digest("hex");
        const seal = Number(seq) < from ? row["mac"] : mac === "keep" ? row["mac"] : null;
        database.prepare("update audit set hash = ?, mac = ? where seq = ?").run(before, seal as string, Number(seq));
      }
      database.close();
    };
    const withoutKey = async () => {
      const store = await openStore({ stateDir: place.stateDir });
      const verdict = await verifyAudit(store);
      await store.close();
      return verdict.ok;
    };

    test("a chain written anew does not fit its seals", async () => {
      rewrite(7, "keep");
      expect(await withoutKey()).toBe(true); // the hashes alone say nothing
      expect(await verifyAudit(place.store)).toMatchObject({ ok: false, seq: 7 });
    });

    test.each([
      ["from the middle", 7, 7],
      ["from the beginning", 1, 20],
    ])("a chain without seals %s is noticed", async (_where, from, seq) => {
      rewrite(from, "drop");
      expect(await withoutKey()).toBe(true);
      expect(await verifyAudit(place.store)).toMatchObject({ ok: false, seq });
    });

    test("seals by another key are noticed", async () => {
      const store = await openStore({ stateDir: place.stateDir, auditKey: new Uint8Array(32) });
      expect(await verifyAudit(store)).toMatchObject({ ok: false, seq: 1 });
      await store.close();
    });

    test("of several heads from the log, each has to be there", async () => {
      const head = async () => {
        const verdict = await verifyAudit(place.store);
        return verdict.ok ? verdict.head : undefined;
      };
      const first = await head();
      await append("one more");
      const second = await head();
      expect((await verifyAudit(place.store, first, second)).ok).toBe(true);
      const wrong = { seq: 20, hash: "ab".repeat(32) };
      expect(await verifyAudit(place.store, wrong, second)).toMatchObject({ ok: false, seq: 20 });
    });
  });

  describe("its head in the log", () => {
    const heads = (store = place.store) => {
      const lines: string[] = [];
      const log = createLog({ level: "info", destination: { write: (line) => lines.push(line) } });
      return {
        heads: new AuditHeads({ store, log, now: () => 1000 }),
        said: () => lines.map((line) => JSON.parse(line)),
      };
    };

    test("is said at start and end, and when something was added; audit verify takes it", async () => {
      const { heads: one, said } = heads();
      await one.start();
      await one.say();
      await append("a");
      await one.say();
      await append("b");
      await one.close();
      expect(said().map(({ level, msg, seq }) => [level, msg, seq])).toEqual(
        [20, 21, 22].map((seq) => ["info", "audit head", seq]),
      );
      const environment = { ENGAWA_STATE_DIR: place.stateDir };
      const complaints: string[] = [];
      const verify = (...args: string[]) =>
        run(["audit", "verify", ...args], {
          environment,
          print: () => {},
          complain: (text) => complaints.push(text),
          readInput: async () => "",
        });
      const all = said().map(({ head }) => String(head));
      expect(await verify("--head", ...all)).toBe(0);
      tamper("delete from audit where seq > 21");
      expect(await verify()).toBe(0);
      expect(await verify("--head", ...all)).toBe(1);
      expect(complaints[0]).toContain("number 22");
    });

    test("a record from before there was a key is sealed at the first start with one", async () => {
      tamper("update audit set mac = null");
      expect(await verifyAudit(place.store)).toMatchObject({ ok: false, seq: 20 });
      for (let starts = 0; starts < 2; starts += 1) {
        const { heads: one } = heads();
        await one.start();
        await one.close();
      }
      expect(await verifyAudit(place.store)).toMatchObject({ ok: true, records: 21, sealedFrom: 21 });
      tamper("update audit set actor = 'somebody' where seq = 3");
      expect(await verifyAudit(place.store)).toMatchObject({ ok: false, seq: 3 });
    });
  });

  test("our own program can neither change nor remove a record", () => {
    const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
    expect(() => database.exec("update audit set at = 0")).toThrow("append-only");
    expect(() => database.exec("delete from audit")).toThrow("append-only");
    database.close();
  });
});
