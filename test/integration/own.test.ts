/** A person's own page: what it says of their sign-ins, and what they end there. */
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { setPolicy } from "../../signaling/organisations/policies.ts";
import { Me } from "../../signaling/protocol/api.ts";
import { SessionId } from "../../signaling/protocol/ids.ts";
import { Own } from "../../signaling/protocol/own.ts";
import { EVERYTHING } from "../../signaling/store/queries/lists.ts";
import {
  type Answer,
  COOKIE,
  cookieOf,
  type HttpServer,
  send,
  startHttpServer,
  trySignIn,
} from "../support/http-server.ts";
import {
  makeDevice,
  makePerson,
  makeStore,
  makeTerminal,
  registerDevice,
  type TestDevice,
  type TestPerson,
  type TestStore,
} from "../support/store.ts";

const STEP_MS = 30_000;
const EDGE =
  "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0";

let at: number;
let place: TestStore;
let server: HttpServer;
let sato: TestPerson;
beforeEach(async () => {
  at = 1_800_000_000_000;
  place = await makeStore({ now: () => at });
  server = await startHttpServer(place, { now: () => at });
  sato = await makePerson(place, { login: "sato" });
});
afterEach(async () => {
  await server.close();
  await place.close();
});

/** With a code of its own; later by one step. */
async function enter(person: TestPerson, device: TestDevice = person.device, agent?: string): Promise<string> {
  at += STEP_MS;
  const answer = await trySignIn(server, { ...person, device, code: person.codeAt(at), agent });
  expect(answer.status).toBe(200);
  return cookieOf(answer);
}

async function fail(person: TestPerson, device: TestDevice): Promise<void> {
  at += STEP_MS;
  const { status } = await trySignIn(server, { ...person, device, password: "not this one", code: "000000" });
  expect(status).toBe(401);
}

const ask = (cookie: string, path = "", body?: object): Promise<Answer> =>
  send(server.outsidePort, body ? "POST" : "GET", `/api/own${path}`, {
    headers: { Origin: server.origin, Cookie: cookie },
    ...(body && { body }),
  });
const look = async (cookie: string) => Own.parse((await ask(cookie)).json);
const me = async (cookie: string) =>
  Me.parse((await send(server.outsidePort, "GET", "/api/me", { headers: { Cookie: cookie } })).json);
const events = async () =>
  (await place.store.read((q) => q.audit.page(EVERYTHING, { limit: 20 }))).map(({ event, actor, about }) => ({
    ...{ event, actor },
    about: JSON.parse(about) as Record<string, unknown>,
  }));

async function openSession(person: TestPerson, signInId: string | null): Promise<SessionId> {
  const id = SessionId.parse(randomUUID());
  const terminal = await makeTerminal(place, { name: "総務 1", grantedTo: [person.login] });
  await place.store.write(async (q) => {
    const row = await q.terminals.byId(terminal);
    if (!row) throw new Error("not there");
    const { organisationId } = row;
    await q.sessions.insert({
      ...{ id, organisationId, terminalId: terminal, personId: person.id, login: person.login },
      ...{ personName: person.login, deviceKey: person.device.publicKey, signInId, requestedAt: at, liveAt: at },
      ...{ endedAt: null, reason: null, lock: null, lockAt: null },
    });
  });
  return id;
}

describe("what it says", () => {
  test("when, where from and by which browser I signed in, and which sign-in is this one", async () => {
    const first = await enter(sato);
    const firstAt = at;
    const second = await enter(sato, sato.device, EDGE);
    const { signIns, devices } = await look(second);
    const common = { device: sato.device.code, from: "127.0.0.1", browser: "Edge, Windows" };
    expect(signIns).toMatchObject([
      { state: "here", at, ...common },
      { state: "elsewhere", at: firstAt, ...common },
    ]);
    expect(devices).toMatchObject([
      { code: sato.device.code, state: "here", browser: "Edge, Windows", lastUsedAt: at },
    ]);
    expect((await me(first)).before).toEqual({ refusals: 0, elsewhere: false });
    expect((await me(second)).before).toEqual({ at: firstAt, refusals: 0, elsewhere: false });
  });

  test("how often I was refused since my last sign-in, and not before it", async () => {
    await fail(sato, sato.device);
    await enter(sato);
    expect((await look(await enter(sato))).refused).toEqual({ count: 0 });
    await fail(sato, sato.device);
    await fail(sato, await makeDevice());
    const refusedAt = at;
    const cookie = await enter(sato);
    expect((await look(cookie)).refused).toEqual({ count: 2, at: refusedAt, from: "127.0.0.1" });
    expect((await me(cookie)).before).toMatchObject({ refusals: 2, elsewhere: false });
    // while I am signed in too
    await fail(sato, await makeDevice());
    expect((await look(cookie)).refused).toEqual({ count: 3, at, from: "127.0.0.1" });
    expect((await look(await enter(sato))).refused.count).toBe(1);
  });

  test("a refusal from another place than mine is said to be that", async () => {
    await enter(sato);
    await place.store.write((q) => q.people.countRefusal(sato.id, { at, from: "203.0.113.9" }));
    const cookie = await enter(sato);
    expect((await me(cookie)).before).toMatchObject({ refusals: 1, elsewhere: true });
    expect((await look(cookie)).refused).toMatchObject({ count: 1, from: "203.0.113.9" });
  });

  test("a browser that waits with my password and code is named", async () => {
    const cookie = await enter(sato);
    const other = await makeDevice();
    at += STEP_MS;
    await trySignIn(server, { ...sato, device: other, code: sato.codeAt(at) });
    const { devices } = await look(cookie);
    expect(devices.map(({ code, state }) => [code, state])).toEqual([
      [sato.device.code, "here"],
      [other.code, "waiting"],
    ]);
  });

  test("a sign-in that ran out unused is over", async () => {
    await enter(sato);
    at += server.signIns.limits.idleMs;
    const cookie = await enter(sato);
    expect((await look(cookie)).signIns.map(({ state }) => state)).toEqual(["here", "over"]);
  });

  test("this sign-in is there, however many came and went since", async () => {
    const cookie = await enter(sato);
    for (let i = 0; i < 20; i += 1) {
      at += 60_000;
      const answer = await trySignIn(server, { ...sato, code: sato.codeAt(at) });
      await server.signIns.signOut(cookieOf(answer).split("=")[1] ?? "");
    }
    expect((await look(cookie)).signIns.filter(({ state }) => state === "here")).toHaveLength(1);
  });

  test("the rules have the figures this server is set to", async () => {
    const { rules } = await look(await enter(sato));
    const counts = Object.fromEntries(rules.map(({ rule, count }) => [rule, count]));
    expect(counts).toMatchObject({ "sign-in-idle": 30, "sign-in-hours": 12, "sessions-at-once": 3 });
    expect(Object.keys(counts)).toContain("no-copying");
    expect(rules.every(({ from }) => from === undefined)).toBe(true);
    expect(Object.keys(counts)).not.toContain("hours");
  });

  test("the rules are those that policy has for me, with who decided them; the server's own where it is stricter", async () => {
    const mine = await place.store.read((q) => q.people.byId(sato.id));
    const organisation = { level: "organisation", id: String(mine?.organisationId) } as const;
    const because = "規程";
    const places = [{ name: "庁内", networks: ["127.0.0.0/8"] }];
    await setPolicy(place.desk, {
      ...{ place: organisation, basedOn: 0, because },
      rules: {
        ...{ places, from: ["庁内", "elsewhere"], idleMinutes: 10, viewOnly: false, signInHours: 24 },
        calendar: {
          holidays: true,
          days: [
            { name: "年末年始", on: "12-29", to: "01-03", hours: null },
            { name: "臨時開庁", on: "2026-11-03", hours: { from: 540, to: 720 } },
          ],
        },
        endNotices: { firstMin: 90, everyMin: 30, lastMin: 10, graceMin: 30 },
        shutDown: "after-hours",
      },
    });
    await setPolicy(place.desk, {
      ...{ place: { level: "person", id: sato.id }, basedOn: 0, because },
      rules: { viewOnly: true, wake: false, lockOn: "end" },
    });
    const { rules } = await look(await enter(sato));
    const by = new Map(rules.map((rule) => [rule.rule, rule]));
    const town = { level: "organisation", name: "緑市" };
    const own = { level: "person", name: "sato さん" };
    expect(by.get("places")).toEqual({ rule: "places", value: ["庁内", "elsewhere"], from: town });
    expect(by.get("office-idle")).toEqual({ rule: "office-idle", count: 10, from: town });
    expect(by.get("view-only")).toEqual({ rule: "view-only", value: true, from: own });
    expect(by.get("days-off")).toEqual({ rule: "days-off", value: ["holidays", "12-29～01-03 年末年始"], from: town });
    expect(by.get("hours-grace")).toEqual({ rule: "hours-grace", count: 30, from: town });
    expect(by.get("office-power")).toEqual({ rule: "office-power", value: "after-hours", from: town });
    expect(by.get("wake")).toEqual({ rule: "wake", value: false, from: own });
    expect(by.get("office-lock")).toEqual({ rule: "office-lock", value: "end", from: own });
    expect(by.get("office-cover")).toEqual({ rule: "office-cover" });
    expect(by.get("sign-in-hours")).toEqual({ rule: "sign-in-hours", count: 12 });
    await setPolicy(place.desk, {
      place: { level: "server", id: "server" },
      rules: { signInHours: 4 },
      basedOn: 0,
      because,
    });
    await setPolicy(place.desk, { place: organisation, rules: {}, basedOn: 1, because });
    const { rules: later } = await look(await enter(sato));
    const hours = later.find(({ rule }) => rule === "sign-in-hours");
    expect(hours).toEqual({ rule: "sign-in-hours", count: 4, from: { level: "server", name: "" } });
    expect(later.map(({ rule }) => rule)).not.toContain("places");
  });
});

describe("what I end there", () => {
  test("a sign-in elsewhere is over at once, is recorded, and this one goes on", async () => {
    const there = await enter(sato);
    const here = await enter(sato);
    const signIn = (await look(here)).signIns.find(({ state }) => state === "elsewhere")?.id;
    const answer = await ask(here, "/sign-in-end", { signIn });
    expect([answer.status, Own.parse(answer.json).signIns.map(({ state }) => state)]).toEqual([200, ["here", "over"]]);
    expect((await ask(there)).status).toBe(401);
    expect((await events())[0]).toMatchObject({
      ...{ event: "sign-in.ended", actor: "person:sato", about: { signIn, reason: "signed-out" } },
    });
    expect(server.events).toContainEqual({
      ...{ type: "records-changed", changes: [{ kind: "sign-in", subject: signIn }] },
    });
    expect((await ask(here, "/sign-in-end", { signIn })).status).toBe(404);
  });

  test("a session ends by my own wish", async () => {
    const cookie = await enter(sato);
    const session = await openSession(sato, null);
    expect((await look(cookie)).sessions).toMatchObject([
      { id: session, where: "elsewhere", terminal: { name: "総務 1" } },
    ]);
    const answer = await ask(cookie, "/session-end", { session });
    expect(Own.parse(answer.json).sessions).toEqual([]);
    expect(await place.store.read((q) => q.sessions.byId(session))).toMatchObject({
      reason: "viewer-left",
      endedAt: at,
    });
    expect((await events()).slice(0, 2).map(({ event, actor }) => [event, actor])).toEqual([
      ["session.end-ordered", "person:sato"],
      ["session.ended", "server"],
    ]);
    expect((await ask(cookie, "/session-end", { session })).status).toBe(404);
  });

  test("a browser I give up lets nobody in, and what was signed in with it is over", async () => {
    const other = await makeDevice();
    await registerDevice(place, { person: sato.id, organisation: "緑市" }, other);
    const there = await enter(sato, other);
    const here = await enter(sato);
    const answer = await ask(here, "/device-remove", { device: other.code });
    expect(Own.parse(answer.json).devices.map(({ code }) => code)).toEqual([sato.device.code]);
    expect((await ask(there)).status).toBe(401);
    expect((await events())[0]).toMatchObject({
      ...{ event: "device.removed", actor: "person:sato", about: { code: other.code, login: "sato" } },
    });
    at += STEP_MS;
    expect((await trySignIn(server, { ...sato, device: other, code: sato.codeAt(at) })).status).toBe(401);
  });

  test("the browser I sit at can be given up too", async () => {
    const cookie = await enter(sato);
    expect((await ask(cookie, "/device-remove", { device: sato.device.code })).status).toBe(200);
    expect((await ask(cookie)).status).toBe(401);
  });
});

describe("what is not mine is not there", () => {
  test("neither in what is said nor for being ended", async () => {
    const suzuki = await makePerson(place, { login: "suzuki" });
    const theirs = await enter(suzuki);
    const session = await openSession(suzuki, null);
    const [signIn] = (await look(theirs)).signIns;
    const cookie = await enter(sato);
    for (const [path, body] of [
      ["/sign-in-end", { signIn: signIn?.id }],
      ["/session-end", { session }],
      ["/device-remove", { device: suzuki.device.code }],
    ] as const)
      expect((await ask(cookie, path, body)).status, path).toBe(404);
    const own = JSON.stringify(await look(cookie));
    expect(own).not.toContain(signIn?.id);
    expect(own).not.toContain(session);
    expect(own).not.toContain(suzuki.device.code);
    expect((await look(theirs)).sessions).toHaveLength(1);
  });

  test("nobody is told anything before they have chosen a password of their own, or without a cookie", async () => {
    const fresh = await makePerson(place, { login: "fresh", mustChange: true });
    const answer = await ask(await enter(fresh));
    expect([answer.status, answer.json]).toEqual([403, expect.objectContaining({ code: "PASSWORD_CHANGE_REQUIRED" })]);
    expect((await ask(`${COOKIE}=${"A".repeat(43)}`)).status).toBe(401);
  });

  test("who asks without a pause is put off", async () => {
    const cookie = await enter(sato);
    const statuses = new Set<number>();
    for (let i = 0; i < 125; i += 1) statuses.add((await ask(cookie)).status);
    expect([...statuses]).toEqual([200, 429]);
  });
});
