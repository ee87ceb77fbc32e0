import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { RunningAgent } from "../../agent/main.ts";
import { Devices } from "../../agent/trust/devices.ts";
import { viewerHandlers } from "../../signaling/hub/handlers/table.ts";
import { createLog } from "../../signaling/log.ts";
import type { SessionId } from "../../signaling/protocol/ids.ts";
import { connectPage, request } from "../support/hub-stage.ts";
import { startRelay, type TestRelay } from "../support/relay.ts";
import { enrolOffice, type Life, signIn, startLife } from "../support/server-life.ts";
import { makePerson, makeStore, type TestStore } from "../support/store.ts";
import { makeTestCa, type TestCa } from "../support/test-ca.ts";
import { until } from "../support/until.ts";
import { WeriftViewer } from "../support/werift-viewer.ts";

const _log = createLog({ level: "silent" });

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
  life = await startLife({ place, relay, tls });
});
afterEach(async () => {
  await running?.close();
  await life.close();
  await place.close();
  await rm(folder, { recursive: true, force: true });
});

/** A person with a device, their office PC with a real agent, and the person's page. */
async function arrive() {
  const person = await makePerson(place);
  const office = await enrolOffice({ folder, place, tls, person, life });
  running = await office.start(life, (line) => void agentLog.push(line));
  const { viewer, connection } = connectPage(life.hub, await signIn(life.records, place, person, { at: Date.now() }));
  await request(life.hub, viewer, { id: office.terminal });
  const opened = connection.last("session-opened");
  return { person, devices: office.devices, page: viewer, connection, opened, session: opened.session };
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

  life = await startLife({ place, relay, tls, port });
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
    // in one step: an agent that looks in between would see no device at all
    const next = join(folder, "next");
    await mkdir(next, { mode: 0o700 });
    await new Devices(join(next, "devices.json")).add({ ...listed, until: Date.now() + 1_000 });
    await rename(join(next, "devices.json"), join(folder, "devices.json"));
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
