/** The policy that a session names, kept by the office PC itself: told, refused, changed in mid-session, and in force when the server is away. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RunningAgent, startAgent } from "../../agent/main.ts";
import type { IdleLimits } from "../../agent/settings/config.ts";
import { Devices } from "../../agent/trust/devices.ts";
import { Login, Nonce, SessionId } from "../../signaling/protocol/ids.ts";
import { type AgentRules, agentPolicyId, PolicyId, type SessionPolicy } from "../../signaling/protocol/policy.ts";
import { writeIdentity } from "../support/agent-state.ts";
import { DesktopTwin } from "../support/desktop-twin.ts";
import { FalseServer } from "../support/false-server.ts";
import { startRelay, type TestRelay } from "../support/relay.ts";
import { makeDevice, type TestDevice } from "../support/store.ts";
import { makeTestCa, type TestCa } from "../support/test-ca.ts";
import { WeriftViewer } from "../support/werift-viewer.ts";

const LOGIN = Login.parse("tanaka");
const UNKNOWN = PolicyId.parse("A".repeat(22));
const MIN = 60_000;

let tls: TestCa;
let relay: TestRelay;
let server: FalseServer;
let folder: string;
let running: RunningAgent;
let desktop: DesktopTwin;
let device: TestDevice;
let log: string[];
let viewers: WeriftViewer[];

beforeAll(async () => {
  tls = await makeTestCa();
  relay = await startRelay();
});
afterAll(() => relay?.close());

beforeEach(async () => {
  server = await FalseServer.start(tls);
  folder = await mkdtemp(join(tmpdir(), "agent-"));
  [device, log, viewers] = [await makeDevice(), [], []];
  const devices = new Devices(join(folder, "devices.json"));
  await devices.add({ code: device.code, login: LOGIN, addedAt: Date.now() });
  await writeIdentity(folder, { url: server.url, ca: tls.ca });
  await start({ lockBefore: "never" });
});

afterEach(async () => {
  await Promise.all(viewers.map((viewer) => viewer.close()));
  await running.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(settings: object, idle?: IdleLimits): Promise<void> {
  const from = server.received.length;
  await running?.close();
  await writeFile(join(folder, "config.json"), JSON.stringify(settings));
  running = await startAgent({
    stateDir: folder,
    ...(idle && { idle }),
    logLevel: "info",
    logTo: { write: (line) => void log.push(line) },
    openDesktop: ({ onReport }) => {
      desktop = new DesktopTwin(onReport);
      return desktop;
    },
  });
  await server.got("sessions", undefined, from);
}

/** The server tells these rules; they are not waited for. */
async function tell(rules: AgentRules): Promise<PolicyId> {
  const id = await agentPolicyId(rules);
  server.say({ type: "policies", policies: [{ id, rules }] });
  return id;
}

const ice = (name: string) => ({ urls: [relay.udpUrl], ...relay.credentials(name) });

function ask(policy: SessionPolicy | undefined, o: { session?: SessionId; attempt?: number } = {}) {
  const { session = SessionId.parse(randomUUID()), attempt = 1 } = o;
  const nonce = Nonce.parse(Buffer.from(randomUUID().replaceAll("-", ""), "hex").toString("base64url"));
  server.say({
    type: "session-open",
    session,
    attempt,
    nonce,
    person: { login: LOGIN, name: "田中" },
    deviceKey: device.publicKey,
    codecs: ["av1-444"],
    iceServers: [ice(`${session}.a.${attempt}`)],
    ...(policy && { policy }),
  });
  return { session, attempt, nonce };
}
type Asked = ReturnType<typeof ask>;

async function answer(asked: Asked): Promise<WeriftViewer> {
  const { session, attempt } = asked;
  const offer = await server.got("offer", (m) => m.session === session && m.attempt === attempt);
  const viewer = await WeriftViewer.open(ice("viewer"));
  viewers.push(viewer);
  const answered = await viewer.answer({ ...asked, offer: offer.sdp, deviceKey: device.key });
  server.say({ type: "answer", session, attempt, ...answered });
  return viewer;
}

async function live(policy: SessionPolicy | undefined, o: Parameters<typeof ask>[1] = {}) {
  const asked = ask(policy, o);
  const viewer = await answer(asked);
  await server.got("session-live", (m) => m.session === asked.session && m.attempt === asked.attempt);
  await viewer.controlOpen();
  await viewer.told("screen");
  return { ...asked, viewer };
}

const change = ({ session }: Asked, policy: SessionPolicy) => server.say({ type: "session-policy", session, policy });
const endOf = ({ session }: Asked) => server.got("session-end", (m) => m.session === session);
const injected = () => desktop.calls.flatMap((call) => (call.kind === "inject" ? [call.event] : []));
const kinds = () => desktop.calls.map(({ kind }) => kind);
const key = (code: string, down = true) => ({ type: "key", code, down });

describe("a policy", () => {
  test("is kept, answered with its name, and holds for the session that names it right behind it", async () => {
    const id = await tell({ viewOnly: true, lockBefore: "required" });
    const { viewer } = await live({ id });
    expect((await server.got("policies-kept")).ids).toEqual([id]);
    expect(await viewer.told("rules")).toEqual({ type: "rules", viewOnly: true });
    expect(await viewer.told("locking")).toMatchObject({ before: "locked" });
    await viewer.until(() => viewer.packets > 20);
  });

  test("that this PC was not told refuses the session before anything is opened", async () => {
    const asked = ask({ id: UNKNOWN });
    expect(await endOf(asked)).toMatchObject({ reason: "policy-unknown" });
    expect([desktop.calls, server.received.some(({ type }) => type === "offer")]).toEqual([[], false]);
    expect(log.join("")).toContain("refused: this PC was not told of the policy that it names");
  });

  test("with a rule that this version does not know is not kept, and the line to the server stays", async () => {
    const rules = { viewOnly: true, watermark: "large" } as AgentRules;
    server.say({ type: "policies", policies: [{ id: UNKNOWN, rules }] });
    expect((await server.got("policies-kept")).ids).toEqual([]);
    expect(await endOf(ask({ id: UNKNOWN }))).toMatchObject({ reason: "policy-unknown" });
    expect(log.join("")).toContain("does not know a rule of this policy");
    await live(undefined);
    expect(server.received.filter(({ type }) => type === "authenticate")).toHaveLength(1);
  });

  test("of an older server is none: this PC's own settings hold", async () => {
    const { viewer } = await live(undefined);
    expect(await viewer.told("rules")).toEqual({ type: "rules", viewOnly: false });
    expect(await viewer.told("locking")).toEqual({ type: "locking", before: "unasked", whenIdle: true });
  });

  test("makes nothing laxer than this PC's own settings have it", async () => {
    await start({ lockOn: "end", lockBefore: "required", cover: "required" });
    const { viewer } = await live({ id: await tell({ lockOn: "never", lockBefore: "never", cover: "off" }) });
    expect(await viewer.told("locking")).toEqual({ type: "locking", before: "locked", whenIdle: true });
    expect(await desktop.called("protect")).toMatchObject({ cover: "required", lockWhenAlone: true });
    expect(kinds().indexOf("lock")).toBeLessThan(kinds().indexOf("open"));
  });

  test("that covers the monitors makes no picture before there is a cover", async () => {
    const asked = ask({ id: await tell({ cover: "required" }) });
    await server.got("offer", (m) => m.session === asked.session);
    expect(kinds()).toEqual([]);
    await answer(asked);
    await server.got("session-live", (m) => m.session === asked.session);
    expect(kinds().indexOf("protect")).toBeLessThan(kinds().indexOf("open"));
  });
});

describe("a session for looking only", () => {
  test("passes no input of any kind on, stays alive, and shows the screen", async () => {
    const { viewer } = await live({ id: await tell({ viewOnly: true }) });
    for (const input of [
      key("KeyA"),
      { type: "button", button: 0, down: true, x: 1, y: 1 },
      { type: "wheel", dx: 0, dy: 1 },
      { type: "locks", caps: true, num: null },
      { type: "text", text: "あいう" },
    ])
      viewer.say(input);
    viewer.move(5, 5);
    expect(await viewer.told("input-refused")).toMatchObject({ why: "not-allowed" });
    viewer.say({ type: "heartbeat", at: 7 });
    await viewer.told("heartbeat", (m) => m["at"] === 7);
    expect(injected()).toEqual([]);
    await viewer.until(() => viewer.packets > 20);
  });

  test("goes on while the person says that they are there, and ends when they do not", async () => {
    await start({ lockBefore: "never" }, { endMs: 10_000, warnMs: 9_500 });
    const asked = await live({ id: await tell({ viewOnly: true }) });
    const { viewer } = asked;
    await viewer.told("idle");
    viewer.say(key("KeyA")); // counts for nothing
    viewer.say({ type: "here" });
    await viewer.told("idle", (m) => m["endsInS"] === null);
    expect(await server.got("session-active")).toMatchObject({ session: asked.session });
    const beats = setInterval(() => viewer.say({ type: "heartbeat", at: 0 }), 100);
    try {
      expect(await endOf(asked)).toMatchObject({ reason: "idle" });
    } finally {
      clearInterval(beats);
    }
    expect(injected()).toEqual([]);
  });
});

describe("a policy that changes in mid-session", () => {
  test("takes control away at once: what is held goes up, what waits to be typed is forgotten", async () => {
    const asked = await live({ id: await tell({}) });
    const { viewer } = asked;
    viewer.say(key("ShiftLeft"));
    await desktop.called("inject");
    const before = desktop.calls.length;
    change(asked, { id: await tell({ viewOnly: true }) });
    await viewer.told("rules", (m) => m["viewOnly"] === true);
    expect(kinds().slice(before)).toEqual(expect.arrayContaining(["forget-text", "release-all"]));
    viewer.say(key("KeyA"));
    await viewer.told("input-refused");
    expect(injected()).toHaveLength(1);
    change(asked, { id: await tell({}) });
    await viewer.until(() => viewer.messages.filter((text) => JSON.parse(text).type === "rules").length === 3);
    const after = desktop.calls.length;
    viewer.say(key("KeyB"));
    expect(await desktop.called("inject", after)).toMatchObject({ event: { code: "KeyB" } });
  });

  test("covers the monitors, and ends the session where that is required and cannot be", async () => {
    const asked = await live({ id: await tell({}) });
    const before = desktop.calls.length;
    change(asked, { id: await tell({ cover: "when-possible", lockOn: "end" }) });
    expect(await desktop.called("protect", before)).toMatchObject({ cover: "when-possible" });
    expect(await asked.viewer.told("cover")).toMatchObject({ state: "covered" });
    desktop.coverState = { ok: false, reason: "no ramp" };
    change(asked, { id: await tell({ cover: "required" }) });
    expect(await endOf(asked)).toMatchObject({ reason: "cover-unavailable" });
    await desktop.called("lock", before); // something was seen
  });

  test("locks at the end as it says now", async () => {
    await start({ lockOn: "never", lockBefore: "never" });
    const asked = await live({ id: await tell({}) });
    expect(await asked.viewer.told("locking")).toMatchObject({ whenIdle: false });
    change(asked, { id: await tell({ lockOn: "end" }) });
    await asked.viewer.told("locking", (m) => m["whenIdle"] === true);
    server.say({ type: "session-end", session: asked.session, reason: "viewer-left" });
    await server.got("protection", (m) => m.session === asked.session && m.event === "locked");
  });

  test("that this PC was not told ends the session", async () => {
    const asked = await live({ id: await tell({}) });
    change(asked, { id: UNKNOWN });
    expect(await endOf(asked)).toMatchObject({ reason: "policy-unknown" });
    expect(await asked.viewer.told("goodbye")).toMatchObject({ reason: "policy-unknown" });
  });

  test("holds for the next attempt, which may name another one, or none", async () => {
    const asked = await live({ id: await tell({}) });
    const again = await live({ id: await tell({ viewOnly: true }) }, { session: asked.session, attempt: 2 });
    expect(await again.viewer.told("rules")).toMatchObject({ viewOnly: true });
    const none = await live(undefined, { session: asked.session, attempt: 3 });
    expect(await none.viewer.told("rules")).toMatchObject({ viewOnly: false });
    ask({ id: UNKNOWN }, { session: asked.session, attempt: 4 });
    expect(await endOf(asked)).toMatchObject({ reason: "policy-unknown" });
  });

  test("before the first picture: what was made without the lock is shown to nobody", async () => {
    const asked = ask({ id: await tell({}) });
    await desktop.called("encode");
    change(asked, { id: await tell({ lockBefore: "required" }) });
    await desktop.called("pause");
    const viewer = await answer(asked);
    await viewer.controlOpen();
    expect(await viewer.told("locking")).toMatchObject({ before: "locked" });
    await viewer.until(() => viewer.packets > 20);
    const after = kinds().slice(kinds().indexOf("pause"));
    expect(after).toContain("lock");
    expect(after.indexOf("encode")).toBeGreaterThan(after.indexOf("lock"));
  });
});

describe("the end that the clock gives a session", () => {
  test("is told to the person, and kept when the server is away, which hears of it later", async () => {
    const id = await tell({});
    const asked = await live({ id });
    change(asked, { id, endsInMs: 6_000, endsBy: "hours" });
    const said = await asked.viewer.told("ending");
    const { port } = server;
    await server.close();
    expect(said).toEqual({ type: "ending", end: { inS: expect.any(Number), by: "hours" } });
    expect(await asked.viewer.told("goodbye")).toMatchObject({ reason: "hours-over" });
    await desktop.called("lock");
    server = await FalseServer.start(tls, port);
    expect(await endOf(asked)).toMatchObject({ reason: "hours-over" });
    await server.got("protection", (m) => m.session === asked.session && m.event === "locked");
  });

  test("comes while the session waits for its viewer, too", async () => {
    const id = await tell({});
    const { session } = await live({ id });
    const asked = ask({ id, endsInMs: 1_000, endsBy: "session-hours" }, { session, attempt: 2 }); // and never answers
    expect(await endOf(asked)).toMatchObject({ reason: "session-too-long" });
    await desktop.called("lock");
  });

  test("is put off, or brought forward, by what the server says next", async () => {
    const id = await tell({});
    const asked = await live({ id, endsInMs: 10 * MIN, endsBy: "hours" });
    await asked.viewer.told("ending", (m) => (m["end"] as { inS: number }).inS > 500);
    change(asked, { id });
    await asked.viewer.told("ending", (m) => m["end"] === null);
    change(asked, { id, endsInMs: 0, endsBy: "session-hours" });
    expect(await endOf(asked)).toMatchObject({ reason: "session-too-long" });
  });

  test("of hours switches the PC off where its own settings allow it: told, locked, ended, off; also without the server", async () => {
    await start({ lockBefore: "never", shutDown: "allow", lockOn: "end" });
    const notices = { firstMin: 30, everyMin: 30, lastMin: 5, graceMin: 0 };
    const id = await tell({ shutDown: "after-hours", endNotices: notices });
    const asked = await live({ id, endsInMs: 25 * MIN, endsBy: "hours" });
    expect(await asked.viewer.told("ending")).toMatchObject({ end: { inS: 25 * 60 } });
    const { port } = server;
    change(asked, { id, endsInMs: 1_500, endsBy: "hours" });
    expect(await desktop.called("notice")).toMatchObject({ words: expect.stringContaining("電源を切ります") });
    await server.close();
    expect(await asked.viewer.told("goodbye")).toMatchObject({ reason: "hours-over" });
    expect(await desktop.called("power-off")).toMatchObject({ inS: 60 });
    const [told, locked, off] = (["notice", "lock", "power-off"] as const).map((kind) => kinds().indexOf(kind));
    expect([told, locked, off]).toEqual([told, locked, off].toSorted((one = 0, other = 0) => one - other));
    server = await FalseServer.start(tls, port);
    await server.got("protection", (m) => m.session === asked.session && m.event === "power-off");
  });

  test("is not said below a cover, which nobody in the office reads", async () => {
    await start({ lockBefore: "never", lockOn: "end", cover: "when-possible" });
    const id = await tell({});
    const asked = await live({ id });
    await asked.viewer.told("cover");
    change(asked, { id, endsInMs: 1_000, endsBy: "hours" });
    expect(await endOf(asked)).toMatchObject({ reason: "hours-over" });
    expect(kinds()).not.toContain("notice");
  });

  test.each([
    ["the PC's own settings do not allow it", {}, { shutDown: "after-hours" }, "hours-over"],
    ["the policy does not ask for it", { shutDown: "allow" }, {}, "hours-over"],
    ["hours have not ended it", { shutDown: "allow" }, { shutDown: "after-hours" }, "administrator"],
  ] as const)("leaves the PC on where %s", async (_, settings, rules, reason) => {
    await start({ lockBefore: "never", lockOn: "end", ...settings });
    const asked = await live({ id: await tell(rules) });
    server.say({ type: "session-end", session: asked.session, reason });
    await server.got("protection", (m) => m.session === asked.session && m.event === "locked");
    // whoever comes next finds it as it was left, and nothing was asked of it meanwhile
    await live({ id: await tell({}) });
    expect(kinds()).not.toContain("power-off");
  });

  test("is taken back for who comes again while the PC counts", async () => {
    await start({ lockBefore: "never", shutDown: "allow", lockOn: "end" });
    const id = await tell({ shutDown: "after-hours" });
    const asked = await live({ id });
    server.say({ type: "session-end", session: asked.session, reason: "hours-over" });
    await server.got("protection", (m) => m.session === asked.session && m.event === "power-off");
    await live({ id });
    await desktop.called("stay-on");
  });
});
