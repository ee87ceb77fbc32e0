/** What happens to people, phones and PCs: one act of the console each, with its effect in numbers before, in one write, on record. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";
import { createLog } from "../../signaling/log.ts";
import { addDivision } from "../../signaling/organisations/divisions.ts";
import { forgotten, toForget } from "../../signaling/organisations/forgetting.ts";
import { addGrant } from "../../signaling/organisations/grants.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
import { disableTerminal } from "../../signaling/organisations/terminals.ts";
import { ItemAnswer, Today } from "../../signaling/protocol/console.ts";
import { type Login, type OrganisationId, SessionId, type TerminalId } from "../../signaling/protocol/ids.ts";
import { type Country, enterWith, makeCountry } from "../support/console.ts";
import { askConsole, type HttpServer, startHttpServer, trySignIn } from "../support/http-server.ts";
import { makeStore, makeTerminal, registerDevice, type TestPerson, type TestStore } from "../support/store.ts";

const START = 1_800_000_000_000;
const DAY_MS = 86_400_000;
const SATO = "midori/sato" as Login;
let at: number;
let place: TestStore;
let server: HttpServer;
let country: Country;
let sato: TestPerson;
let pc: TerminalId;
let kanri: Awaited<ReturnType<typeof enterWith>>;
beforeEach(async () => {
  at = START;
  place = await makeStore({ now: () => at });
  country = await makeCountry(place);
  server = await startHttpServer(place, { now: () => at });
  ({ person: sato, terminal: pc } = country.own);
  await addGrant(place.desk, SATO, pc, null);
  kanri = await enterWith(server, place, "administrator", { organisation: "midori" });
});
afterEach(async () => {
  await server.close();
  await place.close();
});

/** Each with a code that was not used before. */
const codeOfKanri = (): string => {
  at += 30_000;
  return kanri.person.codeAt(at);
};
const act = (body: object) => ask("acts", { code: codeOfKanri(), ...body });
const effect = async (body: object) => (await ask("effect", body)).json;
const ask = (route: string, body: object) =>
  askConsole(server, kanri.cookie, "POST", `/console/${route}`, { reason: "手続きのため", ...body });
const item = async (list: string, id: string) => {
  const answer = await askConsole(server, kanri.cookie, "GET", `/console/items/${list}/${id}`);
  return ItemAnswer.parse(answer.json);
};
/** A session of this person that has shown its picture and runs. */
async function session(terminal: TerminalId, person = sato): Promise<SessionId> {
  const id = SessionId.parse(crypto.randomUUID());
  await place.store.write(async (q) => {
    const organisationId = (await q.people.byId(person.id))?.organisationId as OrganisationId;
    const [signInId = null] = await q.signIns.openOf(person.id, at);
    await q.sessions.insert({
      ...{ id, organisationId, terminalId: terminal, personId: person.id, login: person.login, personName: "佐藤" },
      ...{ deviceKey: person.device.publicKey, signInId, requestedAt: at, liveAt: at },
      ...{ endedAt: null, reason: null, lock: null, lockAt: null },
    });
  });
  return id;
}
const deviceId = async ({ id, device }: TestPerson) =>
  (await place.store.read((q) => q.devices.allOf(id))).find(({ code }) => code === device.code)?.id ?? "";
const eventsSince = async (seq: number) =>
  (await place.store.read((q) => q.audit.after(seq, 1_000))).map(({ event }) => event);
const lastSeq = async () => (await place.store.read((q) => q.audit.last()))?.seq ?? 0;
const due = (id: SessionId) =>
  place.store.read(async (q) => (await q.sessions.standing([id])).map((row) => ({ ...row, id: undefined }))[0]);
const told = async () => [...(await place.store.read((q) => toForget(q, "everybody")))];
const enterStaff = (person: TestPerson) =>
  trySignIn(server, { ...person, organisation: "midori", code: person.codeAt(at) });

describe("somebody leaves", () => {
  test("and nothing that would let them in is left; it was said before how much that is, and each part is on record", async () => {
    const second = await makeTerminal(place, { name: "会議室", organisation: "緑市", grantedTo: [SATO] });
    expect((await enterStaff(sato)).status).toBe(200);
    const running = await session(pc);
    const leave = { type: "people.leave", person: sato.id };
    expect(await effect(leave)).toEqual({
      ...{ sessions: 1, signIns: 1, people: 1, terminals: 0 },
      ...{ devices: 1, grants: 2, forgets: 2 },
    });
    const seq = await lastSeq();
    expect((await ask("acts", leave)).json).toMatchObject({ code: "CODE_NEEDED" });
    expect((await act(leave)).json).toEqual({});
    expect(await due(running)).toMatchObject({ personDisabledAt: at, deviceId: null, grantedAt: null });
    expect(await told()).toEqual(
      expect.arrayContaining([pc, second].map((id) => [id, [{ code: sato.device.code, login: "sato" }]])),
    );
    expect(await eventsSince(seq)).toEqual([
      ...["person.disabled", "device.removed", "grant.removed", "grant.removed", "person.left"],
    ]);
    const { timeline, acts } = await item("people", sato.id);
    const [left] = timeline;
    expect(left).toMatchObject({
      event: "person.left",
      about: { devices: 1, grants: 2, signIns: 1, reason: "手続きのため" },
    });
    expect(acts).not.toContain("people.leave");
    expect(server.events).toContainEqual({
      type: "records-changed",
      changes: [{ kind: "person", subject: sato.id }],
    });
    expect((await act(leave)).json).toMatchObject({
      code: "ACT_REFUSED",
      refusal: { why: "person-disabled", facts: { login: "sato" } },
    });
    expect((await enterStaff(sato)).status).toBe(401);
  });

  test("whose browser waits for approval: that one waits no more", async () => {
    const [device] = await place.store.read((q) => q.devices.allOf(sato.id));
    if (!device) throw new Error("not there");
    const { organisationId, personId } = device;
    const waiting = { organisationId, personId, publicKey: country["other division"].person.device.publicKey };
    const row = { ...waiting, code: country["other division"].person.device.code, seenAt: at, expiresAt: at + DAY_MS };
    await place.store.write((q) => q.devices.putPending(row, 5));
    await act({ type: "people.leave", person: sato.id });
    expect(await place.store.read((q) => q.devices.pendingOf(sato.id, at))).toEqual([]);
  });
});

describe("a home PC is lost", () => {
  const lose = () => ({ type: "device.lost", person: sato.id, device: sato.device.code });

  test("it gets in nowhere, and each office PC that may know it is told until it says that it has forgotten", async () => {
    const known = await makeTerminal(place, { name: "前のパソコン", organisation: "緑市" });
    await session(known); // there is no grant any longer, but its list may have the device still
    expect((await enterStaff(sato)).status).toBe(200);
    expect(await effect(lose())).toMatchObject({ signIns: 1, people: 1, devices: 1, forgets: 2 });
    const before = await item("devices", await deviceId(sato));
    expect(before.knownBy).toEqual([{ terminal: { id: known, name: "前のパソコン" }, state: "knows", at: START }]);
    expect((await act(lose())).json).toEqual({});
    expect((await enterStaff(sato)).status).toBe(401);
    const states = async () =>
      (await item("devices", await deviceId(sato))).knownBy?.map(({ terminal, state }) => [terminal.id, state]).sort();
    expect(await states()).toEqual(
      [
        [pc, "told"],
        [known, "told"],
      ].sort(),
    );
    const answer = [{ code: sato.device.code, login: sato.login, known: true }];
    const seq = await lastSeq();
    expect(await forgotten(place.store, known, answer, at + 5)).toBe(1);
    expect(await states()).toEqual(
      [
        [pc, "told"],
        [known, "forgotten"],
      ].sort(),
    );
    expect(await eventsSince(seq)).toEqual(["device.forgotten"]);
    const [record] = (await item("terminals", known)).timeline;
    expect(record).toMatchObject({ event: "device.forgotten", actor: `terminal:${known}`, about: { known: 1 } });
  });

  test("what another PC says of it counts for nothing", async () => {
    await act(lose());
    const seq = await lastSeq();
    const answer = [{ code: sato.device.code, login: sato.login, known: true }];
    expect(await forgotten(place.store, country["other division"].terminal, answer, at)).toBe(0);
    expect(await eventsSince(seq)).toEqual([]);
    expect((await told()).map(([id]) => id)).toEqual([pc]);
  });

  test("whoever else is registered with it loses it too, where this administrator may do that", async () => {
    const { person: suzuki } = country["other division"];
    const { person: takada } = country["other organisation"];
    await registerDevice(place, { person: suzuki.id, organisation: "緑市" }, sato.device);
    await place.store.write(async (q) => {
      const [row] = await q.devices.allOf(takada.id);
      const { publicKey, code } = sato.device;
      if (row) await q.devices.insert({ ...row, id: "elsewhere", publicKey, code });
    });
    expect(await effect(lose())).toMatchObject({ people: 2, devices: 2 });
    await act(lose());
    const left = await place.store.read((q) => q.devices.byCode(sato.device.code));
    expect(left.map(({ login }) => login)).toEqual(["takada"]);
    expect(server.events.flatMap((event) => ("changes" in event ? (event.changes ?? []) : []))).toContainEqual({
      kind: "person",
      subject: suzuki.id,
    });
  });

  test("when it is found and let in again, who has not forgotten it yet need not", async () => {
    await act(lose());
    await registerDevice(place, { person: sato.id, organisation: "緑市" }, sato.device);
    expect(await told()).toEqual([]);
  });

  test("one that was only removed can be told lost afterwards", async () => {
    await ask("acts", { ...lose(), type: "device.remove" });
    expect(await told()).toEqual([]);
    expect((await item("devices", await deviceId(sato))).acts).toEqual(["device.lost"]);
    expect((await act(lose())).json).toEqual({});
    expect((await told()).map(([id]) => id)).toEqual([pc]);
  });
});

describe("a phone is lost", () => {
  const lose = () => ({ type: "otp.lost", person: sato.id });
  const seedOf = async () => (await place.store.read((q) => q.people.byId(sato.id)))?.totpSeed;

  test("its codes are void, sign-ins end, its clock is forgotten, and the new secret is shown once", async () => {
    expect((await enterStaff(sato)).status).toBe(200);
    await place.store.write((q) => q.people.setDrift(sato.id, { lowMs: 60_000, highMs: 90_000, at }));
    expect(await effect(lose())).toMatchObject({ signIns: 1, people: 1 });
    expect((await act(lose())).json).toEqual({ otpauth: expect.stringContaining("otpauth://") });
    expect(await place.store.read((q) => q.signIns.openOf(sato.id, at))).toEqual([]);
    expect(await place.store.read((q) => q.people.byId(sato.id))).toMatchObject({
      driftAt: null,
      seedConfirmedAt: null,
    });
    expect((await item("people", sato.id)).timeline[0]).toMatchObject({ event: "person.phone-lost" });
    at += 60_000;
    expect((await enterStaff(sato)).status).toBe(401);
  });

  test("with two persons: void at once, while the new secret waits for the second one", async () => {
    await server.close();
    server = await startHttpServer(place, { now: () => at, twoPersons: new Set(["otp.reset"]) });
    kanri = await enterWith(server, place, "administrator", { organisation: "midori" });
    const second = await enterWith(server, place, "manager", { organisation: "midori" });
    const before = await seedOf();
    const seq = await lastSeq();
    const done = (await act(lose())).json as { confirmation: string };
    expect(done).toEqual({ confirmation: expect.any(String) });
    const between = await seedOf();
    expect(between).not.toBe(before);
    expect((await eventsSince(seq)).slice(-2)).toEqual(["confirmation.asked", "person.phone-lost"]);
    const today = await askConsole(server, second.cookie, "GET", "/console/today");
    expect(Today.parse(today.json).confirmations).toMatchObject([{ id: done.confirmation, mayConfirm: true }]);
    const body = { type: "confirmation.confirm", confirmation: done.confirmation, reason: "本人に確かめた" };
    at += 30_000;
    const code = second.person.codeAt(at);
    const confirmed = await askConsole(server, second.cookie, "POST", "/console/acts", { ...body, code });
    expect(confirmed.json).toMatchObject({ otpauth: expect.stringContaining("otpauth://") });
    expect(await seedOf()).not.toBe(between);
  });
});

describe("somebody goes to another division", () => {
  const transfer = (more: object = {}) => ({
    ...{ type: "people.transfer", person: sato.id, division: country.divisions.zeimu },
    ...more,
  });
  const granted = async () =>
    (await place.store.read((q) => q.terminals.grantsOf({ person: sato.id })))
      .map(({ terminalId }) => terminalId)
      .sort();

  test("their grants for its PCs end, the others stay, and they get new ones", async () => {
    const common = await makeTerminal(place, { name: "会議室", organisation: "緑市", grantedTo: [SATO] });
    const theirs = country["other division"].terminal;
    const running = await session(pc);
    expect(await effect(transfer({ add: [theirs] }))).toMatchObject({ sessions: 1, people: 1, grants: 1 });
    const seq = await lastSeq();
    expect((await act(transfer({ add: [theirs] }))).json).toEqual({});
    expect(await granted()).toEqual([common, theirs].sort());
    expect((await due(running))?.grantedAt).toBeNull();
    expect(await eventsSince(seq)).toEqual(["grant.removed", "grant.added", "person.transferred"]);
    expect((await item("people", sato.id)).item).toMatchObject({ division: { name: "税務課" } });
  });

  test("what is kept is kept, and its sessions go on", async () => {
    const running = await session(pc);
    expect(await effect(transfer({ keep: [pc] }))).toMatchObject({ sessions: 0, grants: 0 });
    await act(transfer({ keep: [pc] }));
    expect(await granted()).toEqual([pc]);
    expect((await due(running))?.grantedAt).not.toBeNull();
  });

  test("nothing is half done: a PC that cannot be given leaves everything as it was", async () => {
    const far = country["other organisation"].terminal;
    const seq = await lastSeq();
    expect((await act(transfer({ add: [far] }))).status).toBe(404);
    expect((await act(transfer({ division: country.divisions.soumu }))).json).toMatchObject({ code: "ACT_REFUSED" });
    expect(await granted()).toEqual([pc]);
    expect(await eventsSince(seq)).toEqual([]);
  });

  test("out of the reach of an administrator of the division nobody is sent", async () => {
    kanri = await enterWith(server, place, "administrator");
    expect((await act(transfer())).status).toBe(404);
    await addDivision(place.desk, "人事課", { organisation: "midori", division: "総務部" });
    const found = await place.store.read((q) => q.organisations.divisionsOf(country.organisations.midori));
    const division = found.find(({ name }) => name === "人事課")?.id;
    expect((await act(transfer({ division }))).json).toEqual({});
  });
});

describe("an office PC is replaced", () => {
  const replace = (more: object = {}) => ({ type: "terminal.replace", terminal: pc, ...more });

  test("everybody's grants go to the new one, the old one is disabled, and the token for the new one is shown once", async () => {
    const until = START + 30 * DAY_MS;
    await addGrant(place.desk, "midori/suzuki" as Login, pc, until);
    await session(pc);
    expect(await effect(replace())).toMatchObject({ sessions: 1, people: 2, terminals: 1 });
    const done = (await act(replace())).json as { id: TerminalId; token: string };
    expect(done).toEqual({ id: expect.any(String), token: expect.stringMatching(/^engawa1\./) });
    expect(done.id).not.toBe(pc);
    const grants = await place.store.read((q) => q.terminals.grantsOf({ terminal: done.id }));
    expect(grants.map((grant) => grant.until).sort()).toEqual([null, until].sort());
    expect(await place.store.read((q) => q.terminals.grantsOf({ terminal: pc }))).toEqual([]);
    const [before, after] = await place.store.read(async (q) => [
      await q.terminals.byId(pc),
      await q.terminals.byId(done.id),
    ]);
    expect(before).toMatchObject({ disabledAt: at });
    expect(after).toMatchObject({ name: before?.name, divisionId: before?.divisionId, publicKey: null });
    const changed = server.events.flatMap((event) => ("changes" in event ? (event.changes ?? []) : []));
    for (const { person } of [country.own, country["other division"]])
      expect(changed).toContainEqual({ kind: "person", subject: person.id });
    expect((await item("terminals", pc)).timeline.map(({ event }) => event)).toContain("terminal.replaced");
  });

  test("with a name of its own, where one is given; and not twice", async () => {
    const { id } = (await act(replace({ name: "総務部 新1" }))).json as { id: TerminalId };
    expect(await place.store.read((q) => q.terminals.byId(id))).toMatchObject({ name: "総務部 新1" });
    expect((await act(replace())).json).toMatchObject({ code: "ACT_REFUSED" });
  });
});

describe("two office PCs with one key", () => {
  const settle = () => ({ type: "terminal.settle", terminal: pc, name: "もう一台" });
  const recordsOf = () =>
    new StoreRecords({
      ...{ store: place.store, log: createLog({ level: "silent" }) },
      ...{ limits: DEFAULT_SIGN_IN_LIMITS, now: () => at },
    });

  test("are set aside: neither is let in, Today counts it, and both addresses are shown", async () => {
    const records = recordsOf();
    const organisation = country.organisations.midori;
    expect(await records.terminal(pc)).toBeDefined();
    expect((await act(settle())).json).toMatchObject({ code: "ACT_REFUSED" });
    await records.terminalTwins({ terminal: pc, organisation, at, addresses: ["192.0.2.1", "192.0.2.2"] });
    expect(await records.terminal(pc)).toBeUndefined();
    expect(await records.terminalsBarred([pc])).toEqual(new Map([[pc, "terminal-disabled"]]));
    const today = Today.parse((await askConsole(server, kanri.cookie, "GET", "/console/today")).json);
    expect(today.figures).toContainEqual({
      kind: "terminals-set-aside",
      count: 1,
      list: "terminals",
      state: "set-aside",
    });
    expect(today.setAside).toMatchObject([{ id: pc, twins: ["192.0.2.1", "192.0.2.2"] }]);
    const shown = await item("terminals", pc);
    expect(shown.item).toMatchObject({ state: "set-aside", since: at, twins: ["192.0.2.1", "192.0.2.2"] });
    expect(shown.acts).toContain("terminal.settle");
    expect(shown.timeline[0]).toMatchObject({ event: "terminal.set-aside", actor: "server" });
    await records.close();
  });

  test("once IT has decided, the key is void for both, and there is a token for each", async () => {
    const records = recordsOf();
    const organisation = country.organisations.midori;
    await records.terminalTwins({ terminal: pc, organisation, at, addresses: ["192.0.2.1", "192.0.2.2"] });
    const done = (await act(settle())).json;
    const token = expect.stringMatching(/^engawa1\./);
    expect(done).toEqual({ id: pc, token, otherToken: token });
    expect(await records.terminal(pc)).toBeUndefined(); // until it is enrolled anew
    expect((await item("terminals", pc)).item).toMatchObject({ state: "not-enrolled", people: 1 });
    await place.store.write((q) => q.terminals.enrol(pc, sato.device.publicKey, at));
    expect(await records.terminal(pc)).toBeDefined();
    await records.close();
  });
});

describe("not seen for long", () => {
  const list = async (name: string, query: string) => {
    const answer = await askConsole(server, kanri.cookie, "GET", `/console/lists/${name}?${query}`);
    expect(answer.status, answer.text).toBe(200);
    return answer.json as { rows: { id: string }[]; total: number; counts: Record<string, number> };
  };
  const ids = async (name: string, days: number) => (await list(name, `unseen=${days}`)).rows.map(({ id }) => id);

  test("people, devices and PCs are found by the days since they were, those that are stopped already are not", async () => {
    const { person: suzuki, terminal: theirs } = country["other division"];
    at += 40 * DAY_MS;
    kanri = await enterWith(server, place, "administrator", { organisation: "midori" });
    await enterStaff(suzuki);
    await place.store.write((q) => q.terminals.seen(theirs, at));
    expect(await ids("people", 30)).toContain(sato.id);
    expect(await ids("people", 30)).not.toContain(suzuki.id);
    expect(await ids("people", 30)).not.toContain(kanri.person.id);
    expect(await ids("people", 90)).toEqual([]);
    expect(await ids("devices", 30)).toContain(await deviceId(sato));
    expect(await ids("devices", 30)).not.toContain(await deviceId(suzuki));
    expect(await ids("terminals", 30)).toEqual([pc]);
    await disableTerminal(place.desk, pc);
    await act({ type: "people.disable", person: sato.id });
    expect(await ids("terminals", 30)).toEqual([]);
    expect(await ids("people", 30)).not.toContain(sato.id);
    const { total, counts } = await list("terminals", "unseen=30");
    expect([total, counts["offline"]]).toEqual([0, 0]);
    expect((await askConsole(server, kanri.cookie, "GET", "/console/lists/grants?unseen=30")).status).toBe(400);
  });

  test("an office PC that is connected has not gone, however long ago it came", async () => {
    at += 100 * DAY_MS;
    await server.close();
    const agents = new Map([[pc, { since: START }]]) as never;
    server = await startHttpServer(place, {
      now: () => at,
      presence: {
        agents,
        sessions: new Map() as never,
        lockOrders: { keepers: () => 0 },
        policies: { online: [], has: () => false },
      },
    });
    kanri = await enterWith(server, place, "administrator", { organisation: "midori" });
    expect(await ids("terminals", 30)).not.toContain(pc);
  });
});

describe("the same act on many", () => {
  const bulk = (body: object) => ask("bulk", body);

  test("one code is good for all of them, each with its own record and reason; what fails stops no other", async () => {
    const { person: suzuki } = country["other division"];
    const { person: takada } = country["other organisation"];
    const subjects = [sato.id, takada.id, suzuki.id];
    const disable = { type: "people.disable", subjects };
    expect((await bulk(disable)).json).toMatchObject({ code: "CODE_NEEDED" });
    const code = codeOfKanri();
    const seq = await lastSeq();
    expect((await bulk({ ...disable, code })).json).toEqual({ outcomes: ["done", { code: "NOT_FOUND" }, "done"] });
    const records = await place.store.read((q) => q.audit.after(seq, 10));
    expect(records.map(({ event, about }) => [event, JSON.parse(about)])).toEqual([
      ["person.disabled", { login: "sato", reason: "手続きのため" }],
      ["person.disabled", { login: "suzuki", reason: "手続きのため" }],
    ]);
    expect((await bulk({ ...disable, code })).json).toMatchObject({ code: "CODE_NEEDED" }); // once only
    const again = await bulk({ ...disable, code: codeOfKanri() });
    expect(again.json).toEqual({
      outcomes: [
        { code: "ACT_REFUSED", refusal: { why: "person-disabled", facts: { login: "sato" } } },
        { code: "NOT_FOUND" },
        { code: "ACT_REFUSED", refusal: { why: "person-disabled", facts: { login: "suzuki" } } },
      ],
    });
  });

  test("a code is not used up where nothing can be done", async () => {
    const code = codeOfKanri();
    const far = { type: "people.disable", subjects: [country["other organisation"].person.id], code };
    expect((await bulk(far)).json).toEqual({ outcomes: [{ code: "NOT_FOUND" }] });
    expect((await bulk({ ...far, subjects: [sato.id] })).json).toEqual({ outcomes: ["done"] });
  });

  test("things of two parts are named by both; what is no such name is refused whole", async () => {
    const subject = `${sato.id}.${sato.device.code}`;
    const lose = (...subjects: string[]) => bulk({ type: "device.lost", subjects, code: codeOfKanri() });
    for (const wrong of [sato.id, `${subject}.x`, `x.${sato.device.code}`])
      expect((await lose(subject, wrong)).status).toBe(400);
    expect((await lose(subject, subject)).status).toBe(400);
    expect(await told()).toEqual([]);
    expect((await lose(subject)).json).toEqual({ outcomes: ["done"] });
    expect((await told()).map(([id]) => id)).toEqual([pc]);
  });

  test("is for what shows nothing once, up to a hundred at a time", async () => {
    for (const type of ["password.set", "otp.lost", "terminal.replace", "terminal.token", "people.transfer"])
      expect((await bulk({ type, subjects: [sato.id], code: codeOfKanri() })).status, type).toBe(400);
    const many = Array.from({ length: 101 }, () => crypto.randomUUID());
    expect((await bulk({ type: "people.unlock", subjects: many })).status).toBe(400);
    const unknown = await bulk({ type: "people.unlock", subjects: many.slice(1) });
    expect(unknown.json).toEqual({ outcomes: Array(100).fill({ code: "NOT_FOUND" }) });
  });
});
