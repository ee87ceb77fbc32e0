import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { liftLocks, listLocks } from "../../agent/cli/locks.ts";
import type { RunningAgent } from "../../agent/main.ts";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";
import { run } from "../../signaling/cli/run.ts";
import type { Hub } from "../../signaling/hub/hub.ts";
import { createLog } from "../../signaling/log.ts";
import { addDivision } from "../../signaling/organisations/divisions.ts";
import { lockOrders } from "../../signaling/organisations/lock-orders.ts";
import { type Lockable, liftLock, locks, setLock } from "../../signaling/organisations/locks.ts";
import { addOrganisation } from "../../signaling/organisations/organisations.ts";
import { movePerson } from "../../signaling/organisations/people.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
import { moveTerminal } from "../../signaling/organisations/terminals.ts";
import { LiftCode } from "../../signaling/protocol/ids.ts";
import { MAX_LOCK_KEPT_MS } from "../../signaling/protocol/limits.ts";
import type { LockMessage } from "../../signaling/records.ts";
import { CONSOLE_COOKIE, cookieOf, startHttpServer, trySignIn } from "../support/http-server.ts";
import { connectPage, liveSession, makeHub, request } from "../support/hub-stage.ts";
import { startRelay, type TestRelay } from "../support/relay.ts";
import { type EnrolledOffice, enrolOffice, type Life, signIn, startLife } from "../support/server-life.ts";
import {
  makePerson,
  makeSignIn,
  makeStore,
  makeTerminal,
  registerDevice,
  rowsOf,
  type TestPerson,
  type TestStore,
} from "../support/store.ts";
import { makeTestCa, type TestCa } from "../support/test-ca.ts";
import { until } from "../support/until.ts";

const log = createLog({ level: "silent" });
const AT = 1_800_000_000_000;
const NO_CODE = LiftCode.parse("AAAAA-AAAAA-AAAAA-AAAAA");

let place: TestStore;
let person: TestPerson;
afterEach(() => place.close());

const lock = (what: Lockable, end: number | null = null) => setLock({ ...place.desk, reason: "端末の紛失" }, what, end);
const recordsAt = (now: () => number) =>
  new StoreRecords({ store: place.store, log, limits: DEFAULT_SIGN_IN_LIMITS, now });

describe("at the server", () => {
  let clock: number;
  beforeEach(async () => {
    clock = AT;
    place = await makeStore({ now: () => clock });
    person = await makePerson(place, { login: "tanaka" });
  });

  const everyKind = async (): Promise<Array<[string, Lockable]>> => {
    await addDivision(place.desk, "総務部", {});
    await movePerson(place.desk, person.login, "総務部");
    return [
      ["person", { kind: "person", who: person.login }],
      ["device", { kind: "device", code: person.device.code }],
      ["division", { kind: "division", division: "総務部" }],
      ["organisation", { kind: "organisation", organisation: "緑市" }],
    ];
  };

  test("a lock on a person, their device, division or organisation ends a sign-in and refuses the next one, with its end; without a word to who does not know the password", async () => {
    const server = await startHttpServer(place, { now: () => clock });
    const tell = async (given: { password?: string } = {}) => {
      const answer = await trySignIn(server, { ...person, ...given, code: person.codeAt(clock) });
      return { answer, said: answer.json as { code?: string; until?: number } };
    };
    try {
      for (const [name, what] of await everyKind()) {
        clock += 60_000;
        const token = cookieOf((await tell()).answer).split("=")[1] ?? "";
        expect(await server.signIns.byToken(token), name).toMatchObject({ login: "tanaka" });
        const end = clock + 600_000;
        const { lock: id, code } = await lock(what, end);
        expect(await server.signIns.byToken(token), name).toBeUndefined();
        clock += 60_000;
        expect((await tell()).said, name).toMatchObject({ code: "LOCKED_OUT", until: end });
        expect((await tell({ password: "wrong wrong wrong" })).said, name).toMatchObject({ code: "SIGN_IN_REFUSED" });
        clock += 60_000;
        await liftLock(place.desk, id, code);
        expect((await tell()).answer.status, name).toBe(200);
      }
    } finally {
      await server.close();
    }
  });

  test("who is refused for a lock alone is not counted as having failed", async () => {
    const server = await startHttpServer(place, { now: () => clock });
    const failures = () =>
      place.store.read(async (q) => (await q.devices.registered(person.id, person.device.publicKey))?.failures);
    try {
      await lock({ kind: "person", who: person.login });
      await trySignIn(server, { ...person, code: person.codeAt(clock) });
      expect(await failures()).toBe(0);
      await trySignIn(server, { ...person, code: "000000" });
      expect(await failures()).toBe(1);
    } finally {
      await server.close();
    }
  });

  test("at the console whoever locked a town still comes in, to lift it; who is locked as a person does not", async () => {
    const server = await startHttpServer(place, { now: () => clock });
    const { giveDuty } = await import("../../signaling/organisations/duties.ts");
    const tell = async () =>
      (await trySignIn(server, { ...person, code: person.codeAt(clock), console: true })).headers["set-cookie"]?.[0];
    try {
      await giveDuty(place.desk, person.login, "administrator", {});
      await lock({ kind: "organisation", organisation: "緑市" });
      expect(await tell()).toContain(CONSOLE_COOKIE);
      clock += 60_000;
      await lock({ kind: "person", who: person.login });
      expect(await tell()).toBeUndefined();
    } finally {
      await server.close();
    }
  });

  test("a lock on a device is for everybody who has it in their organisation, and for nobody of another one", async () => {
    const { device } = person;
    const ids = [await makeSignIn(place, person, { at: clock })];
    for (const [login, organisation] of [
      ["suzuki", "緑市"],
      ["mori", "桜町"],
    ] as const) {
      const other = await makePerson(place, { login, organisation });
      await registerDevice(place, { person: other.id, organisation }, device);
      ids.push(await makeSignIn(place, { ...other, device }, { at: clock }));
    }
    const records = recordsAt(() => clock);
    await lock({ kind: "device", code: device.code, who: person.login });
    expect([...(await records.signInsOver(ids))]).toEqual(ids.slice(0, 2).map((id) => [id, "locked-out"]));
    await records.close();
  });

  test("sessions that run end within one look, and there is no new one on what is locked", async () => {
    const records = recordsAt(() => clock);
    const terminal = await makeTerminal(place, { grantedTo: [person.login] });
    const office = await records.terminal(terminal);
    if (!office) throw new Error("not there");
    const hub = makeHub({ records, now: () => clock });
    try {
      await addDivision(place.desk, "税務課", {});
      await moveTerminal(place.desk, terminal, "税務課");
      for (const what of [
        { kind: "terminal", terminal },
        { kind: "division", division: "税務課" },
        ...(await everyKind()).map(([, one]) => one),
      ] as Lockable[]) {
        const signedIn = await signIn(records, place, person, { at: clock });
        const live = await liveSession(hub, signedIn, office);
        const { lock: id, code } = await lock(what);
        await hub.recheck([{ kind: "lock", subject: id }]);
        expect(live.office.last("session-end"), what.kind).toMatchObject({ reason: "locked-out" });
        expect(hub.sessions.size, what.kind).toBe(0);
        const again = connectPage(hub, signedIn);
        const refused = await request(hub, again.viewer, { id: terminal }).catch(
          (error: { code: string }) => error.code,
        );
        expect(["LOCKED_OUT", "NOT_SIGNED_IN"], what.kind).toContain(refused);
        await liftLock(place.desk, id, code);
        await hub.recheck([{ kind: "lock", subject: id }]);
      }
    } finally {
      await hub.close();
      await records.close();
    }
  });

  test("a lock on one session keeps this person from this office PC, and from no other", async () => {
    const records = recordsAt(() => clock);
    const [one, other] = [
      await makeTerminal(place, { name: "A", grantedTo: [person.login] }),
      await makeTerminal(place, { name: "B", grantedTo: [person.login] }),
    ];
    const office = await records.terminal(one);
    if (!office) throw new Error("not there");
    const hub = makeHub({ records, now: () => clock });
    try {
      const signedIn = await signIn(records, place, person, { at: clock });
      const { session } = await liveSession(hub, signedIn, office);
      await lock({ kind: "session", session });
      expect(await records.sessionsDue([session])).toEqual(new Map([[session, "locked-out"]]));
      expect(await records.signInsOver([signedIn.signInId])).toEqual(new Map());
      expect(await records.lockOver(signedIn, one)).toEqual({ until: undefined });
      expect(await records.lockOver(signedIn, other)).toBeUndefined();
    } finally {
      await hub.close();
      await records.close();
    }
  });

  test("each office PC is told what concerns it, by what it knows itself, and of what was lifted with its code", async () => {
    await addDivision(place.desk, "総務部", {});
    await movePerson(place.desk, person.login, "総務部");
    const inside = await makeTerminal(place, { name: "総務の PC" });
    await moveTerminal(place.desk, inside, "総務部");
    const granted = await makeTerminal(place, { name: "窓口の PC", grantedTo: [person.login] });
    const plain = await makeTerminal(place, { name: "税務の PC" });
    await makePerson(place, { login: "far", organisation: "桜町" });
    const far = await makeTerminal(place, { organisation: "桜町" });
    const all = [inside, granted, plain, far];
    const told = async () => {
      const orders = await place.store.read((q) => lockOrders(q, all, clock));
      const said = (message: LockMessage) => (message.type === "lock" ? message.order.of : "lifted");
      return all.map((id) => (orders.get(id) ?? []).map(said));
    };
    expect(await told()).toEqual([[], [], [], []]);
    const people = { kind: "people", logins: ["tanaka"] };
    const everybody = { kind: "everybody" };
    const device = { kind: "device", code: person.device.code };
    for (const [what, expected] of [
      [{ kind: "person", who: person.login }, [[people], [people], [people], []]],
      [{ kind: "device", code: person.device.code }, [[device], [device], [device], []]],
      [{ kind: "terminal", terminal: plain }, [[], [], [everybody], []]],
      [{ kind: "division", organisation: "緑市", division: "総務部" }, [[everybody], [people], [], []]],
      [{ kind: "organisation", organisation: "緑市" }, [[everybody], [everybody], [everybody], []]],
    ] as Array<[Lockable, unknown[][]]>) {
      const { lock: id } = await lock(what);
      expect(await told(), what.kind).toEqual(expected);
      await liftLock(place.desk, id);
      expect(await told(), what.kind).toEqual([[], [], [], []]);
    }
    const { lock: id, code } = await lock({ kind: "terminal", terminal: plain }, clock + 1_000);
    await liftLock(place.desk, id, code);
    expect(await told()).toEqual([["lifted"], ["lifted"], ["lifted"], []]);
    clock += 1_000;
    expect(await told()).toEqual([[], [], [], []]);
    await addOrganisation(place.desk, "県", { kind: "prefecture" });
    await addOrganisation(place.desk, "海町", { parent: "県" });
    all.push(await makeTerminal(place, { organisation: "海町" }));
    const above = await lock({ kind: "organisation", organisation: "県" });
    expect(await told()).toEqual([[], [], [], [], [everybody]]);
    await liftLock(place.desk, above.lock, above.code);
    expect(await told()).toEqual([[], [], [], [], ["lifted"]]);
  });

  test("an order ends with its lock, and after 90 days at most", async () => {
    const terminal = await makeTerminal(place);
    const untilOf = async () => {
      const [message] = (await place.store.read((q) => lockOrders(q, [terminal], clock))).get(terminal) ?? [];
      return message?.type === "lock" ? message.order.until : undefined;
    };
    const { lock: id } = await lock({ kind: "terminal", terminal });
    expect(await untilOf()).toBe(clock + MAX_LOCK_KEPT_MS);
    await liftLock(place.desk, id);
    await lock({ kind: "terminal", terminal }, clock + 5_000);
    expect(await untilOf()).toBe(clock + 5_000);
  });

  test("another code does not lift it; without one this server does; nothing is lifted twice or after its end", async () => {
    const { lock: id, code } = await lock({ kind: "person", who: person.login }, clock + 9_000);
    await expect(liftLock(place.desk, id, NO_CODE)).rejects.toThrow("not the code of this lock");
    expect(await liftLock(place.desk, id)).toEqual({ lock: id, keptUntil: clock + 9_000 });
    await expect(liftLock(place.desk, id)).rejects.toThrow("lifted already");
    expect(await liftLock(place.desk, id, code)).toEqual({ lock: id, keptUntil: null });
    await expect(liftLock(place.desk, id, code)).rejects.toThrow("lifted already");
    const { lock: short, code: its } = await lock({ kind: "person", who: person.login }, clock + 1);
    clock += 1;
    await expect(liftLock(place.desk, short, its)).rejects.toThrow("over already");
  });

  test("the code stands nowhere on the server's disk before it is shown, and the audit says who, what and why", async () => {
    const { lock: id, code } = await lock({ kind: "person", who: person.login });
    const dump = () => {
      const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
      const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
      const rows = tables.map(({ name }) => database.prepare(`select * from ${name}`).all());
      database.close();
      return JSON.stringify(rows, (_key, value) => (typeof value === "bigint" ? String(value) : value));
    };
    expect(dump()).not.toContain(code);
    const records = await place.store.read((q) => q.audit.after(0, 100));
    const { event, actor, about } = records.at(-1) ?? {};
    expect({ event, actor, about: JSON.parse(about ?? "{}") }).toEqual({
      event: "lock.set",
      actor: "administrator:test",
      about: { number: id, kind: "person", login: "tanaka", until: null, reason: "端末の紛失" },
    });
  });

  test("by the command line: added, listed, lifted with what it said", async () => {
    const admin = async (...args: string[]) => {
      const printed: string[] = [];
      const complained: string[] = [];
      const code = await run([...args], {
        environment: { ENGAWA_STATE_DIR: place.stateDir },
        print: (text) => printed.push(text),
        complain: (text) => complained.push(text),
        readInput: async () => "",
      });
      return { code, text: printed.join("\n"), complained: complained.join("\n") };
    };
    const added = await admin("lock", "add", "--person", "tanaka", "--until", "2099-03-31", "--reason", "退職");
    expect(added.code).toBe(0);
    const [, id = "", code = ""] = /lock lift (\S+) --code (\S+)/.exec(added.text) ?? [];
    expect((await admin("lock", "list")).text).toMatch(new RegExp(`${id}.*person.*tanaka.*2099-03-31.*退職`));
    const json = JSON.parse((await admin("--json", "lock", "list")).text);
    expect(json).toMatchObject({ id, kind: "person", login: "tanaka" });
    expect(json).not.toHaveProperty("hash");
    expect((await admin("lock", "lift", id, "--code", code.toLowerCase(), "--reason", "戻った")).text).toContain(
      "Lifted",
    );
    expect((await admin("lock", "list")).text).toBe("(none)");
    expect((await admin("lock", "list", "--all")).text).toContain(id);
    expect(await admin("lock", "add", "--reason", "x")).toMatchObject({ code: 1 });
    expect((await admin("lock", "add", "--person", "tanaka")).code).toBe(2);
    expect((await rowsOf(place.desk, locks)).length).toBe(0);
  });
});

describe("at the office PC, with a real agent", () => {
  let relay: TestRelay;
  let tls: TestCa;
  let folder: string;
  let life: Life;
  let running: RunningAgent | undefined;
  let office: EnrolledOffice;
  let agentLog: string[];
  beforeAll(async () => {
    relay = await startRelay();
  });
  afterAll(() => relay?.close());
  beforeEach(async () => {
    tls = await makeTestCa();
    place = await makeStore();
    person = await makePerson(place, { login: "tanaka" });
    folder = await mkdtemp(join(tmpdir(), "engawa-locks-"));
    agentLog = [];
    life = await startLife({ place, relay, tls });
    office = await enrolOffice({ folder, place, tls, person, life });
  });
  afterEach(async () => {
    await running?.close();
    running = undefined;
    await life.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function startOffice(hub: Hub = life.hub): Promise<void> {
    running = await office.start({ hub }, (line) => void agentLog.push(line));
  }

  /** What becomes of a session that the server asks for: an offer, or why not. */
  async function asked(): Promise<string> {
    const { connection, viewer } = connectPage(life.hub, await signIn(life.records, place, person, { at: Date.now() }));
    await request(life.hub, viewer, { id: office.terminal });
    await until("it is decided", () => connection.all("offer").length + connection.all("session-end").length > 0);
    const [end] = connection.all("session-end");
    const { session } = connection.last("session-opened");
    const open = life.hub.sessions.get(session);
    if (open) life.hub.end(open, "viewer-left");
    // asked before the office PC, which has just come, had said that it runs nothing
    return end?.reason === "agent-left" ? asked() : (end?.reason ?? "offer");
  }

  /** As somebody who has taken the server over would. */
  function forgetLocks(): void {
    const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
    database.exec("delete from locks");
    database.close();
  }

  const restart = async () => {
    const { port } = life;
    await life.close();
    forgetLocks();
    life = await startLife({ place, relay, tls, port });
    await until("the agent is back", () => life.hub.agents.has(office.terminal));
  };

  const printed = async (work: (o: { stateDir: string; print: (value: object) => void }) => Promise<void>) => {
    let value: object = {};
    await work({
      stateDir: folder,
      print: (said) => {
        value = said;
      },
    });
    return value as { locks?: { lock: string }[]; lifted?: { lock: string }[] };
  };

  test("an office PC that was away keeps a lock from when it connects, against a server that has none any more, and after its own restart", async () => {
    await startOffice();
    expect(await asked()).toBe("offer");
    await running?.close();
    const { lock: id } = await lock({ kind: "person", who: person.login });
    await startOffice();
    await until("it has said that it keeps it", () => life.hub.lockOrders.keepers(id) === 1);
    await restart();
    expect(await asked()).toBe("locked-out");
    await running?.close();
    await startOffice();
    expect(await asked()).toBe("locked-out");
    expect(agentLog.join("")).toContain("端末の紛失");
  });

  test("the end of a lock is the office PC's own", async () => {
    await startOffice();
    const { lock: id } = await lock({ kind: "terminal", terminal: office.terminal }, Date.now() + 15_000);
    await life.hub.recheck([{ kind: "lock", subject: id }]);
    await until("it keeps it", () => life.hub.lockOrders.keepers(id) === 1);
    forgetLocks();
    expect(await asked()).toBe("locked-out");
    await until("it is over", async () => ((await printed(listLocks)).locks ?? []).length === 0);
    expect(await asked()).toBe("offer");
  });

  test("its code lifts it there too; IT lifts it there with the agent's command, for good", async () => {
    await startOffice();
    const first = await lock({ kind: "device", code: person.device.code });
    await life.hub.recheck([{ kind: "lock", subject: first.lock }]);
    await until("it keeps it", () => life.hub.lockOrders.keepers(first.lock) === 1);
    await liftLock(place.desk, first.lock, first.code);
    await life.hub.recheck([{ kind: "lock", subject: first.lock }]);
    await until("it lets go", async () => ((await printed(listLocks)).locks ?? []).length === 0);
    expect(await asked()).toBe("offer");

    const second = await lock({ kind: "person", who: person.login });
    await life.hub.recheck([{ kind: "lock", subject: second.lock }]);
    await until("it keeps that", () => life.hub.lockOrders.keepers(second.lock) === 1);
    forgetLocks();
    expect((await printed(listLocks)).locks).toMatchObject([{ lock: second.lock, logins: ["tanaka"] }]);
    expect(await asked()).toBe("locked-out");
    await expect(printed((o) => liftLocks({ ...o, lock: "0000-0000" }))).rejects.toThrow("このPCにはありません");
    const { lifted } = await printed((o) => liftLocks({ ...o, lock: second.lock.toLowerCase() }));
    expect(lifted).toMatchObject([{ lock: second.lock }]);
    expect(await asked()).toBe("offer");
  });
});
