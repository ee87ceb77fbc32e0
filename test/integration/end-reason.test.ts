/** A real server that is away while a session ends, and the real agent that tells it afterwards why. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type RunningAgent, startAgent } from "../../agent/main.ts";
import { Devices } from "../../agent/trust/devices.ts";
import { saveIdentity } from "../../agent/trust/identity.ts";
import type { Hub } from "../../signaling/hub.ts";
import { createLog } from "../../signaling/log.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
import { TerminalId } from "../../signaling/protocol/ids.ts";
import { exportPublicKey, generateKeyPair } from "../../signaling/protocol/signed.ts";
import type { SignedIn } from "../../signaling/records.ts";
import { openAgentDoor } from "../../signaling/websocket.ts";
import { DesktopTwin } from "../support/desktop-twin.ts";
import { connectPage, makeHub, request } from "../support/hub-stage.ts";
import { makePerson, makeStore, makeTerminal, type TestStore } from "../support/store.ts";
import { makeTestCa, type TestCa } from "../support/test-ca.ts";
import { until } from "../support/until.ts";

const log = createLog({ level: "silent" });

/** One life of the server. */
interface Life {
  readonly hub: Hub;
  readonly records: StoreRecords;
  readonly port: number;
  close(): Promise<void>;
}

let tls: TestCa;
let place: TestStore;
let folder: string;
let life: Life;
let running: RunningAgent | undefined;
let agentLog: string[];

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
  const records = new StoreRecords({ store: place.store, log, now: Date.now });
  const hub = makeHub({ records });
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

test("a device that is removed while the server is away is what the record and the audit say afterwards", async () => {
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
    openDesktop: ({ handlers }) => new DesktopTwin(handlers),
  });
  await until("the agent is there", () => life.hub.agents.has(terminal));

  const { viewer, connection } = connectPage(life.hub, await signIn(person));
  await request(life.hub, viewer, { id: terminal });
  const { session } = connection.last("session-opened");
  await until("the agent has the session", () => running?.agent.sessions.has(session) ?? false);
  const { port } = life;
  await life.close();
  await devices.remove(person.device.code);
  await until("the session has ended there", () => running?.agent.sessions.size === 0);

  life = await startServer(port);
  expect(life.hub.sessions.has(session)).toBe(true);
  await until("the server knows that it is over", () => !life.hub.sessions.has(session));
  await life.records.close();
  expect(agentLog.join("")).toContain('"reason":"device-removed"');
  expect(await place.store.read((q) => q.sessions.byId(session))).toMatchObject({ reason: "device-removed" });
  const audit = await place.store.read((q) => q.audit.after(0, 100));
  expect(JSON.stringify(audit.filter(({ event }) => event === "session.ended"))).toContain("device-removed");
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
