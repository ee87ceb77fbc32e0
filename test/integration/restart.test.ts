/** A server that starts anew on the same store, while a session runs on and its page does not come back. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";
import { agentHandlers } from "../../signaling/hub/handlers/table.ts";
import type { Hub } from "../../signaling/hub/hub.ts";
import { createLog } from "../../signaling/log.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
import type { Terminal } from "../../signaling/records.ts";
import { EVERYTHING } from "../../signaling/store/queries/lists.ts";
import { connectOffice, liveSession, makeHub } from "../support/hub-stage.ts";
import { makePerson, makeSignIn, makeStore, makeTerminal, type TestStore } from "../support/store.ts";

let place: TestStore;
let clock: number;
let hubs: Hub[];
let records: StoreRecords;

beforeEach(async () => {
  clock = 1_800_000_000_000;
  hubs = [];
  place = await makeStore({ now: () => clock });
  records = new StoreRecords({
    store: place.store,
    log: createLog({ level: "silent" }),
    limits: DEFAULT_SIGN_IN_LIMITS,
    now: () => clock,
  });
});
afterEach(async () => {
  for (const hub of hubs) await hub.close();
  await records.close();
  await place.close();
});

const newHub = (): Hub => {
  const hub = makeHub({ records, now: () => clock });
  hubs.push(hub);
  return hub;
};

/** Tanaka works; the server starts anew; the office PC says that the session runs; the page stays away. */
async function restarted() {
  const person = await makePerson(place);
  const id = await makeTerminal(place, { grantedTo: [person.login] });
  const signInId = await makeSignIn(place, person, { at: clock });
  const before = newHub();
  const terminal = (await records.terminal(id)) as Terminal;
  const signedIn = await records.signedIn(signInId);
  if (!signedIn) throw new Error("not signed in");
  const { session } = await liveSession(before, signedIn, terminal);
  await before.close();

  const hub = newHub();
  await hub.start();
  const { agent, connection: office } = connectOffice(hub, terminal);
  await agentHandlers.sessions(hub, agent, { type: "sessions", running: [{ session, attempt: 1, live: true }] });
  expect(hub.sessions.get(session)?.state.kind).toBe("live");
  return { hub, office, session, signInId };
}

test("ends the session when its person signs out", async () => {
  const { hub, office, session, signInId } = await restarted();
  hub.signInEnded(signInId, "signed-out");
  expect(office.last("session-end")).toMatchObject({ session, reason: "signed-out" });
});

test.each([
  ["after the idle limit", DEFAULT_SIGN_IN_LIMITS.idleMs],
  ["after the absolute limit", DEFAULT_SIGN_IN_LIMITS.absoluteMs],
])("ends the session %s, and says that the sign-in has expired", async (_, elapsed) => {
  const { hub, office, session } = await restarted();
  clock += elapsed;
  await hub.recheck();
  expect(office.last("session-end")).toMatchObject({ session, reason: "sign-in-expired" });
});

test("ends the session at once when an administrator ended the sign-in, and keeps the reason", async () => {
  const { hub, office, session, signInId } = await restarted();
  await place.store.write((q) => q.signIns.end({ id: signInId }, clock, "device-removed"));
  await hub.recheck([{ kind: "sign-in", subject: signInId }]);
  expect(office.last("session-end")).toMatchObject({ session, reason: "device-removed" });
});

test("lets the session go on while the sign-in holds", async () => {
  const { hub, session } = await restarted();
  await hub.recheck();
  expect(hub.sessions.has(session)).toBe(true);
});

test("learns why a session ended while it was away, before it hears what runs", async () => {
  const { hub, session } = await restarted();
  await hub.close();
  const again = newHub();
  await again.start();
  const [row] = await place.store.read((q) => q.sessions.open());
  const terminal = (await records.terminal(row?.terminalId as never)) as Terminal;
  const { agent } = connectOffice(again, terminal);
  // as agent.ts says it when it is back
  await agentHandlers["session-end"](again, agent, { type: "session-end", session, reason: "device-removed" });
  await agentHandlers.sessions(again, agent, { type: "sessions", running: [] });
  await records.close();
  const [ended] = await place.store.read((q) => q.sessions.page(EVERYTHING, { limit: 10 }));
  expect(ended).toMatchObject({ id: session, reason: "device-removed" });
});
