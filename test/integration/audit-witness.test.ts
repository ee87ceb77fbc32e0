/** Office PCs sign the heads of their organisation's record, and do not sign one that contradicts what they signed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openLog } from "../../agent/log.ts";
import { AuditWitness } from "../../agent/trust/audit-witness.ts";
import { appendAudits } from "../../signaling/audit/chain.ts";
import type { Actor, AuditEvent, AuditEventName } from "../../signaling/audit/events.ts";
import { HeadSigner } from "../../signaling/audit/head-signer.ts";
import { AuditHeads } from "../../signaling/audit/heads.ts";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";
import { run } from "../../signaling/cli/run.ts";
import { agentHandlers } from "../../signaling/hub/handlers/table.ts";
import type { Hub } from "../../signaling/hub/hub.ts";
import { createLog } from "../../signaling/log.ts";
import { verifyRecords } from "../../signaling/organisations/audit.ts";
import { AuditWitnesses } from "../../signaling/organisations/audit-witnesses.ts";
import { addOrganisation } from "../../signaling/organisations/organisations.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
import type { CosignedHead } from "../../signaling/protocol/audit.ts";
import type { OrganisationId } from "../../signaling/protocol/ids.ts";
import { AgentMessage, parseMessage, ToAgent } from "../../signaling/protocol/signal.ts";
import { exportPublicKey, generateKeyPair } from "../../signaling/protocol/signed.ts";
import { connectOffice, makeHub } from "../support/hub-stage.ts";
import { makeStore, makeTerminal, type TestStore } from "../support/store.ts";

const log = createLog({ level: "silent" });
let place: TestStore;
let folder: string;
let hub: Hub;
let organisation: OrganisationId;
let officeNow: number;
beforeEach(async () => {
  officeNow = 5;
  place = await makeStore();
  folder = mkdtempSync(join(tmpdir(), "engawa-witness-"));
  ({ id: organisation } = await addOrganisation(place.desk, "緑市"));
  await openHub();
});
afterEach(async () => {
  await hub.close();
  await place.close();
  rmSync(folder, { recursive: true, force: true });
});

async function openHub() {
  const parts = { store: place.store, log, now: place.desk.now };
  const records = new StoreRecords({ ...parts, limits: DEFAULT_SIGN_IN_LIMITS });
  hub = makeHub({ records, witnesses: new AuditWitnesses(parts) });
}

/** An office PC with a file of its own; what it says is heard, and what it is told reaches it. */
async function openOffice(name: string) {
  const keys = await generateKeyPair(true);
  const id = await makeTerminal(place, { name, publicKey: await exportPublicKey(keys.publicKey) });
  const path = join(folder, `${name}.json`);
  const said: AgentMessage[] = [];
  const lines: string[] = [];
  const witness = new AuditWitness({
    path,
    identity: { terminal: id, privateKey: keys.privateKey },
    log: openLog("info", { write: (line) => lines.push(line) }),
    send: (message) => void said.push(message),
    clock: () => officeNow,
  });
  const connect = async () => {
    const terminal = await new StoreRecords({ ...place, limits: DEFAULT_SIGN_IN_LIMITS, log, now: Date.now }).terminal(
      id,
    );
    if (!terminal) throw new Error("not there");
    const { agent, connection } = connectOffice(hub, terminal);
    await witness.connected();
    /** What waits on either side; as the line hands it over. */
    const exchange = async () => {
      for (let rounds = 0; rounds < 3; rounds += 1) {
        for (const message of said.splice(0)) {
          const heard = parseMessage(AgentMessage, JSON.stringify(message));
          if (!heard.ok) throw new Error(heard.problem);
          await agentHandlers[heard.message.type as "audit-witness"](hub, agent, heard.message as never);
        }
        for (const message of connection.sent.splice(0)) {
          const told = parseMessage(ToAgent, JSON.stringify(message));
          if (told.ok && told.message.type === "audit-head") await witness.cosign(told.message.head);
        }
      }
    };
    await exchange();
    return { agent, exchange };
  };
  const kept = () => JSON.parse(readFileSync(path, "utf8")).heads;
  const earlier = (): CosignedHead[] => JSON.parse(readFileSync(path, "utf8")).earlier;
  return { id, path, connect, kept, earlier, lines };
}

const append = (event: AuditEventName, login: string) =>
  place.store.write((q) =>
    appendAudits(q, [{ event, at: 1, actor: "server", organisation, about: { login } } as AuditEvent]),
  );
const headOf = async () => (await place.store.read((q) => q.audit.ends([organisation])))[0];

async function ask(...offices: { exchange(): Promise<void> }[]) {
  await hub.witnesses?.ask();
  for (const each of offices) await each.exchange();
}

/** As who has the whole server could: the chain from one record on, keys and all, and nothing left of what was signed. */
async function rewrite(from: number, login: string) {
  const rows = await place.store.read((q) => q.audit.ofChain(organisation, 0, 1_000));
  const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
  database.exec("drop trigger audit_no_update; drop trigger audit_no_delete;");
  for (const table of ["audit", "audit_chains", "audit_heads", "audit_cosignatures"])
    database.prepare(`delete from ${table} where chain = ?`).run(organisation);
  database.close();
  const events = rows.map((row): AuditEvent => {
    const about = row.number === from ? { login } : JSON.parse(row.about);
    const { at, event, actor } = row;
    return { at, event: event as AuditEventName, actor: actor as Actor, organisation, about };
  });
  await place.store.write((q) => appendAudits(q, events));
}

/** What the command line complains of. */
async function verifyWith(file: string): Promise<string> {
  const complaints: string[] = [];
  const exitCode = await run(["audit", "verify", "--head", file], {
    environment: { ENGAWA_STATE_DIR: place.stateDir },
    print: () => {},
    complain: (text) => complaints.push(text),
    readInput: async () => "",
  });
  expect(exitCode).toBe(1);
  return complaints.join();
}

describe("an office PC", () => {
  test("signs each head it is asked for, keeps the last one, and the record fits all of them", async () => {
    const office = await openOffice("a");
    const line = await office.connect();
    await ask(line);
    await append("person.added", "sato");
    await ask(line);
    expect(office.kept()).toMatchObject([{ chain: organisation, number: (await headOf())?.number }]);
    const verdict = await verifyRecords(place.desk);
    expect(verdict).toMatchObject({ ok: true, cosigned: 2, falselySigned: 0 });
  });

  test("is not asked where nothing was added", async () => {
    const office = await openOffice("a");
    const line = await office.connect();
    await ask(line);
    await ask(line);
    expect(await verifyRecords(place.desk)).toMatchObject({ cosigned: 1 });
  });

  test("does not sign a record that was written anew, says so, and its file shows it", async () => {
    const office = await openOffice("a");
    const line = await office.connect();
    await append("person.added", "sato");
    await ask(line);
    const before = office.kept();
    await rewrite(2, "somebody else");
    // by itself the record is whole: who rewrote it has all that the server has
    expect(await verifyRecords(place.desk)).toMatchObject({ ok: true, cosigned: 0 });
    await append("person.added", "suzuki");
    await ask(line);
    expect(office.kept()).toEqual(before);
    expect(office.lines.join("")).toContain("WRITTEN ANEW OR CUT");
    const rows = await place.store.read((q) => q.audit.ofChain(organisation, 0, 1_000));
    expect(rows.at(-1)).toMatchObject({ event: "audit.contradicted", actor: `terminal:${office.id}` });
    expect(await verifyWith(office.path)).toContain(`is broken at number ${before[0].number}`);
  });

  test("keeps the heads of the days before: a server that lies about the last one has those against it", async () => {
    const office = await openOffice("a");
    const line = await office.connect();
    for (const login of ["sato", "suzuki", "takahashi"]) {
      await append("person.added", login);
      await ask(line);
      officeNow += 86_400_000;
    }
    const [kept] = office.kept();
    const earlier = office.earlier();
    expect(earlier.map(({ number }) => number)).toEqual([kept.number - 2, kept.number - 1]);
    await rewrite(2, "somebody else");
    await append("person.added", "tanaka");
    const end = await headOf();
    const signer = await place.store.read(async (q) => HeadSigner.from(q));
    const since = { number: kept.number, hash: kept.hash };
    const lie = { chain: organisation, number: end?.number ?? 0, hash: end?.hash ?? "", at: 1, since };
    line.agent.connection.send({
      ...{ type: "audit-head" },
      head: { ...lie, key: signer?.key as never, signature: signer?.sign(lie) as never },
    } as never);
    await line.exchange();
    expect(office.kept()).toMatchObject([{ number: end?.number, hash: end?.hash }]);
    expect(await verifyWith(office.path)).toContain(`is broken at number ${earlier[0]?.number}`);
  });

  test("says it when it comes back, too, once", async () => {
    const office = await openOffice("a");
    const line = await office.connect();
    await append("person.added", "sato");
    await ask(line);
    await rewrite(1, "somebody else");
    for (let times = 0; times < 2; times += 1) {
      hub.removeAgent(line.agent);
      await office.connect();
    }
    const rows = await place.store.read((q) => q.audit.ofChain(organisation, 0, 1_000));
    expect(rows.filter(({ event }) => event === "audit.contradicted")).toHaveLength(1);
  });

  test("does not sign one that is shorter", async () => {
    const office = await openOffice("a");
    const line = await office.connect();
    for (const login of ["sato", "suzuki"]) await append("person.added", login);
    const short = await place.store.read((q) => q.audit.ofChain(organisation, 0, 2));
    await ask(line);
    const before = office.kept();
    const witnesses = new AuditWitnesses({ store: place.store, log, now: () => 1 });
    const [head] = await witnesses.headsFor([{ chain: organisation, since: 0 }]);
    if (!head) throw new Error("no head");
    expect(short.at(-1)?.number).toBeLessThan(before[0].number);
    // signed by the server that was cut: its own key, an earlier end
    const signer = await place.store.read(async (q) => HeadSigner.from(q));
    const cut = { chain: organisation, number: 2, hash: short.at(-1)?.hash ?? "", at: 1, since: head.since };
    line.agent.connection.send({
      ...{ type: "audit-head" },
      head: { ...cut, key: head.key, signature: signer?.sign(cut) as never },
    } as never);
    await line.exchange();
    expect(office.kept()).toEqual(before);
    expect(office.lines.join("")).toContain("WRITTEN ANEW OR CUT");
  });

  test("signs nothing where the server's signature is wrong, or its own file is damaged", async () => {
    const office = await openOffice("a");
    const line = await office.connect();
    const [head] = await new AuditWitnesses({ store: place.store, log, now: () => 1 }).headsFor([
      { chain: organisation, since: 0 },
    ]);
    if (!head) throw new Error("no head");
    const tell = async (more: object) => {
      line.agent.connection.send({ type: "audit-head", head: { ...head, ...more } } as never);
      await line.exchange();
    };
    await tell({ at: head.at + 1 });
    expect(() => office.kept()).toThrow();
    writeFileSync(office.path, "{", { mode: 0o600 });
    await tell({});
    expect(readFileSync(office.path, "utf8")).toBe("{");
    expect(await verifyRecords(place.desk)).toMatchObject({ cosigned: 0 });
  });
});

test("of many office PCs some are asked each time, and then others", async () => {
  const offices = [];
  for (const name of ["a", "b", "c", "d", "e"]) offices.push(await openOffice(name));
  const lines = [];
  for (const office of offices) lines.push(await office.connect());
  for (let round = 0; round < 2; round += 1) {
    await append("person.added", `sato${round}`);
    await ask(...lines);
  }
  const rows = await place.store.read((q) => q.auditHeads.cosignaturesOf(organisation));
  expect(rows).toHaveLength(6);
  expect(new Set(rows.map(({ terminalId }) => terminalId)).size).toBe(5);
});

test("what somebody put there without the key of who is said to have signed is found", async () => {
  const office = await openOffice("a");
  await ask(await office.connect());
  const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
  database.exec("update audit_cosignatures set number = number - 1");
  database.close();
  expect(await verifyRecords(place.desk)).toMatchObject({ ok: false, cosigned: 0, falselySigned: 1 });
});

test("the server's own heads are signed each time something was added, and of older days the last stays", async () => {
  let at = 1_800_000_000_000;
  const heads = new AuditHeads({ store: place.store, log, now: () => at });
  for (let i = 0; i < 6; i += 1) {
    await heads.say();
    await append("person.added", `sato${i}`);
    at += 12 * 3_600_000;
  }
  const ofChain = () => place.store.read((q) => q.auditHeads.ofChain(organisation));
  expect(await ofChain()).toHaveLength(6);
  expect(await verifyRecords(place.desk)).toMatchObject({ ok: true });
  await place.store.write((q) => q.auditHeads.thin(at - 36 * 3_600_000));
  expect((await ofChain()).length).toBeLessThan(6);
  expect(await verifyRecords(place.desk)).toMatchObject({ ok: true, falselySigned: 0 });
});
