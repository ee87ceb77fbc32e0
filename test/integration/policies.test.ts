/** Policy on a real store with a real hub: what holds where, who is told, who is refused, what ends, and what is forgotten. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { verifyAudit } from "../../signaling/audit/verify.ts";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";
import { run } from "../../signaling/cli/run.ts";
import { Housekeeping } from "../../signaling/housekeeping.ts";
import { agentHandlers } from "../../signaling/hub/handlers/table.ts";
import { createLog } from "../../signaling/log.ts";
import { DeskError } from "../../signaling/organisations/desk.ts";
import { addDivision } from "../../signaling/organisations/divisions.ts";
import { giveDuty } from "../../signaling/organisations/duties.ts";
import { addOrganisation } from "../../signaling/organisations/organisations.ts";
import { movePerson } from "../../signaling/organisations/people.ts";
import { policyEffect, policyView, setPolicy } from "../../signaling/organisations/policies.ts";
import { policyPlaceNamed } from "../../signaling/organisations/policy-named.ts";
import { agentPolicyOf } from "../../signaling/organisations/policy-resolve.ts";
import { SERVER } from "../../signaling/organisations/policy-tree.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
import { lapseRequests } from "../../signaling/organisations/requests.ts";
import { retention } from "../../signaling/organisations/retention.ts";
import { Me } from "../../signaling/protocol/api.ts";
import type { PolicyPlaceId } from "../../signaling/protocol/console-policy.ts";
import { OrganisationCode, SessionId, type TerminalId } from "../../signaling/protocol/ids.ts";
import type { PolicyRules, WeekHours } from "../../signaling/protocol/policy.ts";
import type { SignedIn } from "../../signaling/records.ts";
import { startHttpServer, trySignIn } from "../support/http-server.ts";
import { connectOffice, liveSession, makeHub } from "../support/hub-stage.ts";
import { signIn } from "../support/server-life.ts";
import { makePerson, makeStore, makeTerminal, type TestPerson, type TestStore } from "../support/store.ts";
import { until } from "../support/until.ts";

const log = createLog({ level: "silent" });
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PLACES = [{ name: "庁内", networks: ["10.1.0.0/16"] }];
const everyDay = (from: number, to: number): WeekHours => Array(7).fill({ from: from * 60, to: to * 60 });

let clock: number;
let place: TestStore;
let tanaka: TestPerson;
let at: Record<"ken" | "midori" | "soumu" | "jinji" | "tanaka", PolicyPlaceId>;
beforeEach(async () => {
  clock = new Date(2026, 10, 30, 12).getTime();
  place = await makeStore({ now: () => clock });
  const { desk } = place;
  await addOrganisation(desk, "県", { code: OrganisationCode.parse("ken"), kind: "prefecture" });
  await addOrganisation(desk, "緑市", { code: OrganisationCode.parse("midori"), parent: "ken" });
  tanaka = await makePerson(place, { login: "tanaka" });
  const midori = { organisation: "midori" };
  await addDivision(desk, "総務部", midori);
  await addDivision(desk, "人事課", { ...midori, division: "総務部" });
  await movePerson(desk, tanaka.login, "人事課");
  at = {
    ken: await policyPlaceNamed(desk, { organisation: "ken" }),
    midori: await policyPlaceNamed(desk, midori),
    soumu: await policyPlaceNamed(desk, { ...midori, division: "総務部" }),
    jinji: await policyPlaceNamed(desk, { ...midori, division: "人事課" }),
    tanaka: await policyPlaceNamed(desk, { person: tanaka.login }),
  };
});
afterEach(() => place.close());

async function set(where: PolicyPlaceId, rules: PolicyRules, basedOn?: number) {
  const { version } = await policyView(place.desk, where);
  await setPolicy(place.desk, { place: where, rules, basedOn: basedOn ?? version, because: "規程第5条" });
  return policyView(place.desk, where);
}

describe("what is set", () => {
  test("holds for all below it until something nearer is set; and it is said where each rule comes from", async () => {
    const hours = everyDay(8, 17);
    await set(SERVER, { viewOnly: true, kbps: 100, hours, wake: false });
    await set(at.ken, { kbps: 90, idleMinutes: 20 });
    await set(at.midori, { kbps: 80, sessionHours: 9 });
    await set(at.soumu, { kbps: 70, sessionHours: 8 });
    await set(at.jinji, { kbps: 60 });
    const view = await set(at.tanaka, { viewOnly: false });
    expect(view.inForce).toEqual({
      ...{ viewOnly: false, kbps: 60, sessionHours: 8, idleMinutes: 20, hours, wake: false },
    });
    expect(view.from).toEqual({
      viewOnly: { ...at.tanaka, name: "tanaka さん" },
      kbps: { ...at.jinji, name: "総務部/人事課" },
      sessionHours: { ...at.soumu, name: "総務部" },
      idleMinutes: { ...at.ken, name: "県" },
      hours: { ...SERVER, name: "" },
      wake: { ...SERVER, name: "" },
    });
    expect(view.here).toEqual({ viewOnly: false });
    await set(at.jinji, {});
    expect((await policyView(place.desk, at.tanaka)).inForce.kbps).toBe(70);
    expect((await policyView(place.desk, at.ken)).inForce).toMatchObject({ viewOnly: true, kbps: 90 });
  });

  test("keeps every version, and refuses a change that was made on an older one; nothing is lost", async () => {
    await set(at.midori, { kbps: 80 });
    await set(at.midori, { kbps: 70 });
    await expect(set(at.midori, { kbps: 60 }, 1)).rejects.toMatchObject({ code: "CONFLICT", details: { version: 2 } });
    const { history, version, here } = await policyView(place.desk, at.midori);
    expect([version, here]).toEqual([2, { kbps: 70 }]);
    expect(history).toEqual([
      { version: 2, at: clock, by: "server", because: "規程第5条", rules: { kbps: 70 } },
      { version: 1, at: clock, by: "server", because: "規程第5条", rules: { kbps: 80 } },
    ]);
    await expect(set(at.midori, { kbps: 70 })).rejects.toThrow("nothing is changed");
  });

  test("stands in the audit with what was changed, why, and a digest of the rules", async () => {
    await set(at.midori, { kbps: 80, viewOnly: true });
    await set(at.midori, { kbps: 80 });
    const last = (await place.store.read((q) => q.audit.after(0, 1_000))).at(-1);
    expect([last?.event, last?.actor]).toEqual(["policy.set", "administrator:test"]);
    expect(JSON.parse(last?.about ?? "")).toEqual({
      ...{ level: "organisation", organisation: "midori", version: 2, changed: "viewOnly", reason: "規程第5条" },
      digest: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
    });
    expect(await verifyAudit(place.store)).toMatchObject({ ok: true });
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ["networks of a division", () => set(at.soumu, { places: PLACES }), "only the server and organisations"],
    ["how long a person's are kept", () => set(at.tanaka, { retentionDays: 90 }), "only the server and organisations"],
    ["a place that there is not", () => set(at.midori, { from: ["倉庫"] }), "no place named 倉庫"],
    ["two of one name", () => set(at.midori, { places: [...PLACES, ...PLACES] }), "the same name"],
    [
      "one that is named as everywhere else is",
      () => set(SERVER, { places: [{ name: "elsewhere", networks: ["::/0"] }] }),
      "elsewhere",
    ],
  ])("may not be %s", async (_, act, why) => {
    await expect(act()).rejects.toThrow(DeskError);
    await expect(act()).rejects.toThrow(why);
  });

  test("may not take a place away from those who name it below", async () => {
    await set(SERVER, { places: PLACES });
    await set(at.jinji, { from: ["庁内"] });
    await expect(set(SERVER, {})).rejects.toThrow(/庁内.*人事課/);
    await expect(set(at.midori, { places: [{ name: "別", networks: ["10.9.0.0/16"] }] })).rejects.toThrow(
      /庁内.*人事課/,
    );
    await set(at.jinji, {});
    await set(SERVER, {});
  });

  test("would concern so many, and end so many sessions", async () => {
    const [pc, other] = [
      await makeTerminal(place, { grantedTo: [tanaka.login] }),
      await makeTerminal(place, { name: "PC 2" }),
    ];
    const mori = await makePerson(place, { login: "mori" });
    const signedIn = await signIn(records(), place, tanaka, { at: clock, address: "10.1.2.3" });
    for (const [requestedAt, terminal] of [
      [clock - 3 * HOUR_MS, pc],
      [clock - HOUR_MS, other],
    ] as const)
      await openSession(signedIn, terminal, requestedAt);
    const effect = (where: PolicyPlaceId, rules: PolicyRules) => policyEffect(place.desk, where, rules);
    expect(await effect(at.midori, { kbps: 80 })).toEqual({ people: 2, terminals: 1, sessions: 2, ending: 0 });
    expect(await effect(at.soumu, { sessionHours: 2 })).toEqual({ people: 1, terminals: 1, sessions: 2, ending: 1 });
    expect(await effect(at.tanaka, { hours: everyDay(13, 17) })).toMatchObject({ people: 1, ending: 2 });
    await set(SERVER, { places: PLACES });
    expect(await effect(at.ken, { from: ["elsewhere"] })).toMatchObject({ ending: 2 });
    expect(await effect(at.ken, { from: ["庁内"] })).toMatchObject({ ending: 0 });
    expect(await effect({ level: "person", id: mori.id }, { sessionHours: 1 })).toMatchObject({
      sessions: 0,
      ending: 0,
    });
  });
});

const records = () => new StoreRecords({ store: place.store, log, limits: DEFAULT_SIGN_IN_LIMITS, now: () => clock });

async function openSession(signedIn: SignedIn, terminal: TerminalId, requestedAt: number): Promise<SessionId> {
  const id = SessionId.parse(crypto.randomUUID());
  const { person, login, deviceKey, signInId } = signedIn;
  const whose = {
    organisation: signedIn.organisation.id,
    person,
    login,
    personName: signedIn.name,
    deviceKey,
    signInId,
  };
  await records().sessionRequested({ id, terminal, requestedAt, ...whose });
  return id;
}

describe("signing in", () => {
  const attempt = async (server: Awaited<ReturnType<typeof startHttpServer>>, console = false) => {
    clock += 30_000;
    const { login, password, device } = tanaka;
    return trySignIn(server, { organisation: "midori", login, password, code: tanaka.codeAt(clock), device, console });
  };

  test("from a place that is not allowed is refused, and told to who has everything else right; it is no mistake of theirs", async () => {
    const server = await startHttpServer(place, { now: () => clock });
    await set(SERVER, { places: PLACES });
    await set(at.jinji, { from: ["庁内"] });
    expect((await attempt(server)).json).toMatchObject({ code: "PLACE_NOT_ALLOWED" });
    clock += 30_000;
    const wrong = { organisation: "midori", login: tanaka.login, password: "wrong", code: tanaka.codeAt(clock) };
    expect((await trySignIn(server, { ...wrong, device: tanaka.device })).json).toMatchObject({
      code: "SIGN_IN_REFUSED",
    });
    const events = await place.store.read((q) => q.audit.after(0, 1_000));
    const faults = events
      .filter(({ event }) => event === "sign-in.refused")
      .map(({ about }) => JSON.parse(about).faults);
    expect(faults).toEqual(["place", "password"]);
    const device = await place.store.read((q) => q.devices.registered(tanaka.id, tanaka.device.publicKey));
    expect(device?.failures).toBe(1);
    await set(at.tanaka, { from: ["elsewhere"] });
    expect((await attempt(server)).status).toBe(200);
    await server.close();
  });

  test("at the console is not a matter of place: it is reached from inside, also to put a wrong rule right", async () => {
    const server = await startHttpServer(place, { now: () => clock });
    await set(SERVER, { places: PLACES });
    await set(at.tanaka, { from: ["庁内"] });
    expect((await attempt(server, true)).json).toMatchObject({ code: "SIGN_IN_REFUSED" }); // has no duty
    await giveDuty(place.desk, tanaka.login, "administrator", { organisation: "midori" });
    expect((await attempt(server, true)).status).toBe(200);
    await server.close();
  });

  test("ends after as many hours as policy says, and never later than the server is set to", async () => {
    const server = await startHttpServer(place, { now: () => clock });
    const hours = async () => (Me.parse((await attempt(server)).json).endsAt - clock) / HOUR_MS;
    await set(at.midori, { signInHours: 4 });
    expect(await hours()).toBe(4);
    await set(at.midori, { signInHours: 24 });
    expect(await hours()).toBe(12);
    await server.close();
  });
});

describe("with a hub", () => {
  const stage = async () => {
    const pc = await makeTerminal(place, { grantedTo: [tanaka.login] });
    const signedIn = await signIn(records(), place, tanaka, { at: clock, address: "127.0.0.1" });
    const hub = makeHub({ records: records(), now: () => clock });
    const terminal = await records().terminal(pc);
    if (!terminal) throw new Error("no PC");
    return { hub, signedIn, terminal };
  };
  const changed = (where: PolicyPlaceId) => [{ kind: "policy", subject: where.id }] as const;

  test("a change is heard by the office PCs and sessions of those whom it concerns; who has it is counted", async () => {
    const { hub, signedIn, terminal } = await stage();
    const elsewhere = await makeTerminal(place, { name: "PC 2" });
    const other = connectOffice(hub, (await records().terminal(elsewhere)) ?? terminal);
    const { office, agent, session } = await liveSession(hub, signedIn, terminal);
    await set(at.soumu, { viewOnly: true });
    await hub.recheck(changed(at.soumu));
    const policy = await agentPolicyOf({ viewOnly: true });
    await until("the session is told", () => office.all("session-policy").length > 0);
    expect(office.last("session-policy")).toEqual({ type: "session-policy", session, policy: { id: policy.id } });
    expect(office.last("policies").policies).toEqual([policy]);
    expect(other.connection.all("policies")).toEqual([]);
    const agents = async (where: PolicyPlaceId) => (await policyView(place.desk, where, hub.policies)).agents;
    await until("the other one is looked at", () => hub.policies.has(elsewhere));
    expect(await agents(SERVER)).toEqual({ online: 2, have: 1 });
    expect(await agents(at.tanaka)).toEqual({ online: 1, have: 0 });
    await agentHandlers["policies-kept"](hub, agent, { type: "policies-kept", ids: [policy.id] });
    expect(await agents(at.tanaka)).toEqual({ online: 1, have: 1 });
    expect((await policyView(place.desk, at.midori)).agents).toEqual({ online: 0, have: 0 });
    await hub.close();
  });

  test("who moves to another division comes under its rules at the next look", async () => {
    const { hub, signedIn, terminal } = await stage();
    await set(at.soumu, { sessionHours: 3 });
    const { office } = await liveSession(hub, signedIn, terminal);
    expect(office.last("session-open").policy).toMatchObject({ endsInMs: 3 * HOUR_MS, endsBy: "session-hours" });
    await movePerson(place.desk, tanaka.login, undefined);
    await hub.recheck([{ kind: "person", subject: tanaka.id }]);
    const { id } = await agentPolicyOf({});
    expect(office.last("session-policy").policy).toEqual({ id });
    await hub.close();
  });

  test("a session ends when its hours are over, also where its office PC does nothing; and the page is told when they begin", async () => {
    const { hub, signedIn, terminal } = await stage();
    await set(at.midori, { hours: Array(7).fill({ from: 8 * 60, to: 12 * 60 + 20 }) });
    const { connection, session } = await liveSession(hub, signedIn, terminal);
    clock += HOUR_MS / 3;
    await hub.recheck([{ kind: "person", subject: tanaka.id }]);
    expect(connection.last("session-end")).toEqual({ type: "session-end", session, reason: "hours-over" });
    const next = new Date(2026, 11, 1, 8).getTime();
    const answer = await records().policyFor({ person: tanaka.id, since: clock, from: undefined });
    expect(answer.refusal).toEqual({ kind: "hours", next });
    await hub.close();
  });
});

test("what is over is kept as long as policy says for each organisation, and at most so long", async () => {
  const abe = await makePerson(place, { login: "abe", organisation: "桜町" });
  const pc = await makeTerminal(place);
  const sessions: SessionId[] = [];
  const began = clock;
  for (const person of [tanaka, abe]) {
    const signedIn = await signIn(records(), place, person, { at: clock, address: "127.0.0.1" });
    const id = await openSession(signedIn, pc, clock);
    await place.store.write((q) => q.sessions.end(id, clock, "viewer-left"));
    sessions.push(id);
  }
  const there = () =>
    Promise.all(sessions.map(async (id) => (await place.store.read((q) => q.sessions.byId(id))) !== undefined));
  const signIns = async () => {
    const of = ({ id }: TestPerson) => place.store.read((q) => q.signIns.ofPerson(id, clock, 9));
    return [(await of(tanaka)).length, (await of(abe)).length];
  };
  const clean = async (days: number) => {
    clock = began + days * DAY_MS;
    await new Housekeeping({ store: place.store, retention, lapse: lapseRequests, log, now: () => clock }).run();
  };
  await set(at.ken, { retentionDays: 40 });
  await clean(35);
  expect([await there(), await signIns()]).toEqual([
    [true, true],
    [1, 0],
  ]);
  await clean(41);
  expect([await there(), await signIns()]).toEqual([
    [false, true],
    [0, 0],
  ]);
});

test("by the command line: set, shown, cleared, and who did it", async () => {
  let answer = "yes";
  const admin = async (...args: string[]) => {
    const said: string[] = [];
    const code = await run(args, {
      environment: { ENGAWA_STATE_DIR: place.stateDir, ENGAWA_ADMINISTRATOR: "suzuki" },
      print: (text) => said.push(text),
      complain: (text) => said.push(text),
      readInput: async () => "",
      ask: async (question) => {
        said.push(question);
        return answer;
      },
    });
    return { code, text: said.join("\n") };
  };
  expect((await admin("policy", "show")).text).toBe(
    "server, nothing set here\n(no rules: as the server and each office PC are configured)",
  );
  const midori = ["--organisation", "midori"];
  const reason = ["--reason", "規程第5条"];
  expect(
    await admin("policy", "set", "places=庁内:10.1.0.0/16", "from=庁内,elsewhere", ...midori, ...reason),
  ).toMatchObject({
    code: 0,
    text: expect.stringContaining("It concerns 1 people and 0 office PCs. 0 of their sessions are open"),
  });
  await admin(
    "policy",
    "set",
    "hours=mon-fri:08:30-17:15",
    "viewOnly=yes",
    "--division",
    "総務部",
    ...midori,
    ...reason,
  );
  answer = "no";
  const unwanted = await admin("policy", "clear", "viewOnly", "--division", "総務部", ...midori, ...reason);
  expect(unwanted.code).toBe(1);
  expect(unwanted.text).toMatch(
    /^division 総務部: without viewOnly of its own\.\n {2}It concerns 1 people .*\nDo it\? .*\nnothing was done$/,
  );
  const { text } = await admin("policy", "show", "--person", "midori/tanaka");
  expect(text).toMatch(/viewOnly +yes/);
  expect(text).toMatch(/^person tanaka さん, nothing set here\n/);
  expect(text).toMatch(/hours +mon-fri:08:30-17:15 +division 総務部/);
  expect(text).toMatch(/from +庁内,elsewhere +organisation 緑市/);
  await admin("policy", "clear", "viewonly", "--yes", "--division", "総務部", ...midori, ...reason);
  const history = (await admin("policy", "history", "--division", "総務部", ...midori)).text.split("\n");
  expect(history[1]).toMatch(/^2 .*server +規程第5条 +hours=mon-fri:08:30-17:15$/);
  expect(history[2]).toMatch(/^1 .*hours=mon-fri:08:30-17:15 viewOnly=yes$/);
  const json = JSON.parse((await admin("--json", "policy", "show", "--person", "midori/tanaka")).text);
  expect(json).toMatchObject({ version: 0, inForce: { from: ["庁内", "elsewhere"] } });
  expect(await admin("policy", "set", "idleMinutes=99", ...reason)).toMatchObject({ code: 1 });
  expect(await admin("policy", "set", "idleMinutes=10")).toMatchObject({ code: 2 });
  expect(await admin("policy", "set", "wake=no", "--person", "nobody", ...reason)).toMatchObject({ code: 1 });
});
