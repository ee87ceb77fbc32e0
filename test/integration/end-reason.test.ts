/** A real server that is away while a session ends, and the real agent that tells it afterwards why. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type RunningAgent, startAgent } from "../../agent/main.ts";
import { Devices } from "../../agent/trust/devices.ts";
import { saveIdentity } from "../../agent/trust/identity.ts";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";
import { openAgentDoor } from "../../signaling/doors/websocket.ts";
import { viewerHandlers } from "../../signaling/hub/handlers/table.ts";
import type { Hub } from "../../signaling/hub/hub.ts";
import { createLog } from "../../signaling/log.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
import { type SessionId, TerminalId } from "../../signaling/protocol/ids.ts";
import { exportPublicKey, generateKeyPair } from "../../signaling/protocol/signed.ts";
import type { SignedIn } from "../../signaling/records.ts";
import { DesktopTwin } from "../support/desktop-twin.ts";
import { connectPage, makeHub, request } from "../support/hub-stage.ts";
import { startRelay, type TestRelay } from "../support/relay.ts";
import { makePerson, makeStore, makeTerminal, type TestStore } from "../support/store.ts";
import { makeTestCa, type TestCa } from "../support/test-ca.ts";
import { until } from "../support/until.ts";
import { WeriftViewer } from "../support/werift-viewer.ts";

const log = createLog({ level: "silent" });

/** One life of the server. */
interface Life {
  readonly hub: Hub;
  readonly records: StoreRecords;
  readonly port: number;
  close(): Promise<void>;
}

let relay: TestRelay;
let tls: TestCa;
let place: TestStore;
let folder: string;
let life: Life;
let running: RunningAgent | undefined;
let agentLog: string[];

beforeAll(async () => {
  relay = await startRelay();
});
afterAll(() => relay?.close());

beforeEach(async () => {
  tls = await makeTestCa();
  place = await makeStore();
  folder = await mkdtemp(join(tmpdir(), "engawa-reason-"));
  agentLog = [];
  life = await startServer();
});
afterEach(async () => {
  await running?.close();
  await life.close();
  await place.close();
  await rm(folder, { recursive: true, force: true });
});

async function startServer(port = 0): Promise<Life> {
  const records = new StoreRecords({ store: place.store, log, limits: DEFAULT_SIGN_IN_LIMITS, now: Date.now });
  const hub = makeHub({ records, relay });
  await hub.start();
  const https: Server = createServer({ key: tls.key, cert: tls.chain, minVersion: "TLSv1.3" });
  openAgentDoor({ server: https, hub, log });
  await once(https.listen(port, "127.0.0.1"), "listening");
  return {
    hub,
    records,
    port: (https.address() as AddressInfo).port,
    close: async () => {
      await hub.close();
      https.closeAllConnections();
      await new Promise((done) => https.close(done));
      await records.close();
    },
  };
}

/** A person with a device, their office PC with a real agent, and the person's page. */
async function arrive() {
  const person = await makePerson(place);
  const pair = await generateKeyPair(true);
  const publicKey = await exportPublicKey(pair.publicKey);
  const terminal = TerminalId.parse(await makeTerminal(place, { grantedTo: [person.login], publicKey }));
  const devices = new Devices(join(folder, "devices.json"));
  await devices.add({ code: person.device.code, login: person.login, addedAt: Date.now() });
  await saveIdentity(join(folder, "identity.json"), {
    version: 1,
    terminal,
    name: "PC",
    organisation: "緑市",
    url: `https://127.0.0.1:${life.port}`,
    ca: tls.ca,
    publicKey,
    privateKey: (await crypto.subtle.exportKey("jwk", pair.privateKey)) as never,
  });
  running = await startAgent({
    stateDir: folder,
    logLevel: "info",
    logTo: { write: (line) => void agentLog.push(line) },
    openDesktop: ({ onReport }) => new DesktopTwin(onReport),
  });
  await until("the agent is there", () => life.hub.agents.has(terminal));

  const { viewer, connection } = connectPage(life.hub, await signIn(person));
  await request(life.hub, viewer, { id: terminal });
  const opened = connection.last("session-opened");
  return { person, devices, page: viewer, connection, opened, session: opened.session };
}

/** What the record and the audit say of why it ended. */
async function recorded(session: SessionId): Promise<{ reason: unknown; audit: string }> {
  await life.records.close();
  const row = await place.store.read((q) => q.sessions.byId(session));
  const audit = await place.store.read((q) => q.audit.after(0, 100));
  return { reason: row?.reason, audit: JSON.stringify(audit.filter(({ event }) => event === "session.ended")) };
}

test("a device that is removed while the server is away is what the record and the audit say afterwards", async () => {
  const { person, devices, session } = await arrive();
  await until("the agent has the session", () => running?.agent.sessions.has(session) ?? false);
  const { port } = life;
  await life.close();
  await devices.remove(person.device.code);
  await until("the session has ended there", () => running?.agent.sessions.size === 0);

  life = await startServer(port);
  expect(life.hub.sessions.has(session)).toBe(true);
  await until("the server knows that it is over", () => !life.hub.sessions.has(session));
  expect(agentLog.join("")).toContain('"reason":"device-removed"');
  const { reason, audit } = await recorded(session);
  expect(reason).toBe("device-removed");
  expect(audit).toContain("device-removed");
});

test("a live session whose device's day comes ends for that reason, in the page, the record and the audit", async () => {
  let eyes: WeriftViewer | undefined;
  try {
    const { person, devices, page, connection, opened, session } = await arrive();
    await until("the office PC offers", () => connection.all("offer").length > 0);
    const { sdp: offer } = connection.last("offer");
    eyes = await WeriftViewer.open({ urls: [relay.udpUrl], ...relay.credentials("viewer") });
    const { attempt, nonce } = opened;
    const answered = await eyes.answer({ session, attempt, nonce, offer, deviceKey: person.device.key });
    await viewerHandlers.answer(life.hub, page, { type: "answer", session, attempt, ...answered });
    await eyes.until(() => (eyes?.packets ?? 0) > 0);
    await until("the server has it live", () => life.hub.sessions.get(session)?.state.kind === "live");
    const [listed] = await devices.list();
    if (!listed) throw new Error("the device is not listed");
    await devices.remove(listed.code);
    await devices.add({ ...listed, until: Date.now() + 1_000 });
    expect(await eyes.told("goodbye")).toMatchObject({ reason: "device-expired" });
    await until("the page hears of it", () => connection.all("session-end").length > 0);
    expect(connection.last("session-end")).toMatchObject({ session, reason: "device-expired" });
    const { reason, audit } = await recorded(session);
    expect(reason).toBe("device-expired");
    expect(audit).toContain("device-expired");
  } finally {
    await eyes?.close();
  }
});

async function signIn(person: Awaited<ReturnType<typeof makePerson>>): Promise<SignedIn> {
  const device = await place.store.read((q) => q.devices.registered(person.id, person.device.publicKey));
  const id = crypto.randomUUID();
  const now = Date.now();
  await place.store.write((q) =>
    q.signIns.insert({
      id,
      organisationId: device?.organisationId as never,
      personId: person.id,
      deviceId: String(device?.id),
      tokenHash: id,
      createdAt: now,
      lastUsedAt: now,
      endsAt: now + 3_600_000,
      endedAt: null,
      reason: null,
    }),
  );
  const signedIn = await life.records.signedIn(id);
  if (!signedIn) throw new Error("not signed in");
  return signedIn;
}
