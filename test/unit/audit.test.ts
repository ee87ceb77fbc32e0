/** The record of what happened shows when somebody changed it. */

import { createHash, randomUUID } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { appendAudit } from "../../signaling/audit/chain.ts";
import { AuditHeads } from "../../signaling/audit/heads.ts";
import { type AuditVerdict, verifyAudit } from "../../signaling/audit/verify.ts";
import { run } from "../../signaling/cli/run.ts";
import { createLog } from "../../signaling/log.ts";
import { OrganisationId } from "../../signaling/protocol/ids.ts";
import { openStore } from "../../signaling/store/open.ts";
import type { ChainId } from "../../signaling/store/rows/audit.ts";
import { makeStore, type TestStore } from "../support/store.ts";

describe("audit", () => {
  let place: TestStore;
  beforeEach(async () => {
    place = await makeStore();
    for (let i = 1; i <= 20; i += 1) await append(`login${i}`);
  });
  afterEach(() => place.close());

  const append = (login: string, organisation: OrganisationId | null = null) =>
    place.store.write((q) =>
      appendAudit(q, { event: "sign-in.refused", at: 1000, actor: "unknown", organisation, about: { login } }),
    );
  const chainOf = (verdict: AuditVerdict, name: ChainId) => {
    const chain = verdict.chains.find((one) => one.chain === name);
    if (!chain?.ok) throw new Error(`${name} is not whole`);
    return chain;
  };
  const serverHead = async () => ({
    ...chainOf(await verifyAudit(place.store), "server").head,
    by: "noted",
  });
  const broken = (number: number, chain = "server") => ({
    ok: false,
    chains: expect.arrayContaining([expect.objectContaining({ ok: false, chain, number })]),
  });

  /** As somebody who owns the file could: around our program and its triggers. */
  const tamper = (statement: string) => {
    const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
    database.exec("drop trigger if exists audit_no_update; drop trigger if exists audit_no_delete;");
    database.exec(statement);
    database.close();
  };

  test("an untouched record verifies and gives its head", async () => {
    const verdict = await verifyAudit(place.store);
    expect(verdict).toMatchObject({ ok: true, records: 20, chains: [{ chain: "server", head: { number: 20 } }] });
  });

  describe("with a chain for each organisation", () => {
    const [midori, sakura] = [randomUUID(), randomUUID()].map((id) => OrganisationId.parse(id)) as [
      OrganisationId,
      OrganisationId,
    ];
    beforeEach(async () => {
      for (let i = 1; i <= 5; i += 1) {
        await append(`midori${i}`, midori);
        await append(`sakura${i}`, sakura);
      }
    });

    test("each has its own numbers", async () => {
      const verdict = await verifyAudit(place.store);
      expect(verdict).toMatchObject({ ok: true, records: 30 });
      expect(verdict.chains.map(({ chain }) => chain).sort()).toEqual([midori, sakura, "server"].sort());
      for (const chain of [midori, sakura]) expect(chainOf(verdict, chain).head.number).toBe(5);
    });

    test("what is wrong in one says nothing against the others", async () => {
      tamper(`update audit set actor = 'somebody' where chain = '${midori}' and number = 3`);
      const verdict = await verifyAudit(place.store);
      expect(verdict).toMatchObject(broken(3, midori));
      expect(chainOf(verdict, sakura).records).toBe(5);
    });

    test("a record cannot be moved into another's, nor a whole chain be called another's", async () => {
      tamper(`update audit set chain = 'x' where chain = '${midori}'; update audit set chain = '${midori}' where chain = '${sakura}';
        update audit set chain = '${sakura}' where chain = 'x'`);
      const verdict = await verifyAudit(place.store);
      expect(verdict).toMatchObject(broken(1, midori));
      expect(verdict).toMatchObject(broken(1, sakura));
    });

    test("a whole chain that was removed is missed", async () => {
      tamper(`delete from audit where chain = '${sakura}'`);
      expect(await verifyAudit(place.store)).toMatchObject(broken(1, sakura));
    });

    test("what one write adds to several is one record each, in order", async () => {
      await place.store.write(async (q) => {
        for (const organisation of [sakura, midori, null, sakura]) {
          const about = { login: "x" };
          await appendAudit(q, { event: "sign-in.refused", at: 1, actor: "unknown", organisation, about });
        }
      });
      const added = await place.store.read((q) => q.audit.after(30, 10));
      expect(added.map(({ chain, number }) => [chain, number])).toEqual([
        [sakura, 6],
        [midori, 6],
        ["server", 21],
        [sakura, 7],
      ]);
      expect((await verifyAudit(place.store)).ok).toBe(true);
    });

    test("nothing of a write that failed is in them", async () => {
      const failing = place.store.write(async (q) => {
        const about = { login: "x" };
        await appendAudit(q, { event: "sign-in.refused", at: 1, actor: "unknown", organisation: midori, about });
        throw new Error("on purpose");
      });
      await expect(failing).rejects.toThrow("on purpose");
      expect(chainOf(await verifyAudit(place.store), midori).records).toBe(5);
    });
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
    [
      "removed and closed up",
      "delete from audit where seq = 12; update audit set number = number - 1 where seq > 12",
      12,
    ],
    [
      "swapped",
      "update audit set number = 99 where seq = 1; update audit set number = 1 where seq = 2; update audit set number = 2 where seq = 1",
      1,
    ],
    ["cut off", "delete from audit where seq > 15", 16],
    [
      "cut off, with where the chain ends",
      "delete from audit where seq > 15; update audit_chains set number = 15, hash = (select hash from audit where seq = 15)",
      16,
    ],
    [
      "cut off, with no seal on where the chain ends",
      "delete from audit where seq > 15; update audit_chains set number = 15, mac = null, hash = (select hash from audit where seq = 15)",
      16,
    ],
    ["given another seal", "update audit set mac = (select mac from audit where seq = 4) where seq = 5", 5],
  ])("names the first record that was %s", async (_how, statement, number) => {
    tamper(statement);
    expect(await verifyAudit(place.store)).toMatchObject(broken(number));
  });

  test("shows against a head noted elsewhere that the end was cut off or written anew by who has the key", async () => {
    const noted = await serverHead();
    tamper(`delete from audit where seq > 15; delete from audit_chains`);
    const end = (await place.store.read((q) => q.audit.after(14, 1)))[0];
    if (!end) throw new Error("not there");
    await place.store.write(async (q) => {
      const head = { chain: end.chain, number: end.number, hash: end.hash };
      await q.audit.putEnds([{ ...head, mac: q.audit.sealEnd(head) }]);
    });
    expect((await verifyAudit(place.store)).ok).toBe(true);
    expect(await verifyAudit(place.store, noted)).toMatchObject(broken(16));
    for (let i = 16; i <= 25; i += 1) await append(`other${i}`);
    expect(await verifyAudit(place.store, noted)).toMatchObject(broken(20));
  });

  describe("against somebody who may write the whole database, but has no key", () => {
    /** Writes a chain of their own from this record on: as ours, with hashes that fit. */
    const rewrite = (from: number, mac: string) => {
      tamper(`update audit set about = replace(about, 'login', 'nobody') where seq = ${from}`);
      const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
      const all = database.prepare("select * from audit order by seq").all();
      let before = createHash("sha256").update('["engawa audit chain","server",0,null]').digest("hex");
      for (const row of all) {
        const { seq, number, organisation_id, at, event, actor, about } = row;
        const text = JSON.stringify([before, number, organisation_id, at, event, actor, about]);
        before = createHash("sha256").update(text).digest("hex");
        const seal = Number(seq) < from ? row["mac"] : mac === "keep" ? row["mac"] : null;
        database.prepare("update audit set hash = ?, mac = ? where seq = ?").run(before, seal as string, Number(seq));
      }
      database.prepare("update audit_chains set hash = ?").run(before);
      if (mac === "drop") database.exec("update audit_chains set mac = null");
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
      expect(await verifyAudit(place.store)).toMatchObject(broken(7));
    });

    test.each([
      ["from the middle", 7, 7],
      ["from the beginning", 1, 20],
    ])("a chain without seals %s is noticed", async (_where, from, number) => {
      rewrite(from, "drop");
      expect(await withoutKey()).toBe(true);
      expect(await verifyAudit(place.store)).toMatchObject(broken(number));
    });

    test("seals by another key are noticed", async () => {
      const store = await openStore({ stateDir: place.stateDir, auditKey: new Uint8Array(32) });
      expect(await verifyAudit(store)).toMatchObject(broken(1));
      await store.close();
    });

    test("of several heads from the log, each has to be there", async () => {
      const first = await serverHead();
      await append("one more");
      const second = await serverHead();
      expect((await verifyAudit(place.store, first, second)).ok).toBe(true);
      const wrong = { ...first, hash: "ab".repeat(32) };
      expect(await verifyAudit(place.store, wrong, second)).toMatchObject(broken(20));
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
      expect(said().map(({ level, msg, heads }) => [level, msg, heads.length])).toEqual(
        [20, 21, 22].map(() => ["info", "audit heads", 1]),
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
      const all = said().flatMap(({ heads }): string[] => heads);
      expect(all.map((head) => head.split(":").slice(0, 2))).toEqual(["20", "21", "22"].map((n) => ["server", n]));
      expect(await verify("--head", ...all)).toBe(0);
      tamper("update audit set about = '{}' where seq = 22");
      expect(await verify("--head", ...all)).toBe(1);
      expect(complaints[0]).toContain("server is broken at number 22");
      complaints.length = 0;
      const other = all[1]?.replace(/[0-9a-f]{64}$/, "ab".repeat(32)) ?? "";
      expect(await verify("--head", other)).toBe(1);
      expect(complaints[0]).toContain("number 21: the record differs from the one noted");
    });

    test("a record from before there was a key is sealed at the first start with one", async () => {
      tamper("update audit set mac = null; update audit_chains set mac = null");
      expect(await verifyAudit(place.store)).toMatchObject(broken(20));
      for (let starts = 0; starts < 2; starts += 1) {
        const { heads: one } = heads();
        await one.start();
        await one.close();
      }
      expect(await verifyAudit(place.store)).toMatchObject({
        ...{ ok: true, records: 21 },
        chains: [{ sealedFrom: 21 }],
      });
      tamper("update audit set actor = 'somebody' where seq = 3");
      expect(await verifyAudit(place.store)).toMatchObject(broken(3));
    });
  });

  test("our own program can neither change nor remove a record", () => {
    const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
    expect(() => database.exec("update audit set at = 0")).toThrow("append-only");
    expect(() => database.exec("delete from audit")).toThrow("append-only");
    database.close();
  });
});
