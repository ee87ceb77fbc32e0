/**
 * Generated from the routers, the messages and the table: what is served stands in the table, and each of it is tried by
 * everybody. A route or message that is missing there, or that is not tried here, fails.
 */
import { randomUUID } from "node:crypto";
import type { Express } from "express";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ACTIONS, type Action, allows } from "../../signaling/auth/permissions.ts";
import { operatorAs, type Place, type Principal, ROOT, type Role, staffOf } from "../../signaling/auth/principal.ts";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";
import { AGENT_MESSAGES, ROUTES, VIEWER_MESSAGES } from "../../signaling/doors/routes/access.ts";
import { grantedTerminal } from "../../signaling/hub/handlers/granted-terminal.ts";
import { agentHandlers, viewerHandlers } from "../../signaling/hub/handlers/table.ts";
import { createLog } from "../../signaling/log.ts";
import { addDivision } from "../../signaling/organisations/divisions.ts";
import { giveDuty, principalOf } from "../../signaling/organisations/duties.ts";
import { addOrganisation } from "../../signaling/organisations/organisations.ts";
import { movePerson } from "../../signaling/organisations/people.ts";
import { placeOf } from "../../signaling/organisations/places.ts";
import { reachOf } from "../../signaling/organisations/reach.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
import { RequestError } from "../../signaling/protocol/errors.ts";
import {
  OrganisationCode,
  OrganisationId,
  RequestId,
  SessionId,
  Signature,
  type TerminalId,
} from "../../signaling/protocol/ids.ts";
import { AgentMessage, ViewerMessage } from "../../signaling/protocol/signal.ts";
import type { SignedIn } from "../../signaling/records.ts";
import type { Queries } from "../../signaling/store/queries.ts";
import type { DutyRole } from "../../signaling/store/rows/tables.ts";
import { COOKIE, cookieOf, type HttpServer, send, startHttpServer, trySignIn } from "../support/http-server.ts";
import { connectOffice, connectPage, liveSession, makeHub } from "../support/hub-stage.ts";
import { makePerson, makeStore, makeTerminal, type TestPerson, type TestStore } from "../support/store.ts";

const at = 1_800_000_000_000;
type Door = keyof typeof ROUTES;
const DOORS = Object.keys(ROUTES) as Door[];

/** `GET /api/me` … as the router has them. */
function routesOf(app: Express): string[] {
  const { stack } = app.router as unknown as {
    stack: { route?: { path: string; methods: Record<string, boolean> } }[];
  };
  return stack.flatMap(({ route }) =>
    route ? Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path}`) : [],
  );
}

/** A session of theirs that runs. */
async function openSession(q: Queries, { id, login, device }: TestPerson, terminal: TerminalId, session: SessionId) {
  const row = (await q.terminals.byId(terminal)) ?? never();
  await q.sessions.insert({
    ...{ id: session, organisationId: row.organisationId, terminalId: terminal, personId: id, login },
    ...{ personName: login, deviceKey: device.publicKey, signInId: null, requestedAt: at, liveAt: at },
    ...{ endedAt: null, reason: null, lock: null, lockAt: null },
  });
}

/** One of theirs, elsewhere. */
async function openSignIn(q: Queries, { id: personId, device }: TestPerson, id: string) {
  const { organisationId, id: deviceId } = (await q.devices.registered(personId, device.publicKey)) ?? never();
  const times = { createdAt: at, lastUsedAt: at, endsAt: at + 3_600_000, endedAt: null, reason: null };
  await q.signIns.insert({ id, organisationId, personId, deviceId, tokenHash: id, ...times });
}

/** Of overtime, that waits. */
async function openRequest(q: Queries, { id: personId }: TestPerson, id: RequestId) {
  const { organisationId } = (await q.people.byId(personId)) ?? never();
  const until = at + 3_600_000;
  await q.requests.insert({
    ...{ id, organisationId, personId, kind: "overtime", purpose: "決算", terminalId: null, since: at, until },
    ...{ expiresAt: until, needed: 1, answers: "[]", state: "waiting", askedAt: at, decidedAt: null },
  });
}

/** The types of a union of messages, by their schema. */
const typesOf = (schema: { options: readonly { shape: { type: { value: string } } }[] }): string[] =>
  schema.options.map(({ shape }) => shape.type.value);

let place: TestStore;
let server: HttpServer;
beforeEach(async () => {
  place = await makeStore({ now: () => at });
  server = await startHttpServer(place, { now: () => at });
});
afterEach(async () => {
  await server.close();
  await place.close();
});

test("each route that is served stands in the table, and nothing else does", () => {
  for (const door of DOORS) expect(routesOf(server.apps[door]).sort()).toEqual(Object.keys(ROUTES[door]).sort());
});

test("a route that is in no table is found", () => {
  server.apps.outside.get("/api/forgotten", (_request, response) => response.end());
  expect(Object.keys(ROUTES.outside)).not.toContain("GET /api/forgotten");
  expect(routesOf(server.apps.outside)).toContain("GET /api/forgotten");
});

test("each message of both sides stands in the table, and nothing else does", () => {
  expect(typesOf(ViewerMessage as never).sort()).toEqual(Object.keys(VIEWER_MESSAGES).sort());
  expect(typesOf(AgentMessage as never).sort()).toEqual(Object.keys(AGENT_MESSAGES).sort());
});

test("what a door asks for is an action of the table, for staff and nobody else", () => {
  const asked = [...Object.values(ROUTES.outside), ...Object.values(ROUTES.console), ...Object.values(VIEWER_MESSAGES)];
  const actions = asked.filter((one) => one !== "open" && one !== "duty");
  for (const action of actions) expect(ACTIONS).toContain(action);
  expect([
    ...Object.values(ROUTES.inside),
    ...Object.values(ROUTES.monitoring),
    ...Object.values(AGENT_MESSAGES),
  ]).toEqual(expect.not.arrayContaining(ACTIONS));
});

describe("routes of the page, on a real server", () => {
  const BODIES: Record<string, object> = {
    "POST /api/password": { newPassword: "veranda-7-summer" },
    "POST /api/sign-out": {},
  };
  /** Chosen by somebody else, so that it may be changed without the old one. */
  const FRESH = "POST /api/password";
  // what is for a duty is tried in requests.test.ts
  const OWN = Object.entries(ROUTES.outside).filter(([, access]) => access !== "open" && access !== "duty");
  const call = (route: string, cookie?: string) => {
    const [method = "", path = ""] = route.split(" ");
    const headers = { Origin: server.origin, ...(cookie === undefined ? {} : { Cookie: cookie }) };
    return send(server.outsidePort, method, path, { headers, ...(method === "POST" && { body: BODIES[route] }) });
  };
  let cookies: Record<"own" | "fresh" | "division" | "organisation", string>;
  beforeEach(async () => {
    await addOrganisation(place.desk, "緑市", { code: OrganisationCode.parse("midori") });
    await addDivision(place.desk, "税務課", { organisation: "midori" });
    const people = {
      own: await makePerson(place, { login: "own" }),
      fresh: await makePerson(place, { login: "own-too", mustChange: true }),
      division: await makePerson(place, { login: "division" }),
      organisation: await makePerson(place, { login: "own", organisation: "桜町" }),
    };
    await movePerson(place.desk, people.division.login, "税務課");
    const enter = async (person: TestPerson, organisation?: string) =>
      cookieOf(await trySignIn(server, { ...person, organisation, code: person.codeAt(at) }));
    const session = SessionId.parse(randomUUID());
    const terminal = await makeTerminal(place, { grantedTo: ["midori/own" as never] });
    const other = await makeTerminal(place, { name: "共用" });
    const signIn = randomUUID();
    const request = RequestId.parse(randomUUID());
    await place.store.write(async (q) => {
      await openSession(q, people.own, terminal, session);
      await openSignIn(q, people.own, signIn);
      await openRequest(q, people.own, request);
    });
    BODIES["POST /api/own/sign-in-end"] = { signIn };
    BODIES["POST /api/own/session-end"] = { session };
    BODIES["POST /api/requests"] = { kind: "grant", purpose: "決算", until: at + 3_600_000, terminal: other };
    BODIES["POST /api/requests/withdraw"] = { request };
    BODIES["POST /api/own/device-remove"] = { device: people.own.device.code };
    cookies = {
      own: await enter(people.own, "midori"),
      fresh: await enter(people.fresh, "midori"),
      division: await enter(people.division, "midori"),
      organisation: await enter(people.organisation, "org-2"),
    };
    expect(Object.values(cookies).every((cookie) => cookie.startsWith(`${COOKIE}=`))).toBe(true);
  });
  const who = async (cookie: string) => (await call("GET /api/me", cookie)).json as Record<string, unknown>;

  test.each(OWN)("%s is about who holds the cookie and nobody else (%s)", async (route) => {
    const others = await Promise.all([who(cookies.division), who(cookies.organisation)]);
    const answer = await call(route, route === FRESH ? cookies.fresh : cookies.own);
    expect(answer.status).toBeLessThan(300);
    if (route === "GET /api/me") expect(answer.json).toMatchObject({ login: "own", organisation: "緑市" });
    expect(await Promise.all([who(cookies.division), who(cookies.organisation)])).toEqual(others);
  });

  test.each(OWN)("%s gives nothing to who holds none", async (route) => {
    const answers = [await call(route), await call(route, `${COOKIE}=${"A".repeat(43)}`)];
    for (const { status, text } of answers) {
      if (status < 400) expect(["", JSON.stringify({ signedOut: true, asksOrganisation: true })]).toContain(text);
      expect(text).not.toMatch(/own|緑市|桜町/);
    }
  });
});

describe("messages of the page, on the real records", () => {
  let records: StoreRecords;
  let me: SignedIn;
  const pcs: Record<string, TerminalId> = {};
  beforeEach(async () => {
    await addOrganisation(place.desk, "緑市", { code: OrganisationCode.parse("midori") });
    records = new StoreRecords({
      store: place.store,
      log: createLog({ level: "silent" }),
      limits: DEFAULT_SIGN_IN_LIMITS,
      now: () => at,
    });
    const person = await makePerson(place, { login: "own" });
    await makePerson(place, { login: "other" });
    await makePerson(place, { login: "own", organisation: "桜町" });
    const cookie = cookieOf(await trySignIn(server, { ...person, organisation: "midori", code: person.codeAt(at) }));
    const holder = await server.signIns.byToken(cookie.split("=")[1] ?? "");
    if (!holder) throw new Error("not signed in");
    me = holder;
    pcs["own"] = await makeTerminal(place, { name: "own", grantedTo: ["midori/own" as never] });
    pcs["granted to somebody else"] = await makeTerminal(place, { name: "theirs", grantedTo: ["other" as never] });
    pcs["of another organisation"] = await makeTerminal(place, { organisation: "桜町" });
    // a grant across organisations, which no command makes
    await place.store.write(async (q) => {
      const elsewhere = await q.terminals.byId(pcs["of another organisation"] as TerminalId);
      if (!elsewhere) throw new Error("not there");
      const { organisationId, id: terminalId } = elsewhere;
      await q.terminals.putGrant({ organisationId, personId: me.person, terminalId, createdAt: at, until: null });
    });
  });
  afterEach(() => records.close());

  const ACTS = ["session.open", "terminal.wake"] as const;
  test.each(ACTS)("%s is for a PC of one's own organisation that is granted", async (action) => {
    const asked = (id: TerminalId | undefined) =>
      grantedTerminal({ records, now: () => at }, { signedIn: me } as never, id as TerminalId, action).then(
        ({ name }) => name,
        ({ code }: { code: string }) => code,
      );
    expect(await asked(pcs["own"])).toBe("own");
    expect(await asked(pcs["granted to somebody else"])).toBe("TERMINAL_UNKNOWN");
    expect(await asked(pcs["of another organisation"])).toBe("TERMINAL_UNKNOWN");
  });
});

describe("messages about somebody else's session, to a real hub", () => {
  const ROLES: readonly Role[] = ["staff", "operator", "prefecture", "administrator", "manager", "auditor"];
  const HEAD = { chain: OrganisationId.parse(randomUUID()), number: 1, hash: "0".repeat(64) };
  const SDP = { sdp: "v=0", signature: Signature.parse("A".repeat(86)) };

  async function stage() {
    const { desk, store } = place;
    const code = (text: string) => OrganisationCode.parse(text);
    await addOrganisation(desk, "国", { code: code("kuni"), kind: "operator" });
    await addOrganisation(desk, "県", { code: code("ken"), kind: "prefecture", parent: "kuni" });
    for (const [name, own] of [
      ["緑市", "midori"],
      ["桜町", "sakura"],
    ] as const)
      await addOrganisation(desk, name, { code: code(own), parent: "ken" });
    await addDivision(desk, "税務課", { organisation: "midori" });
    const mine = await makePerson(place, { login: "mine" });
    const people = {
      "other division": await makePerson(place, { login: "division" }),
      "other organisation": await makePerson(place, { login: "far", organisation: "桜町" }),
    };
    await movePerson(desk, people["other division"].login, "税務課");
    const pc = await makeTerminal(place, { grantedTo: [mine.login] });
    const otherPcs = [await makeTerminal(place, { name: "B" }), await makeTerminal(place, { organisation: "桜町" })];
    const records = new StoreRecords({
      store,
      log: createLog({ level: "silent" }),
      limits: DEFAULT_SIGN_IN_LIMITS,
      now: () => at,
    });
    const enter = async (person: TestPerson, organisation: string): Promise<SignedIn> => {
      const cookie = cookieOf(await trySignIn(server, { ...person, organisation, code: person.codeAt(at) }));
      return (await server.signIns.byToken(cookie.split("=")[1] ?? "")) ?? never();
    };
    const hub = makeHub({ records, now: () => at });
    const terminal = async (id: TerminalId) => (await records.terminal(id)) ?? never();
    const live = await liveSession(hub, await enter(mine, "midori"), await terminal(pc));
    const others = {
      "other division": connectPage(hub, await enter(people["other division"], "midori")).viewer,
      "other organisation": connectPage(hub, await enter(people["other organisation"], "sakura")).viewer,
    };
    const otherAgents = await Promise.all(otherPcs.map(async (id) => connectOffice(hub, await terminal(id)).agent));
    const close = async () => {
      await hub.close();
      await records.close();
    };
    // somebody's PC is to forget this device, and no other PC has a say in it
    const whose = { organisationId: live.viewer.signedIn.organisation.id, terminalId: pc, personId: mine.id };
    await store.write((q) => q.forgets.order({ ...whose, code: mine.device.code, orderedAt: at }));
    return { hub, live, pc, mine: mine.device.code, others, otherAgents, close };
  }
  type Stage = Awaited<ReturnType<typeof stage>>;

  const viewerMessages = ({ live: { session }, pc }: Stage): { [T in keyof typeof VIEWER_MESSAGES]: object } => ({
    "session-request": { terminal: pc, takeOver: true, resume: session, codecs: ["av1-444"] },
    answer: { session, attempt: 1, ...SDP },
    candidate: {
      session,
      attempt: 1,
      candidate: { candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ relay", sdpMid: "0" },
    },
    "session-end": { session, reason: "viewer-left" },
    wake: { terminal: pc },
    "wake-cancel": { terminal: pc },
    ping: {},
  });
  const agentMessages = ({ live: { session }, mine }: Stage): { [T in keyof typeof AGENT_MESSAGES]: object } => ({
    authenticate: {},
    sessions: { running: [] },
    offer: { session, attempt: 1, ...SDP },
    "session-live": { session, attempt: 1 },
    "session-active": { session },
    "session-interrupted": { session, attempt: 1 },
    "session-end": { session, reason: "agent-stopped" },
    interfaces: { interfaces: [], wakesOthers: false },
    "wake-sent": { mac: "00:11:22:33:44:55" },
    "wake-refused": { mac: "00:11:22:33:44:55", reason: "not-here" },
    protection: { session, event: "locked", at, reason: "ended" },
    "lock-kept": { lock: "K7QM-2Z9P" },
    "devices-forgotten": { devices: [{ code: mine, login: "mine", known: true }] },
    "policies-kept": { ids: [] },
    "session-receipt": { text: "{}", signature: SDP.signature },
    "audit-witness": { heads: [] },
    "audit-cosigned": { head: { ...HEAD, at, signature: SDP.signature } },
    "audit-contradiction": { head: { number: 1, hash: HEAD.hash }, kept: { ...HEAD, at, signature: SDP.signature } },
  });
  /** What the two ends of the session were told, and how it stands. */
  const stateOf = ({ hub, live }: Stage) => ({
    office: live.office.sent.length,
    page: live.connection.all("session-end").length + live.connection.all("offer").length,
    state: hub.sessions.get(live.session)?.state.kind,
  });

  test("no message of another person does anything, whatever duty they have", async () => {
    const on = await stage();
    const before = stateOf(on);
    expect(before.state).toBe("live");
    for (const role of ROLES) {
      for (const [relation, viewer] of Object.entries(on.others)) {
        const organisation = { operator: "kuni", prefecture: "ken" }[role as "operator"] ?? "midori";
        const { login } = viewer.signedIn;
        if (role !== "staff") await giveDuty(place.desk, login, role, { organisation });
        for (const [type, message] of Object.entries(viewerMessages(on))) {
          if (type === "ping") continue; // about nothing, and answered before any handler
          const handler = viewerHandlers[type as "wake"] as (...args: unknown[]) => Promise<void>;
          const code = await handler(on.hub, viewer, { type, ...message }).then(
            () => "nothing",
            (error: unknown) => (error instanceof RequestError ? error.code : String(error)),
          );
          expect(["nothing", "TERMINAL_UNKNOWN", "SESSION_UNKNOWN"], `${role} ${relation} ${type}`).toContain(code);
          expect(stateOf(on), `${role} ${relation} ${type}`).toEqual(before);
        }
      }
    }
    await on.close();
  });

  test("no message of another office PC does anything", async () => {
    const on = await stage();
    const before = stateOf(on);
    for (const agent of on.otherAgents)
      for (const [type, message] of Object.entries(agentMessages(on))) {
        if (type === "authenticate") continue; // before it there is no agent, and after it the door refuses it
        const handler = agentHandlers[type as "sessions"] as (...args: unknown[]) => Promise<void>;
        const code = await handler(on.hub, agent, { type, ...message }).then(
          () => "nothing",
          (error: unknown) => (error instanceof RequestError ? error.code : String(error)),
        );
        expect(["nothing", "SESSION_UNKNOWN", "BAD_REQUEST"], type).toContain(code);
        expect(stateOf(on), type).toEqual(before);
      }
    expect((await place.store.read((q) => q.forgets.owed({ terminals: [on.pc] }, 10))).map(({ code }) => code)).toEqual(
      [on.mine],
    );
    await on.close();
  });

  test("the same by its own person ends it", async () => {
    const on = await stage();
    const { viewer, session } = on.live;
    await viewerHandlers["session-end"](on.hub, viewer, { type: "session-end", session, reason: "viewer-left" });
    expect(on.hub.sessions.get(session)).toBeUndefined();
    await on.close();
  });
});

describe("every action × every role × every relation", () => {
  const ROLES: readonly Role[] = ["operator", "prefecture", "administrator", "manager", "auditor", "staff"];
  /** What each role may do, written out once more: a change of the table is a change here. */
  const EXPECTED: Record<Role, RegExp> = {
    operator: /^(?!sign-in|password\.change|device\.give-up|session\.open|session\.signal|terminal\.wake|request\.ask)/,
    prefecture:
      /^(?!sign-in|password\.change|device\.give-up|session\.open|session\.signal|terminal\.wake|audit\.(verify|seal)|store\.copy|request\.ask|application\.decide|event\.(declare|end))/,
    administrator:
      /^(?!sign-in|password\.change|device\.give-up|session\.open|session\.signal|terminal\.wake|audit\.(verify|seal)|store\.copy|request\.ask|organisation\.(add|set-code)|lock\.organisation|application|event\.(declare|end))/,
    manager:
      /^((organisation|division|people|device|terminal|grant|session|lock|policy|duty|confirmation|allotment|event|request|labour)\.read|(otp|device)\.confirm|request\.decide)$/,
    auditor:
      /^((organisation|division|people|device|terminal|grant|session|lock|policy|duty|confirmation|allotment|event|audit|request|labour|document)\.read|audit\.export)$/,
    staff:
      /^(sign-in\.(read|end)|password\.change|device\.give-up|session\.(open|signal|end)|terminal\.wake|request\.ask)$/,
  };
  const RELATIONS = ["own", "other division", "other organisation", "the server"] as const;
  /** Where the duty of each role reaches, besides what is its own. */
  const REACHES: Record<Role, readonly (typeof RELATIONS)[number][]> = {
    operator: RELATIONS,
    prefecture: ["own", "other division"],
    administrator: ["own"],
    manager: ["own"],
    auditor: ["own"],
    staff: ["own"],
  };

  async function ground() {
    const { desk, store } = place;
    const code = (text: string) => OrganisationCode.parse(text);
    await addOrganisation(desk, "国", { code: code("kuni"), kind: "operator" });
    await addOrganisation(desk, "県", { code: code("ken"), kind: "prefecture", parent: "kuni" });
    await addOrganisation(desk, "緑市", { code: code("midori"), parent: "ken" });
    await addOrganisation(desk, "桜町", { code: code("sakura"), parent: "kuni" });
    await addDivision(desk, "総務部", { organisation: "midori" });
    await addDivision(desk, "税務課", { organisation: "midori" });
    const person = await makePerson(place, { login: "tanaka" });
    await movePerson(desk, person.login, "総務部");
    const other = await makePerson(place, { login: "suzuki" });
    await movePerson(desk, other.login, "税務課");
    const far = await makePerson(place, { login: "tanaka", organisation: "桜町" });
    const placeAt = (id: TestPerson["id"]): Promise<Place> =>
      store.read(async (q) => placeOf(q, (await q.people.byId(id)) ?? never()));
    const targets = {
      own: { ...(await placeAt(person.id)), person: person.id },
      "other division": { ...(await placeAt(other.id)), person: other.id },
      "other organisation": { ...(await placeAt(far.id)), person: far.id },
      "the server": ROOT,
    };
    const where: Record<DutyRole, object> = {
      operator: { organisation: "kuni" },
      prefecture: { organisation: "ken" },
      administrator: { organisation: "midori", division: "総務部" },
      manager: { organisation: "midori", division: "総務部" },
      auditor: { organisation: "midori", division: "総務部" },
    };
    const withDuty = async (role: Role): Promise<Principal> => {
      const self = await store.read((q) => principalOf(q, person.id));
      if (!self) throw new Error("nobody");
      if (role === "staff") return { ...self, duties: [] };
      await giveDuty(desk, "midori/tanaka" as never, role, where[role]);
      const duties = (await store.read((q) => principalOf(q, person.id)))?.duties ?? [];
      return { ...self, person: undefined, duties: duties.filter((duty) => duty.role === role) };
    };
    return { targets, withDuty };
  }

  test("is as the table says, and nothing more", async () => {
    const { targets, withDuty } = await ground();
    const wrong: string[] = [];
    let tried = 0;
    for (const role of ROLES) {
      const principal = await withDuty(role);
      for (const relation of RELATIONS)
        for (const action of ACTIONS) {
          const expected = REACHES[role].includes(relation) && EXPECTED[role].test(action);
          if (allows(principal, action, targets[relation]) !== expected) wrong.push(`${role} ${action} ${relation}`);
          tried += 1;
        }
    }
    expect(wrong).toEqual([]);
    expect(tried).toBe(ROLES.length * RELATIONS.length * ACTIONS.length);
  });

  test("a list reaches as far as the table does", async () => {
    const { targets, withDuty } = await ground();
    const wrong: string[] = [];
    for (const role of ROLES) {
      const principal = await withDuty(role);
      for (const action of ACTIONS) {
        const reach = await place.store.read((q) => reachOf(q, principal, action));
        for (const relation of RELATIONS) {
          const { organisations, divisions } = targets[relation];
          const isIn =
            reach === "everywhere" ||
            reach.organisations.some((id) => id === organisations[0]) ||
            reach.divisions.some((id) => id === divisions[0]);
          if (isIn !== allows(principal, action, { organisations, divisions }))
            wrong.push(`${role} ${action} ${relation}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test("at a page everybody is staff, whatever their duties are", async () => {
    const { targets } = await ground();
    const { organisations, person } = targets.own;
    const [organisation] = organisations;
    if (!organisation || !person) throw new Error("nobody");
    const signedIn = { login: "tanaka", person, organisation: { id: organisation, name: "緑市" } } as SignedIn;
    const may = (action: Action, relation: (typeof RELATIONS)[number]) =>
      allows(staffOf(signedIn), action, targets[relation]);
    for (const relation of RELATIONS)
      expect(ACTIONS.filter((action) => may(action, relation))).toEqual(
        relation === "own" ? ACTIONS.filter((action) => EXPECTED.staff.test(action)) : [],
      );
    expect(allows(operatorAs("administrator:root"), "session.open", targets.own)).toBe(false);
  });
});

function never(): never {
  throw new Error("not there");
}
