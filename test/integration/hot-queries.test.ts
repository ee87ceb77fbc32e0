/**
 * What is asked while people wait, of a store with a month in it: no question may read a whole table. The statements are the
 * ones the product sends, with SQLite's own plan for each.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SummedRefusals } from "../../signaling/audit/summed-refusals.ts";
import { Challenges } from "../../signaling/auth/device-key.ts";
import { MailedCodes } from "../../signaling/auth/mailed-codes.ts";
import { PhoneClocks } from "../../signaling/auth/phone-clocks.ts";
import { operatorAs, type Principal } from "../../signaling/auth/principal.ts";
import { SignIns } from "../../signaling/auth/sign-in.ts";
import { SignInThrottle } from "../../signaling/auth/throttle.ts";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";
import { openBus } from "../../signaling/bus/open.ts";
import { momentOf, type Presence, readReach } from "../../signaling/console/asking.ts";
import { Housekeeping } from "../../signaling/housekeeping.ts";
import { Sessions } from "../../signaling/hub/sessions.ts";
import { createLog } from "../../signaling/log.ts";
import { setPolicy } from "../../signaling/organisations/policies.ts";
import { signInPolicy } from "../../signaling/organisations/policy-answers.ts";
import { SERVER } from "../../signaling/organisations/policy-tree.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
import { lapseRequests } from "../../signaling/organisations/requests.ts";
import { retention } from "../../signaling/organisations/retention.ts";
import { LISTS, PAGE_ROWS, SORTS } from "../../signaling/protocol/console.ts";
import { SessionId } from "../../signaling/protocol/ids.ts";
import { signInText } from "../../signaling/protocol/signed.ts";
import { openStore } from "../../signaling/store/open.ts";
import { Sealer } from "../../signaling/store/sealer.ts";
import { makePerson, makeStore, makeTerminal, type TestStore } from "../support/store.ts";

const GROWING = [
  "sign_ins",
  "audit",
  "sessions",
  "devices",
  "pending_devices",
  "terminals",
  "grants",
  "changes",
  "forgets",
  "mail_codes",
  "requests",
];

let place: TestStore;
const statements = new Set<string>();

beforeEach(async () => {
  const prepare = DatabaseSync.prototype.prepare;
  vi.spyOn(DatabaseSync.prototype, "prepare").mockImplementation(function (this: DatabaseSync, sql, ...rest) {
    statements.add(sql);
    return prepare.call(this, sql, ...rest);
  });
  place = await makeStore();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await place.close();
});

test("signing in, a session's life, rechecks and housekeeping read no table as a whole", async () => {
  const { desk, storeKey, stateDir } = place;
  const person = await makePerson(place);
  const terminal = await makeTerminal(place, { grantedTo: [person.login] });
  const log = createLog({ level: "silent" });
  const retentionDays = { place: SERVER, rules: { retentionDays: 90 }, basedOn: 0, because: "規程" };
  await setPolicy(desk, retentionDays);
  statements.clear();
  const store = await openStore({ stateDir }); // which has prepared nothing yet
  const bus = await openBus({ onListenerError: (error) => Promise.reject(error) });
  const challenges = new Challenges(storeKey);
  const refusals = new SummedRefusals({ store, log, now: Date.now });
  const secrets = { passwords: desk.passwords, sealer: new Sealer(storeKey), throttle: new SignInThrottle() };
  const mailedCodes = new MailedCodes(storeKey);
  const parts = { ...secrets, refusals, phones: new PhoneClocks(), mailedCodes, policy: signInPolicy };
  const signIns = new SignIns({ store, bus, challenges, ...parts, limits: DEFAULT_SIGN_IN_LIMITS, log, now: Date.now });
  const records = new StoreRecords({ store, log, limits: DEFAULT_SIGN_IN_LIMITS, now: Date.now });

  const attempt = async (code: string) => {
    const { login, password, device } = person;
    const challenge = signIns.challenge();
    const origin = "https://telework.example.jp";
    const signature = await device.sign(signInText({ origin, challenge, login }));
    const request = { login, password, code, challenge, deviceKey: device.publicKey, signature };
    return signIns.signIn(request as never, { origin, address: "127.0.0.1" });
  };
  await expect(attempt("000000")).rejects.toMatchObject({ code: "SIGN_IN_REFUSED" });
  await expect(attempt("00000000")).rejects.toMatchObject({ code: "SIGN_IN_REFUSED" });
  const { token, signedIn } = await attempt(person.codeAt(Date.now()));
  const { signInId, organisation, login, deviceKey } = signedIn;
  await signIns.byToken(token);
  await records.signedIn(signInId);
  const id = SessionId.parse(crypto.randomUUID());
  const whose = { organisation: organisation.id, person: person.id, login, personName: "佐藤", deviceKey, signInId };
  await records.terminalsOf(person.id, terminal);
  await records.sessionRequested({ id, terminal, ...whose, requestedAt: Date.now() });
  await records.sessionLive(id, Date.now());
  await records.touch(signInId);
  await records.terminalSeen(terminal, Date.now());
  await records.protection({ session: id, terminal, event: "locked", happenedAt: 1, reason: "ended" }, Date.now());
  await records.signInsOver([signInId]);
  await records.terminalsBarred([terminal]);
  await records.terminal(terminal);
  await records.devicesToForget({ terminals: [terminal] });
  await records.devicesToForget({ persons: [person.id] });
  await records.devicesToForget("everybody");
  await records.devicesForgotten(terminal, [{ code: person.device.code, login, known: true }], Date.now());
  await records.sessionsDue([id]);
  await records.readersOf([terminal]);
  await records.policyFor({ person: person.id, since: 1, from: "127.0.0.1" });
  await records.sessionsUnderPolicy(new Map([[id, { person: person.id, since: 1, from: undefined }]]));
  await records.policiesOf([terminal]);
  await records.mayWake(person.id);
  await records.grantsEnded(0);
  await records.sessionEnded(id, Date.now(), "viewer-left");
  await store.write((q) => q.signIns.end({ deviceId: "nobody" }, 1, "device-removed"));
  await store.write(async (q) => {
    await q.mailCodes.madeSince(person.id, 1);
    await q.mailCodes.putAway(person.id, 1);
    await q.mailCodes.take("a", 1);
  });
  await store.read(async (q) => {
    const [reach, month] = [
      { organisations: [organisation.id], divisions: [] },
      { from: 1, to: 2 },
    ];
    await q.requests.whoAskedOvertime(reach, month, 10);
    await q.requests.overtimeOf([person.id], month);
    await q.requests.waiting(reach, 1, 10);
    await q.requests.decided(reach, 1, 10);
    await q.sessions.whoWorkedOutside(reach, month, 10);
    await q.sessions.workedOutside([person.id], month);
    await q.sessions.lastOf(person.id);
  });
  await store.read((q) => q.changes.by({ than: "another", after: 0, limit: 10, isSilenceTelling: true }));
  await new Housekeeping({ store, retention, lapse: lapseRequests, log, now: Date.now }).run();
  await signIns.signOut(token);
  await records.close();
  await bus.close();
  await store.close();

  const [file] = readdirSync(stateDir).filter((name) => name.endsWith(".db"));
  const database = new DatabaseSync(join(stateDir, String(file)), { readOnly: true });
  const asked = [...statements].filter((sql) => /^(select|insert|update|delete)/i.test(sql));
  const plans = asked.map((sql) => {
    const steps = database.prepare(`explain query plan ${sql}`).all();
    return { sql, whole: steps.map((step) => String(step["detail"])).filter((step) => isWholeTable(step, sql)) };
  });
  database.close();
  expect(asked.length).toBeGreaterThan(30);
  expect(plans.filter(({ whole }) => whole.length > 0)).toEqual([]);
});

test("what is to be forgotten is found by its age, also where organisations keep it for different times", async () => {
  const { store, stateDir } = place;
  const whose = [undefined, ["one"], ["one", "another"]] as const;
  statements.clear();
  for (const organisations of whose)
    await store.write(async (q) => {
      const old = { before: 1, organisations: organisations as never };
      await q.signIns.forget(old, 10);
      await q.sessions.forget(old, 10);
      await q.imports.forget(1);
    });
  const database = new DatabaseSync(join(stateDir, "engawa.db"), { readOnly: true });
  const plans = [...statements]
    .filter((sql) => sql.startsWith("delete"))
    .map((sql) => database.prepare(`explain query plan ${sql}`).all())
    .map((steps) => steps.map((step) => String(step["detail"])).filter((step) => /^(SEARCH|SCAN)/.test(step)));
  database.close();
  const ages = /ends_at<\?|<expr><\?|\bat<\?|live_at>\?/;
  const byRow = /\(id=\?\)$/;
  expect(plans).toHaveLength(2 * whose.length + 1);
  expect(plans.map((steps) => steps.filter((step) => !ages.test(step) && !byRow.test(step)))).toEqual(
    plans.map(() => []),
  );
});

/** What SQLite does for a page of each of the console's lists, in each order. */
async function plansOfLists(principal: Principal): Promise<Array<{ about: string; steps: string[] }>> {
  const presence = { agents: new Map(), sessions: new Sessions() } as unknown as Presence;
  const found: Array<{ about: string; steps: string[] }> = [];
  const database = new DatabaseSync(join(place.stateDir, "engawa.db"), { readOnly: true });
  database.function("is_among", (_number, _id) => 0);
  for (const list of LISTS)
    for (const sort of SORTS[list]) {
      const store = await openStore({ stateDir: place.stateDir }); // which has prepared nothing yet
      statements.clear();
      await store.read(async (q) => {
        const question = { q, principal, presence, now: Date.now() };
        const filter = { list, reach: await readReach(question, list), words: [] };
        const found = q.lists.of(filter, momentOf(question));
        await found.page({ sort: sort.replace(/^-/, ""), descending: sort.startsWith("-"), limit: PAGE_ROWS });
        await found.counts();
      });
      await store.close();
      for (const sql of [...statements].filter((one) => /^\s*select/i.test(one))) {
        const steps = database.prepare(`explain query plan ${sql}`).all();
        found.push({ about: `${list} by ${sort}: ${sql}`, steps: steps.map((step) => String(step["detail"])) });
      }
    }
  database.close();
  return found;
}

test("a town's part of the console's lists is found without reading those of others", async () => {
  const { organisationId } = await place.store.read(async (q) => {
    const { login } = await makePerson(place);
    const [person] = await q.people.allByLogin(login);
    if (!person) throw new Error("not there");
    return person;
  });
  const at = { organisations: [organisationId], divisions: [] };
  const town = { ...operatorAs("administrator:test"), duties: [{ role: "administrator", at } as const] };
  const plans = await plansOfLists(town);
  expect(plans.length).toBeGreaterThan(50);
  const tables = /^SCAN (p|t|d|w|g|s|a|people|terminals|devices|grants|sessions|audit)\b/;
  // what another part of the question hands over row by row is no table
  const isTable = (step: string, steps: string[]) =>
    tables.test(step) && !steps.includes(step.replace("SCAN", "CO-ROUTINE"));
  expect(plans.filter(({ steps }) => steps.some((step) => isTable(step, steps)))).toEqual([]);
});

test("a page of what all have is taken from an index in its order", async () => {
  const plans = await plansOfLists(operatorAs("administrator:test"));
  // when something was seen last changes all day: an index would cost more than the look at all of it now and then
  const sorted = /^(terminals by (since|enrolled-at)|devices by last-used-at|divisions by name)/;
  const pages = plans.filter(({ about }) => / as key,/.test(about) && !sorted.test(about));
  expect(pages.length).toBeGreaterThan(15);
  // devices that wait are few: they are sorted, and come in between
  const ownOf = (steps: string[]) => (steps.includes("RIGHT") ? steps.slice(0, steps.indexOf("RIGHT")) : steps);
  expect(pages.filter(({ steps }) => ownOf(steps).includes("USE TEMP B-TREE FOR ORDER BY"))).toEqual([]);
});

/** The first or last row of an index needs no more than that row. */
function isWholeTable(step: string, sql: string): boolean {
  if (step.endsWith("USING INDEX forgets_owed")) return false; // it holds what is owed and nothing else
  const table = /^SCAN (\w+)/.exec(step)?.[1];
  return table !== undefined && GROWING.includes(table) && (/ where /.test(sql) || !/ limit \?/.test(sql));
}
