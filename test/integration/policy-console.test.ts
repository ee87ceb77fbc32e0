/** Policy at the console's routes: a change with a code, overtaken by another one, and how far it has come. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { LineUse } from "../../signaling/line-use.ts";
import { setPolicy } from "../../signaling/organisations/policies.ts";
import { type Country, enterWith, makeCountry } from "../support/console.ts";
import { askConsole, type HttpServer, startHttpServer } from "../support/http-server.ts";
import { makeStore, type TestStore } from "../support/store.ts";

let at = 1_800_000_000_000;
let place: TestStore;
let country: Country;
let server: HttpServer;
let kanri: Awaited<ReturnType<typeof enterWith>>;
const has = new Set<string>();

beforeAll(async () => {
  place = await makeStore({ now: () => at });
  country = await makeCountry(place);
  const line = new LineUse(() => at);
  line.count(() => ({ toClientBytes: (at - 1_800_000_000_000) * 25 }));
  at += 10_000;
  line.sample();
  const agents = new Map([[country.own.terminal, { since: at }]]);
  const sessions = new Map([
    ["a", { record: { terminal: country.own.terminal }, rules: undefined }],
    ["b", { record: { terminal: country.own.terminal }, rules: { policy: { rules: { kbps: 250 } } } }],
  ]);
  server = await startHttpServer(place, {
    now: () => at,
    presence: {
      ...{ agents, sessions, lockOrders: { keepers: () => 0 }, line },
      policies: { online: [country.own.terminal], has: (terminal: string) => has.has(terminal) },
    } as never,
  });
  kanri = await enterWith(server, place, "administrator", { organisation: "midori" });
});
afterAll(async () => {
  await server.close();
  await place.close();
});

const ask = (method: string, path: string, body?: object) =>
  askConsole(server, kanri.cookie, method, `/console/policy${path}`, body);
/** Each code once: the next one comes with the next half minute. */
const fresh = (): string => {
  at += 30_000;
  return kanri.person.codeAt(at);
};
const division = () => ({ level: "division", id: country.divisions.soumu }) as const;

test("a change is made with a fresh code, is told to the hub, and is one version of the history", async () => {
  const rules = { kbps: 80 };
  const change = { place: division(), rules, basedOn: 0, because: "回線が細いため", code: fresh() };
  const effect = (await ask("POST", "/effect", { place: division(), rules })).json;
  expect(effect).toEqual({ people: 1, terminals: 0, sessions: 0, ending: 0 });
  expect((await ask("POST", "", { ...change, code: "000000" })).json).toMatchObject({ code: "CODE_NEEDED" });
  const view = (await ask("POST", "", change)).json;
  expect(view).toMatchObject({ version: 1, here: rules, maySet: true, history: [{ because: "回線が細いため" }] });
  expect(server.events).toContainEqual({
    type: "records-changed",
    changes: [{ kind: "policy", subject: country.divisions.soumu }],
  });
});

test("who was overtaken keeps their code, and does it on what is there now", async () => {
  await setPolicy(place.desk, { place: division(), rules: { kbps: 90 }, basedOn: 1, because: "別の人" });
  const code = fresh();
  const change = { place: division(), rules: { kbps: 80, viewOnly: true }, basedOn: 1, because: "閲覧だけ", code };
  expect((await ask("POST", "", change)).json).toMatchObject({ code: "CONFLICT" });
  expect((await ask("POST", "", { ...change, basedOn: 2 })).json).toMatchObject({ version: 3 });
});

test("who may look at it but not set it keeps their code, too", async () => {
  const auditor = await enterWith(server, place, "auditor", { organisation: "midori" });
  at += 30_000;
  const code = auditor.person.codeAt(at);
  const step = () => place.store.read((q) => q.people.stepUse(auditor.person.id, Math.floor(at / 30_000)));
  const change = { place: division(), rules: { kbps: 70 }, basedOn: 3, because: "試し", code };
  const answer = await askConsole(server, auditor.cookie, "POST", "/console/policy", change);
  expect(answer.json).toMatchObject({ code: "FORBIDDEN" });
  expect(await step()).toBeUndefined();
});

test("what cannot be set is refused with its reason", async () => {
  const rules = { from: ["支所"] };
  const change = { place: division(), rules, basedOn: 3, because: "試し", code: fresh() };
  expect((await ask("POST", "", change)).json).toMatchObject({
    code: "ACT_REFUSED",
    refusal: { why: "policy-name-unknown", facts: { name: "支所" } },
  });
});

test("of the office PCs that it concerns, those that have it are counted", async () => {
  const { organisations, own } = country;
  const agents = async () =>
    ((await ask("GET", `/organisation/${organisations.midori}?auto=1`)).json as { agents: object }).agents;
  expect(await agents()).toEqual({ online: 0, have: 0 });
  await place.store.write((q) =>
    q.terminals.putGrant({
      ...{ organisationId: organisations.midori, personId: own.person.id, terminalId: own.terminal },
      ...{ createdAt: at, until: null },
    }),
  );
  expect(await agents()).toEqual({ online: 1, have: 0 });
  has.add(own.terminal);
  expect(await agents()).toEqual({ online: 1, have: 1 });
});

test("what the line carries is told to who sees all sessions, and to nobody else", async () => {
  const line = async (cookie: string) =>
    ((await askConsole(server, cookie, "GET", "/console/today")).json as { line?: object }).line;
  expect(await line(kanri.cookie)).toBeUndefined();
  const operator = await enterWith(server, place, "operator");
  expect(await line(operator.cookie)).toEqual({
    contractKbps: 350,
    points: [{ at: 1_800_000_010_000, kbps: 200 }],
  });
});

test("a server that sends no mails says so, wherever the rule is looked at", async () => {
  const view = (await ask("GET", `/division/${country.divisions.soumu}`)).json;
  expect(view).toMatchObject({ noMail: true });
});
