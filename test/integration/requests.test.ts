/** What people ask of their managers, on a real server: asked for, answered, in force, over; and the labour log of it. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";
import { Housekeeping } from "../../signaling/housekeeping.ts";
import { agentHandlers } from "../../signaling/hub/handlers/table.ts";
import { createLog } from "../../signaling/log.ts";
import { addDivision } from "../../signaling/organisations/divisions.ts";
import { addGrant, removeGrant } from "../../signaling/organisations/grants.ts";
import { leave } from "../../signaling/organisations/life-cycle.ts";
import { setOrganisationCode } from "../../signaling/organisations/organisations.ts";
import { movePerson } from "../../signaling/organisations/people.ts";
import { setPolicy } from "../../signaling/organisations/policies.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
import { lapseRequests } from "../../signaling/organisations/requests.ts";
import { retention } from "../../signaling/organisations/retention.ts";
import { disableTerminal, moveTerminal } from "../../signaling/organisations/terminals.ts";
import type { Login, TerminalId } from "../../signaling/protocol/ids.ts";
import { Labour } from "../../signaling/protocol/labour.ts";
import type { PolicyRules, WeekHours } from "../../signaling/protocol/policy.ts";
import { Approvals, OwnRequests } from "../../signaling/protocol/requests.ts";
import type { SignedIn, Terminal } from "../../signaling/records.ts";
import { EVERYTHING } from "../../signaling/store/queries/lists.ts";
import { type Country, enterWith, makeCountry } from "../support/console.ts";
import { askConsole, cookieOf, type HttpServer, send, startHttpServer, trySignIn } from "../support/http-server.ts";
import { liveSession, makeHub } from "../support/hub-stage.ts";
import { signIn } from "../support/server-life.ts";
import { makeStore, makeTerminal, type TestPerson, type TestStore } from "../support/store.ts";

const log = createLog({ level: "silent" });
/** A whole evening passes in some tests. */
const limits = { ...DEFAULT_SIGN_IN_LIMITS, idleMs: 12 * 3_600_000 };
const OFFICE = { from: 8 * 60 + 30, to: 17 * 60 + 15 };
const hours: WeekHours = [...Array(5).fill(OFFICE), null, null];
const SATO = "midori/sato" as Login;
/** Monday. */
const on = (hour: number, minute = 0, day = 30): number => new Date(2026, 10, day, hour, minute).getTime();

let clock: number;
let place: TestStore;
let server: HttpServer;
let country: Country;
let sato: string;
let version: number;
beforeEach(async () => {
  clock = on(16);
  version = 0;
  place = await makeStore({ now: () => clock });
  server = await startHttpServer(place, { now: () => clock, limits });
  country = await makeCountry(place);
  await set({ hours });
  sato = await enterPage(country.own.person);
});
afterEach(async () => {
  await server.close();
  await place.close();
});

async function set(rules: PolicyRules): Promise<void> {
  const at = { level: "organisation", id: country.organisations.midori } as const;
  await setPolicy(place.desk, { place: at, rules, basedOn: version, because: "規程" });
  version += 1;
}

async function enterPage(person: TestPerson): Promise<string> {
  return cookieOf(await trySignIn(server, { ...person, organisation: "midori", code: person.codeAt(clock) }));
}

/** On the page of staff. */
function ask(cookie: string, path: string, body?: object) {
  const headers = { Origin: server.origin, Cookie: cookie };
  return send(server.outsidePort, body ? "POST" : "GET", `/api${path}`, { headers, ...(body && { body }) });
}
const own = async (cookie = sato) => OwnRequests.parse((await ask(cookie, "/requests")).json);
const overtime = (until = on(20), purpose = "決算の締め") => ({ kind: "overtime", purpose, until });
/** What came of it: the newest request; or why not. */
async function asked(body: object, cookie = sato) {
  clock += 1_000;
  const { status, json } = await ask(cookie, "/requests", body);
  if (status !== 200) return (json as { refusal?: { why: string } }).refusal?.why;
  return OwnRequests.parse(json).requests[0];
}
const approvals = async (cookie: string) =>
  Approvals.parse((await askConsole(server, cookie, "GET", "/console/approvals")).json);
async function answer(cookie: string, yes: boolean, word?: string) {
  const [first] = (await approvals(cookie)).waiting;
  const body = { request: first?.id, yes, ...(word !== undefined && { word }) };
  const { status, json } = await askConsole(server, cookie, "POST", "/console/approvals", body);
  return status === 200 ? Approvals.parse(json) : (json as { code: string; refusal?: { why: string } });
}
const toAnswer = async (cookie: string) => {
  const { json } = await askConsole(server, cookie, "GET", "/console/today");
  return (json as { figures: { kind: string; count: number }[] }).figures.find(
    ({ kind }) => kind === "requests-waiting",
  )?.count;
};
const manager = async (where?: object) => (await enterWith(server, place, "manager", where)).cookie;
const records = () => new StoreRecords({ store: place.store, limits, log, now: () => clock });
const events = async (kind: string) =>
  (await place.store.read((q) => q.audit.page(EVERYTHING, { limit: 30 })))
    .filter(({ event }) => event.startsWith(kind))
    .map(({ event, actor, about }) => ({ event, actor, about: JSON.parse(about) as Record<string, unknown> }));

/** A session of Sato's on the office PC of the same division, on a hub that hears what is changed. `close`: what it wrote is there then. */
async function live() {
  const { person, terminal } = country.own;
  await addGrant(place.desk, SATO, terminal, null);
  const kept = records();
  const hub = makeHub({ records: kept, now: () => clock });
  await hub.start();
  const unsubscribe = server.bus.subscribe((event) => {
    if (event.type === "records-changed") void hub.recheck(event.changes);
  });
  const session = await liveSession(hub, await signedInAs(person), await pcOf(terminal));
  const close = async () => {
    await hub.close();
    await kept.close();
    unsubscribe();
  };
  return { hub, ...session, close };
}

describe("overtime", () => {
  test("is asked for, seen by the managers above, and not by those of another division", async () => {
    expect(await own()).toEqual({
      ...{ at: clock, requests: [], overtime: { from: on(17, 15), latest: on(22) } },
      ...{ grant: { latest: clock + 31 * 24 * 3_600_000 }, overtimeMs: 0 },
    });
    const request = await asked(overtime());
    expect(request).toMatchObject({ state: "waiting", since: on(17, 15), until: on(20), needed: 1, answers: [] });
    const { waiting } = await approvals(await manager());
    expect(waiting).toMatchObject([
      {
        ...{ kind: "overtime", purpose: "決算の締め", state: "waiting", division: "総務部", overtimeMs: 0 },
        ...{ person: { login: "sato" }, mayAnswer: true, expiresAt: on(20) },
      },
    ]);
    const figures = async (cookie: string) =>
      ((await askConsole(server, cookie, "GET", "/console/today")).json as { figures: object[] }).figures;
    const figure = { kind: "requests-waiting", list: "approvals" };
    expect(await figures(await manager())).toContainEqual({ ...figure, count: 1 });
    const other = await manager({ organisation: "midori", division: "税務課" });
    expect(await figures(other)).toContainEqual({ ...figure, count: 0 });
    expect((await approvals(other)).waiting).toEqual([]);
    const stranger = { request: waiting[0]?.id, yes: true };
    const refused = await askConsole(server, other, "POST", "/console/approvals", stranger);
    expect(refused.json).toMatchObject({ code: "ACT_REFUSED", refusal: { why: "request-unknown" } });
  });

  test("once approved moves the end of today's hours, and of no other day", async () => {
    await asked(overtime());
    const { decided } = (await answer(await manager(), true, "無理せずに")) as Approvals;
    expect(decided).toMatchObject([{ state: "approved", mayAnswer: false, answers: [{ word: "無理せずに" }] }]);
    const policyFor = () => records().policyFor({ person: country.own.person.id, since: clock, from: undefined });
    expect((await policyFor()).end).toEqual({ at: on(20), by: "hours" });
    clock = on(19, 59);
    expect(await policyFor()).toMatchObject({ refusal: undefined, end: { at: on(20) } });
    clock = on(20);
    expect((await policyFor()).refusal).toMatchObject({ kind: "hours" });
    clock = on(16, 0, 31);
    expect((await policyFor()).end?.at).toBe(on(17, 15, 31));
  });

  test("in a live session the end moves at once, and every line of its record says who asked, why, and who approved", async () => {
    const { hub, connection, office, session, close } = await live();
    expect(office.last("session-open").policy).toMatchObject({ endsInMs: on(17, 15) - clock, endsBy: "hours" });
    const request = await asked(overtime());
    await answer(await manager(), true);
    await hub.recheck([]);
    expect(office.last("session-policy").policy).toMatchObject({ endsInMs: on(20) - clock, endsBy: "hours" });
    expect(connection.last("requests-changed")).toEqual({ type: "requests-changed" });
    clock = on(20);
    await hub.recheck([{ kind: "person", subject: country.own.person.id }]);
    expect(connection.last("session-end")).toEqual({ type: "session-end", session, reason: "hours-over" });
    await close();
    const [ended] = await events("session.ended");
    expect(ended?.about).toEqual({
      ...{ session, terminal: country.own.terminal, login: "sato", reason: "hours-over", purpose: "決算の締め" },
      ...{ request: (request as { id: string }).id, approvedBy: expect.stringMatching(/^person:midori\/manager-/) },
    });
  });

  test("a session that begins on it says so from its first line on; one within hours says nothing of it", async () => {
    const terminal = country.own.terminal;
    await addGrant(place.desk, SATO, terminal, null);
    const kept = records();
    const hub = makeHub({ records: kept, now: () => clock });
    const signedIn = await signedInAs(country.own.person);
    await asked(overtime());
    await answer(await manager(), true);
    const first = await liveSession(hub, signedIn, await pcOf(terminal));
    hub.end(hub.sessionOn(terminal) ?? never(), "viewer-left");
    clock = on(18);
    const { session, agent } = await liveSession(hub, signedIn, await pcOf(terminal));
    await agentHandlers.protection(hub, agent, {
      ...{ type: "protection", session, event: "locked", at: clock, reason: "session-end" },
    });
    await hub.close();
    await kept.close(); // what it wrote is there
    const lines = [...(await events("session.")), ...(await events("terminal.locked"))];
    const whyOf = (id: string) =>
      lines.filter(({ about }) => about["session"] === id).map(({ event, about }) => [event, about["purpose"]]);
    expect(whyOf(session)).toEqual([
      ["session.live", "決算の締め"],
      ["session.requested", "決算の締め"],
      ["terminal.locked", "決算の締め"],
    ]);
    expect(whyOf(first.session).map(([, purpose]) => purpose)).toEqual([undefined, undefined, undefined]);
  });

  test("refused is refused: one word of one manager, which the person reads", async () => {
    await asked(overtime());
    await answer(await manager(), false, "明日にしてください");
    expect((await own()).requests).toMatchObject([
      {
        state: "refused",
        answers: [{ yes: false, word: "明日にしてください", name: expect.stringContaining("manager-") }],
      },
    ]);
    const answered = await records().policyFor({ person: country.own.person.id, since: clock, from: undefined });
    expect(answered.end?.at).toBe(on(17, 15));
  });

  test("needs two managers where policy says so: not the same one twice", async () => {
    await set({ hours, approvals: 2 });
    await asked(overtime());
    const [first, second] = [await manager(), await manager({ organisation: "midori" })];
    expect(await answer(first, true)).toMatchObject({ waiting: [{ state: "waiting", mayAnswer: false }] });
    expect(await answer(first, true)).toMatchObject({ refusal: { why: "request-twice" } });
    expect([await toAnswer(first), await toAnswer(second)]).toEqual([0, 1]);
    expect((await own()).requests).toMatchObject([{ state: "waiting", needed: 2, answers: [{ yes: true }] }]);
    expect(await answer(second, true)).toMatchObject({ waiting: [], decided: [{ state: "approved" }] });
    expect(await events("request.approved")).toMatchObject([
      { about: { approvals: "2/2" } },
      { about: { approvals: "1/2", purpose: "決算の締め" } },
    ]);
  });

  test("counts a manager once whatever the code of the organisation is, and asks for another one", async () => {
    await set({ hours, approvals: 2 });
    await asked(overtime());
    const cookie = await manager();
    await answer(cookie, true);
    await setOrganisationCode(place.desk, "midori", "midori-2" as never);
    expect((await approvals(cookie)).waiting).toMatchObject([{ mayAnswer: false }]);
    expect(await answer(cookie, true)).toMatchObject({ refusal: { why: "request-twice" } });
  });

  test("of who was stopped meanwhile is answered no more", async () => {
    const request = await asked(overtime());
    const cookie = await manager();
    await leave(place.desk, SATO);
    const body = { request: (request as { id: string }).id, yes: true };
    const { json } = await askConsole(server, cookie, "POST", "/console/approvals", body);
    expect(json).toMatchObject({ refusal: { why: "request-over" } });
  });

  test("ends at a whole millisecond, as all times are kept", async () => {
    clock += 1_000;
    expect((await ask(sato, "/requests", overtime(on(20) + 0.5))).status).toBe(400);
  });

  test("nobody answers their own, neither at the console nor on the page of staff", async () => {
    const { person, cookie } = await enterWith(server, place, "manager", { organisation: "midori" });
    clock += 30_000;
    const page = await enterPage(person);
    expect(await own(page)).toMatchObject({ toAnswer: 0 });
    await asked(overtime(), page);
    expect((await approvals(cookie)).waiting).toMatchObject([{ mayAnswer: false }]);
    expect(await answer(cookie, true)).toMatchObject({ code: "FORBIDDEN", refusal: { why: "request-own" } });
    const [mine] = (await own(page)).requests;
    const outside = await ask(page, "/approvals", { request: mine?.id, yes: true });
    expect(outside.json).toMatchObject({ code: "FORBIDDEN", refusal: { why: "request-own" } });
  });

  test("a manager at home answers on the page of staff; staff and an operator do not", async () => {
    await asked(overtime());
    const { person } = await enterWith(server, place, "manager");
    clock += 30_000;
    const page = await enterPage(person);
    expect((await own(page)).toAnswer).toBe(1);
    const [first] = Approvals.parse((await ask(page, "/approvals")).json).waiting;
    const { json } = await ask(page, "/approvals", { request: first?.id, yes: true });
    expect(Approvals.parse(json).decided).toMatchObject([{ state: "approved", person: { login: "sato" } }]);
    const operator = await enterWith(server, place, "operator");
    clock += 30_000;
    for (const cookie of [sato, await enterPage(operator.person)])
      expect([(await ask(cookie, "/approvals")).status, (await own(cookie)).toAnswer]).toEqual([403, undefined]);
  });

  test.each([
    ["request-past", overtime(on(15))],
    ["request-needless", overtime(on(17))],
    ["request-too-late", overtime(on(22, 1))],
    ["request-too-late", overtime(on(9, 0, 31))],
  ])("is refused as things stand: %s", async (why, body) => {
    expect(await asked(body)).toBe(why);
    expect(await events("request")).toEqual([]);
  });

  test("waits once at a time, can be withdrawn, and is answered no more then", async () => {
    const request = (await asked(overtime())) as { id: string };
    expect(await asked(overtime(on(21)))).toBe("request-waits");
    const cookie = await manager();
    const before = await approvals(cookie);
    expect((await ask(sato, "/requests/withdraw", { request: request.id })).status).toBe(200);
    const late = await askConsole(server, cookie, "POST", "/console/approvals", {
      request: before.waiting[0]?.id,
      yes: true,
    });
    expect(late.json).toMatchObject({ refusal: { why: "request-over" } });
    expect(await asked(overtime(on(21)))).toMatchObject({ state: "waiting" });
    const other = await enterPage(country["other division"].person);
    expect((await ask(other, "/requests/withdraw", { request: request.id })).json).toMatchObject({
      refusal: { why: "request-unknown" },
    });
  });

  test("dies with its day when nobody answers; housekeeping says so in the record", async () => {
    await asked(overtime());
    clock = on(20);
    expect((await own()).requests).toMatchObject([{ state: "lapsed" }]);
    const cookie = await manager();
    expect((await approvals(cookie)).waiting).toEqual([]);
    await new Housekeeping({ store: place.store, retention, lapse: lapseRequests, log, now: () => clock }).run();
    expect(await events("request.lapsed")).toMatchObject([{ actor: "server", about: { login: "sato" } }]);
    expect((await own()).requests).toMatchObject([{ state: "lapsed" }]);
  });
});

describe("approved overtime", () => {
  const endNotices = { firstMin: 90, everyMin: 30, lastMin: 20, graceMin: 10 };
  /** Approved by this manager until 20:00; it is 18:30 now. */
  async function approved(word?: string) {
    const { id } = (await asked(overtime())) as { id: string };
    const cookie = await manager();
    await answer(cookie, true, word);
    clock = on(18, 30);
    return { id, cookie };
  }
  async function takeBack(cookie: string, request: string, reason = "今日はここまで") {
    const { status, json } = await askConsole(server, cookie, "POST", "/console/approvals/take-back", {
      ...{ request, reason },
    });
    return status === 200 ? Approvals.parse(json) : (json as { code: string; refusal?: { why: string } });
  }
  const policyFor = () => records().policyFor({ person: country.own.person.id, since: on(17), from: undefined });

  test("is taken back by who approved it: hours end now, the person reads why, the record says who", async () => {
    const { id, cookie } = await approved();
    expect((await approvals(cookie)).decided).toMatchObject([{ state: "approved", mayTakeBack: true }]);
    expect(await takeBack(cookie, id)).toMatchObject({
      decided: [{ state: "taken-back", mayTakeBack: false, answers: [{ yes: true }, { yes: false }] }],
    });
    expect((await policyFor()).refusal).toMatchObject({ kind: "hours" });
    expect((await own()).requests).toMatchObject([
      { state: "taken-back", answers: [{ yes: true }, { word: "今日はここまで" }] },
    ]);
    const [record] = await events("request.taken-back");
    const who = expect.stringMatching(/^person:midori\/manager-/);
    expect(record).toMatchObject({
      ...{ actor: who, about: { login: "sato", purpose: "決算の締め", reason: "今日はここまで", approvedBy: who } },
    });
    expect(await takeBack(cookie, id)).toMatchObject({ refusal: { why: "request-not-in-force" } });
  });

  test("is taken back on the page of staff, too, by a manager at home; not by staff, nor by an operator there", async () => {
    const { id } = (await asked(overtime())) as { id: string };
    const { person } = await enterWith(server, place, "manager");
    clock += 30_000;
    const page = await enterPage(person);
    await ask(page, "/approvals", { request: id, yes: true });
    const operator = await enterWith(server, place, "operator");
    clock += 30_000;
    const body = { request: id, reason: "今日はここまで" };
    for (const cookie of [sato, await enterPage(operator.person)])
      expect((await ask(cookie, "/approvals/take-back", body)).status).toBe(403);
    const { json } = await ask(page, "/approvals/take-back", body);
    expect(Approvals.parse(json).decided).toMatchObject([{ state: "taken-back", person: { login: "sato" } }]);
    expect((await policyFor()).end?.at).toBe(on(17, 15));
  });

  test("before it began leaves hours as they were; what was over, or waits, or is for a PC is not taken back", async () => {
    const first = (await asked(overtime())) as { id: string };
    const cookie = await manager();
    expect(await takeBack(cookie, first.id)).toMatchObject({ code: "FORBIDDEN" });
    await answer(cookie, true);
    await takeBack(cookie, first.id);
    expect((await policyFor()).end?.at).toBe(on(17, 15));
    const second = (await asked(overtime(on(21)))) as { id: string; since: number };
    expect(second.since).toBe(on(17, 15));
    await answer(cookie, true);
    clock = on(21);
    expect(await takeBack(cookie, second.id)).toMatchObject({ refusal: { why: "request-not-in-force" } });
    const pc = await makeTerminal(place, { name: "総務 共用", organisation: "緑市" });
    await moveTerminal(place.desk, pc, "総務部");
    const third = await asked({ kind: "grant", purpose: "出張", until: on(12, 0, 32), terminal: pc });
    await answer(cookie, true);
    expect(await takeBack(cookie, (third as { id: string }).id)).toMatchObject({
      refusal: { why: "request-grant-stands" },
    });
  });

  test("is taken back by an administrator there, not by a manager who has not approved it, nor by who asked", async () => {
    const { id } = await approved();
    const other = await manager();
    expect((await approvals(other)).decided).toMatchObject([{ mayTakeBack: false }]);
    expect(await takeBack(other, id)).toMatchObject({ code: "FORBIDDEN" });
    const elsewhere = await enterWith(server, place, "administrator", { organisation: "midori", division: "税務課" });
    expect(await takeBack(elsewhere.cookie, id)).toMatchObject({ refusal: { why: "request-unknown" } });
    const { cookie } = await enterWith(server, place, "administrator", { organisation: "midori" });
    expect((await approvals(cookie)).decided).toMatchObject([{ mayTakeBack: true }]);
    expect(await takeBack(cookie, id, " ")).toMatchObject({ code: "BAD_REQUEST" });
    expect(await takeBack(cookie, id)).toMatchObject({ decided: [{ state: "taken-back" }] });
    const mine = await enterWith(server, place, "administrator", { organisation: "midori" });
    clock += 30_000;
    const page = await enterPage(mine.person);
    const { id: wish } = (await asked(overtime(on(21)), page)) as { id: string };
    await answer(cookie, true);
    expect((await approvals(mine.cookie)).decided[0]).toMatchObject({ state: "approved", mayTakeBack: false });
    expect(await takeBack(mine.cookie, wish)).toMatchObject({ refusal: { why: "request-own" } });
  });

  test("is withdrawn by who asked, which the manager sees; and can be asked for again", async () => {
    const { id, cookie } = await approved();
    expect((await ask(sato, "/requests/withdraw", { request: id })).status).toBe(200);
    expect((await own()).requests).toMatchObject([{ state: "given-up" }]);
    expect((await policyFor()).refusal).toMatchObject({ kind: "hours" });
    expect((await approvals(cookie)).decided).toMatchObject([{ state: "given-up", mayTakeBack: false }]);
    const who = expect.stringMatching(/^person:midori\/manager-/);
    expect(await events("request.withdrawn")).toMatchObject([{ about: { login: "sato", approvedBy: who } }]);
    expect((await ask(sato, "/requests/withdraw", { request: id })).json).toMatchObject({
      refusal: { why: "request-over" },
    });
    expect(await asked(overtime())).toMatchObject({ state: "waiting", until: on(20) });
  });

  test("of which there is more, until later, ends from behind", async () => {
    const { id, cookie } = await approved();
    const later = (await asked(overtime(on(21)))) as { id: string };
    await answer(cookie, true);
    expect(await takeBack(cookie, id)).toMatchObject({ refusal: { why: "request-later" } });
    expect((await ask(sato, "/requests/withdraw", { request: id })).json).toMatchObject({
      refusal: { why: "request-later" },
    });
    await takeBack(cookie, later.id);
    expect((await policyFor()).end?.at).toBe(on(20));
    expect(await takeBack(cookie, id)).toMatchObject({ decided: [{ state: "taken-back" }, { state: "taken-back" }] });
  });

  test("taken back ends a live session after the grace that follows every end, on both ends, and in the labour log", async () => {
    await set({ hours, endNotices });
    const { hub, connection, office, session, close } = await live();
    const { id, cookie } = await approved();
    const grace = endNotices.graceMin * 60_000;
    await hub.recheck([]);
    expect(office.last("session-policy").policy?.endsInMs).toBeGreaterThan(on(20) - clock);
    await takeBack(cookie, id);
    await hub.recheck([]);
    expect(office.last("session-policy").policy).toMatchObject({ endsInMs: grace, endsBy: "hours" });
    expect(connection.last("requests-changed")).toEqual({ type: "requests-changed" });
    clock = on(18, 40);
    await hub.recheck([{ kind: "person", subject: country.own.person.id }]);
    expect(connection.last("session-end")).toEqual({ type: "session-end", session, reason: "hours-over" });
    await close();
    const [ended] = await events("session.ended");
    const who = expect.stringMatching(/^person:midori\/manager-[^,]*$/);
    expect(ended?.about).toMatchObject({ session, request: id, purpose: "決算の締め", approvedBy: who });
    const labour = await askConsole(server, cookie, "GET", "/console/labour?month=2026-11");
    expect(Labour.parse(labour.json).people).toMatchObject([
      { days: [{ requestedUntil: on(20), approvedUntil: on(18, 30), workedUntil: on(18, 40), mark: "over" }] },
    ]);
  });

  test("that was given up before it began is not in the labour log, as what was withdrawn is not", async () => {
    const { id } = (await asked(overtime())) as { id: string };
    const cookie = await manager();
    await answer(cookie, true);
    const people = async () =>
      Labour.parse((await askConsole(server, cookie, "GET", "/console/labour?month=2026-11")).json).people;
    expect(await people()).toMatchObject([{ days: [{ approvedUntil: on(20) }] }]);
    await ask(sato, "/requests/withdraw", { request: id });
    expect(await people()).toEqual([]);
  });
});

describe("an office PC on request", () => {
  const until = on(12, 0, 33);
  const grant = (terminal: string) => ({ kind: "grant", purpose: "出張中の代わり", until, terminal });
  const more = async (name: string, division?: string): Promise<TerminalId> => {
    const id = await makeTerminal(place, { name, organisation: "緑市" });
    if (division !== undefined) await moveTerminal(place.desk, id, division);
    return id;
  };
  const grants = () => records().terminalsOf(country.own.person.id);

  test("is asked for by its name or its ID, and approved a grant that ends", async () => {
    const pc = await more("総務 共用 1", "総務部");
    expect(await asked(grant("総務 共用 1"))).toMatchObject({
      terminal: { id: pc, name: "総務 共用 1" },
      state: "waiting",
    });
    await answer(await manager(), true);
    expect(await grants()).toMatchObject([{ id: pc, grantedUntil: until }]);
    expect(await asked(grant(pc.toLowerCase()))).toBe("request-terminal-yours");
    const [added] = await events("grant.added");
    expect(added?.about).toMatchObject({ terminal: pc, until, purpose: "出張中の代わり", request: expect.any(String) });
    clock = until;
    expect(await grants()).toEqual([]);
    expect((await ask(sato, "/requests")).status).toBe(401); // so long no sign-in lasts
  });

  test("ends by itself, and with it the session that runs on it, whose record says why it was", async () => {
    const pc = await more("総務 共用 1", "総務部");
    await asked(grant("総務 共用 1"));
    await answer(await manager(), true);
    const kept = records();
    const hub = makeHub({ records: kept, now: () => clock });
    await set({});
    clock = until - 3_600_000;
    const { connection, session } = await liveSession(hub, await signedInAs(country.own.person), await pcOf(pc));
    clock = until;
    await hub.recheck([{ kind: "person", subject: country.own.person.id }]);
    expect(connection.last("session-end")).toEqual({ type: "session-end", session, reason: "grant-removed" });
    await hub.close();
    await kept.close(); // what it wrote is there
    const [ended] = await events("session.ended");
    expect(ended?.about).toMatchObject({ session, reason: "grant-removed", purpose: "出張中の代わり" });
  });

  test("of a PC that was stopped meanwhile is not approved; a grant that lasts longer is none the shorter", async () => {
    const pc = await more("総務 共用 1", "総務部");
    await asked(grant("総務 共用 1"));
    await addGrant(place.desk, SATO, pc, null);
    await disableTerminal(place.desk, pc);
    const cookie = await manager();
    expect(await answer(cookie, true)).toMatchObject({ refusal: { why: "request-terminal-gone" } });
    const kept = await place.store.read((q) => q.terminals.grant(country.own.person.id, pc));
    expect(kept?.until).toBeNull();
    expect(await answer(cookie, false)).toMatchObject({ waiting: [], decided: [{ state: "refused" }] });
  });

  test("is there only in the person's own line of divisions", async () => {
    await addDivision(place.desk, "人事課", { organisation: "midori", division: "総務部" });
    await more("上", undefined);
    await more("下", "人事課");
    await more("よそ", "税務課");
    expect(await asked(grant("よそ"))).toBe("request-terminal-unknown");
    expect(await asked(grant("どこにもない"))).toBe("request-terminal-unknown");
    expect(await asked(grant(country["other organisation"].terminal))).toBe("request-terminal-unknown");
    expect(await asked(grant("下"))).toMatchObject({ state: "waiting" });
    expect(await asked(grant("上"))).toMatchObject({ state: "waiting" });
    await more("下", "人事課");
    expect(await asked(grant("下"))).toBe("request-terminal-unclear");
    // the PC of the whole organisation is not for the manager of a division to give away
    const { waiting } = await approvals(await manager());
    expect(waiting.map(({ terminal, mayAnswer }) => [terminal?.name, mayAnswer])).toEqual([
      ["下", true],
      ["上", false],
    ]);
    expect(await toAnswer(await manager())).toBe(1);
    const whole = await approvals(await manager({ organisation: "midori" }));
    expect(whole.waiting.map(({ mayAnswer }) => mayAnswer)).toEqual([true, true]);
  });

  test("a longer grant stays; and no more are asked for than so many at once, nor for longer than a month", async () => {
    const pc = await more("総務 1", "総務部");
    await asked(grant("総務 1"));
    await addGrant(place.desk, SATO, pc, null);
    await answer(await manager(), true);
    expect((await grants()).map(({ grantedUntil }) => grantedUntil)).toEqual([undefined]);
    for (const name of ["総務 2", "総務 3", "総務 4", "総務 5"]) await more(name, "総務部");
    expect(await asked({ ...grant("総務 2"), until: on(12, 0, 70) })).toBe("request-too-long");
    for (const name of ["総務 2", "総務 3", "総務 4"])
      expect(await asked(grant(name))).toMatchObject({ state: "waiting" });
    expect(await asked(grant("総務 5"))).toBe("request-waits");
    await removeGrant(place.desk, SATO, pc);
  });
});

describe("the labour log", () => {
  test("says who worked until when, and what was approved, of those in reach; and that somebody looked", async () => {
    const terminal = country.own.terminal;
    await addGrant(place.desk, SATO, terminal, null);
    await asked(overtime());
    const cookie = await manager();
    await answer(cookie, true);
    const worked = records();
    const { id: person, login, device } = country.own.person;
    const session = { id: crypto.randomUUID() as never, terminal, organisation: country.organisations.midori, person };
    await worked.sessionRequested({
      ...{
        ...session,
        login,
        personName: "佐藤",
        deviceKey: device.publicKey,
        requestedAt: clock,
        signInId: undefined,
      },
    });
    await worked.sessionLive(session.id, clock);
    await worked.sessionEnded(session.id, on(20, 30), "viewer-left");
    await worked.close();
    clock = on(21);
    const labour = await askConsole(server, cookie, "GET", "/console/labour?month=2026-11");
    expect(Labour.parse(labour.json).people).toMatchObject([
      {
        ...{ person: { login: "sato" }, division: "総務部", organisation: { code: "midori" } },
        days: [
          { day: "2026-11-30", mark: "over", approvedUntil: on(20), workedUntil: on(20, 30), purposes: ["決算の締め"] },
        ],
      },
    ]);
    expect((await approvals(cookie)).decided).toMatchObject([
      { overtimeMs: on(20, 30) - on(17, 15), lastUse: { end: on(20, 30) } },
    ]);
    expect((await own()).overtimeMs).toBe(on(20, 30) - on(17, 15));
    await askConsole(server, cookie, "GET", "/console/labour?month=2026-11&as=csv");
    expect((await events("labour")).map(({ event, about }) => [event, about["month"], about["people"]])).toEqual([
      ["labour.exported", "2026-11", 1],
      ["labour.read", "2026-11", 1],
    ]);
    const other = await manager({ organisation: "midori", division: "税務課" });
    const elsewhere = await askConsole(server, other, "GET", "/console/labour?month=2026-11");
    expect(Labour.parse(elsewhere.json).people).toEqual([]);
    expect((await askConsole(server, cookie, "GET", "/console/labour?month=2026-13")).status).toBe(400);
  });

  test("moves with nobody: who is of another division today is looked at there", async () => {
    await asked(overtime());
    await movePerson(place.desk, SATO, "税務課");
    const other = await manager({ organisation: "midori", division: "税務課" });
    expect((await approvals(other)).waiting).toMatchObject([{ division: "税務課", mayAnswer: true }]);
  });
});

const pcOf = async (id: TerminalId): Promise<Terminal> => (await records().terminal(id)) ?? never();
const signedInAs = (person: TestPerson): Promise<SignedIn> =>
  signIn(records(), place, person, { at: clock, address: "127.0.0.1" });
function never(): never {
  throw new Error("not there");
}
