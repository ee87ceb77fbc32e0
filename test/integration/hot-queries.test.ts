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
import { PhoneClocks } from "../../signaling/auth/phone-clocks.ts";
import { SignIns } from "../../signaling/auth/sign-in.ts";
import { SignInThrottle } from "../../signaling/auth/throttle.ts";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";
import { openBus } from "../../signaling/bus/open.ts";
import { Housekeeping } from "../../signaling/housekeeping.ts";
import { createLog } from "../../signaling/log.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
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
  statements.clear();
  const store = await openStore({ stateDir }); // which has prepared nothing yet
  const bus = await openBus({ onListenerError: (error) => Promise.reject(error) });
  const challenges = new Challenges(storeKey);
  const refusals = new SummedRefusals({ store, log, now: Date.now });
  const secrets = { passwords: desk.passwords, sealer: new Sealer(storeKey), throttle: new SignInThrottle() };
  const parts = { ...secrets, refusals, phones: new PhoneClocks() };
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
  await records.devicesToForget({ terminal });
  await records.devicesToForget({ persons: [person.id] });
  await records.devicesToForget("everybody");
  await records.devicesForgotten(terminal, [{ code: person.device.code, login, known: true }], Date.now());
  await records.sessionsDue([id]);
  await records.readersOf([terminal]);
  await records.grantsEnded(0);
  await records.sessionEnded(id, Date.now(), "viewer-left");
  await store.write((q) => q.signIns.end({ deviceId: "nobody" }, 1, "device-removed"));
  await store.read((q) => q.changes.by({ than: "another", after: 0, limit: 10 }));
  await new Housekeeping({ store, log, now: Date.now }).run();
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

/** The first or last row of an index needs no more than that row. */
function isWholeTable(step: string, sql: string): boolean {
  if (step.endsWith("USING INDEX forgets_owed")) return false; // it holds what is owed and nothing else
  const table = /^SCAN (\w+)/.exec(step)?.[1];
  return table !== undefined && GROWING.includes(table) && (/ where /.test(sql) || !/ limit \?/.test(sql));
}
