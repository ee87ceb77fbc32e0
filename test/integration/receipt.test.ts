/** What an office PC says of a session when it is over: counted at the office, signed there, kept as it was signed. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Peer, PeerOptions } from "../../agent/peer/peer.ts";
import { SessionReceipt } from "../../agent/session/receipt.ts";
import type { SessionOpen } from "../../agent/trust/admission.ts";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";
import { run } from "../../signaling/cli/run.ts";
import { Housekeeping } from "../../signaling/housekeeping.ts";
import { agentHandlers } from "../../signaling/hub/handlers/table.ts";
import type { Agent, Hub } from "../../signaling/hub/hub.ts";
import { createLog } from "../../signaling/log.ts";
import { sessionReceipt } from "../../signaling/organisations/receipts.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
import { lapseRequests } from "../../signaling/organisations/requests.ts";
import { SessionId, type TerminalId } from "../../signaling/protocol/ids.ts";
import { AgentMessage, parseMessage } from "../../signaling/protocol/signal.ts";
import { exportPublicKey, generateKeyPair } from "../../signaling/protocol/signed.ts";
import { connectOffice, makeHub } from "../support/hub-stage.ts";
import { makePerson, makeStore, makeTerminal, type TestPerson, type TestStore } from "../support/store.ts";

const log = createLog({ level: "silent" });
let place: TestStore;
let records: StoreRecords;
let hub: Hub;
let agent: Agent;
let keys: CryptoKeyPair;
let terminal: TerminalId;
let person: TestPerson;
let session: SessionId;
beforeEach(async () => {
  place = await makeStore();
  keys = await generateKeyPair(true);
  person = await makePerson(place);
  const publicKey = await exportPublicKey(keys.publicKey);
  terminal = await makeTerminal(place, { publicKey, grantedTo: [person.login] });
  records = new StoreRecords({ store: place.store, limits: DEFAULT_SIGN_IN_LIMITS, log, now: Date.now });
  hub = makeHub({ records });
  const found = await records.terminal(terminal);
  if (!found) throw new Error("not there");
  ({ agent } = connectOffice(hub, found));
  session = SessionId.parse(randomUUID());
  const { id: organisation } = found.organisation;
  const own = { id: session, terminal, organisation, person: person.id, login: person.login, personName: "佐藤" };
  await records.sessionRequested({ ...own, deviceKey: person.device.publicKey, requestedAt: 1 });
  await records.sessionLive(session, 2);
  await records.sessionEnded(session, 3, "viewer-left");
});
afterEach(async () => {
  await hub.close();
  await records.close();
  await place.close();
});

const open = () => ({ session, person: { login: person.login, name: "佐藤 花子" } }) as unknown as SessionOpen;

/** As the office PC says it: a picture of 1,000 bytes went out, one message each way. */
async function said(from = keys) {
  let at = 1_000;
  const receipt = new SessionReceipt(open(), () => at);
  const peer = { send: () => {}, sendControl: () => true } as unknown as Peer;
  let heard: PeerOptions["handlers"] | undefined;
  const counted = await receipt.counting(async ({ handlers }) => {
    heard = handlers;
    return peer;
  })({ handlers: { control: () => {}, pointer: () => {} } } as unknown as PeerOptions);
  receipt.live(false);
  counted.send({ payload: Buffer.alloc(1_000), marker: true, timestamp: 1, sequence: 1 }, 1);
  counted.sendControl("縁");
  heard?.control("abcd");
  heard?.pointer("ef");
  at = 61_000;
  const message = await receipt.signed({ terminal, privateKey: from.privateKey } as never, "viewer-left");
  if (!message) throw new Error("nothing was said");
  return message;
}

async function hear(message: object) {
  const heard = parseMessage(AgentMessage, JSON.stringify(message));
  if (!heard.ok || heard.message.type !== "session-receipt") throw new Error("not heard");
  await agentHandlers["session-receipt"](hub, agent, heard.message);
}
const kept = () => sessionReceipt(place.desk, session);
const recorded = async () =>
  (await place.store.read((q) => q.audit.after(0, 1_000))).filter(({ event }) => event === "session.receipt-kept");

test("it says who, when, over what and how much, and is kept once, as it was signed", async () => {
  const message = await said();
  await hear(message);
  await hear(message);
  expect(await kept()).toMatchObject({
    ...{ text: message.text, isSigned: true, isItsKeyNow: true },
    receipt: {
      ...{
        session,
        terminal,
        login: person.login,
        person: "佐藤 花子",
        from: 1_000,
        to: 61_000,
        reason: "viewer-left",
      },
      ...{ channels: ["picture", "control", "pointer"], viewOnly: false, policy: null },
      ...{ sentBytes: 1_003, receivedBytes: 6 },
    },
  });
  expect(await recorded()).toMatchObject([{ actor: `terminal:${terminal}` }]);
  expect((await recorded())[0]?.about).toContain((await kept())?.digest);
});

test("nothing is said of a session that nobody saw", async () => {
  expect(await new SessionReceipt(open(), () => 1).signed({} as never, "negotiation-timeout")).toBeUndefined();
});

test("it is not taken with another key, nor of another office PC's session", async () => {
  await expect(hear(await said(await generateKeyPair(true)))).rejects.toMatchObject({ code: "BAD_REQUEST" });
  const message = await said();
  await expect(hear({ ...message, text: message.text.replace("1003", "1004") })).rejects.toMatchObject({
    code: "BAD_REQUEST",
  });
  session = SessionId.parse(randomUUID());
  await expect(hear(await said())).rejects.toMatchObject({ code: "SESSION_UNKNOWN" });
  expect(await recorded()).toEqual([]);
});

test("one that was changed in the store is said to be that, at the command line too", async () => {
  await hear(await said());
  const admin = async () => {
    const lines: string[] = [];
    const exitCode = await run(["session", "receipt", session], {
      environment: { ENGAWA_STATE_DIR: place.stateDir },
      print: (text) => lines.push(text),
      complain: (text) => lines.push(text),
      readInput: async () => "",
    });
    return { exitCode, text: lines.join("\n") };
  };
  expect(await admin()).toMatchObject({ exitCode: 0, text: expect.stringContaining("the signature holds") });
  const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
  database.exec("update receipts set text = replace(text, '1003', '1004')");
  database.close();
  expect(await kept()).toMatchObject({ isSigned: false });
  expect(await admin()).toMatchObject({ exitCode: 1, text: expect.stringContaining("the signature is wrong") });
});

test("it goes with its session", async () => {
  await hear(await said());
  const database = new DatabaseSync(join(place.stateDir, "engawa.db"));
  database.prepare("update sessions set live_at = null").run();
  database.close();
  const { organisationId } = (await place.store.read((q) => q.sessions.byId(session))) ?? {};
  const retention = async () => [{ days: 30, organisations: organisationId ? [organisationId] : [] }];
  await new Housekeeping({
    store: place.store,
    retention,
    lapse: lapseRequests,
    log,
    now: () => 365 * 86_400_000,
  }).run();
  expect(await place.store.read((q) => q.receipts.of(session))).toBeUndefined();
});
