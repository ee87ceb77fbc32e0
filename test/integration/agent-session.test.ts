/** The agent against a signaling server that lies, through a real coturn: who is let in, and who is not. */
import { randomUUID } from "node:crypto";
import { createSocket } from "node:dgram";
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RunningAgent, startAgent } from "../../agent/main.ts";
import type { IdleLimits } from "../../agent/settings/config.ts";
import { DEVICE_YEAR_MS, Devices } from "../../agent/trust/devices.ts";
import { Fingerprint, Login, Nonce, type PublicKey, SessionId, TerminalId } from "../../signaling/protocol/ids.ts";
import type { Codec } from "../../signaling/protocol/signal.ts";
import { keyCode, offerText, onlyFingerprint, verify } from "../../signaling/protocol/signed.ts";
import { writeIdentity } from "../support/agent-state.ts";
import { DesktopTwin } from "../support/desktop-twin.ts";
import { FalseServer } from "../support/false-server.ts";
import { RELAY_PORTS, startRelay, startTlsFront, type TestRelay } from "../support/relay.ts";
import { makeDevice, type TestDevice } from "../support/store.ts";
import { ATTACKS, handshakeRecord, openStranger, relayedAddressIn } from "../support/stranger.ts";
import { makeTestCa, type TestCa } from "../support/test-ca.ts";
import { certificate, copiedCertificate, WeriftViewer } from "../support/werift-viewer.ts";

const LOGIN = Login.parse("tanaka");
const _TERMINAL = TerminalId.parse("K7QM-2Z9P-X4TD");

let tls: TestCa;
let relay: TestRelay;
let server: FalseServer;
let folder: string;
let running: RunningAgent;
let desktop: DesktopTwin;
let device: TestDevice;
let agentKey: PublicKey;
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
  device = await makeDevice();
  const devices = new Devices(join(folder, "devices.json"));
  await devices.add({ code: device.code, login: LOGIN, addedAt: Date.now() });
  await identify({});
  log = [];
  viewers = [];
  await settings({});
  await start();
});

afterEach(async () => {
  await Promise.all(viewers.map((viewer) => viewer.close()));
  await running.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function identify(more: { relayHosts?: string[] }): Promise<void> {
  agentKey = await writeIdentity(folder, { url: server.url, ca: tls.ca, ...more });
}

/** The lock before a session has tests of its own. */
const settings = (config: object) =>
  writeFile(join(folder, "config.json"), JSON.stringify({ lockBefore: "never", ...config }));

async function start(idle?: IdleLimits): Promise<void> {
  const from = server.received.length;
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

const ice = (name: string, urls = [relay.udpUrl]) => ({ urls, ...relay.credentials(name) });
const newNonce = () => Nonce.parse(Buffer.from(randomUUID().replaceAll("-", ""), "hex").toString("base64url"));

interface Asked {
  session: SessionId;
  attempt: number;
  nonce: Nonce;
}

function ask(
  o: Partial<Asked> & {
    deviceKey?: PublicKey;
    urls?: string[];
    codecs?: Codec[];
    login?: Login;
    servers?: number;
  } = {},
): Asked {
  const { session = SessionId.parse(randomUUID()), attempt = 1, nonce = newNonce() } = o;
  server.say({
    type: "session-open",
    session,
    attempt,
    nonce,
    person: { login: o.login ?? LOGIN, name: "田中" },
    deviceKey: o.deviceKey ?? device.publicKey,
    codecs: o.codecs ?? ["av1-444", "vp9-420"],
    iceServers: Array(o.servers ?? 1).fill(ice(`${session}.a.${attempt}`, o.urls)),
  });
  return { session, attempt, nonce };
}

async function view(
  asked: Asked,
  o: Parameters<typeof WeriftViewer.open>[1] & { claim?: Fingerprint; key?: CryptoKey } = {},
) {
  const offer = await server.got("offer", (m) => m.session === asked.session && m.attempt === asked.attempt);
  const viewer = await WeriftViewer.open(ice("viewer"), o);
  viewers.push(viewer);
  const claim = o.claim ? { claim: o.claim } : {};
  const answered = await viewer.answer({ ...asked, offer: offer.sdp, deviceKey: o.key ?? device.key, ...claim });
  return { viewer, answered, offer };
}

const reply = (
  asked: Asked,
  answered: { sdp: string; signature: never } | Awaited<ReturnType<typeof view>>["answered"],
) => server.say({ type: "answer", session: asked.session, attempt: asked.attempt, ...answered });

async function live(o: Parameters<typeof view>[1] = {}) {
  const asked = ask();
  const seen = await view(asked, o);
  reply(asked, seen.answered);
  await server.got("session-live", (m) => m.session === asked.session);
  await seen.viewer.controlOpen();
  await seen.viewer.told("screen");
  return { asked, ...seen };
}

/** The picture was made, for the viewer that was expected; it has gone to nobody and the desktop rests again. */
function expectNothingShown(viewer: WeriftViewer): void {
  expect(viewer.packets).toBe(0);
  expect(desktop.calls.filter(({ kind }) => kind === "encode")).toHaveLength(1);
  expect(desktop.calls.at(-1)?.kind).toBe("pause");
}

const endOf = (asked: Asked) => server.got("session-end", (m) => m.session === asked.session);

describe("who is let in", () => {
  test("opens to a registered device with the right fingerprint, and shows and takes", async () => {
    const { viewer, offer, asked } = await live();
    const fingerprint = onlyFingerprint(offer.sdp);
    expect(fingerprint).toBeDefined();
    const text = offerText({ ...asked, fingerprint: fingerprint as Fingerprint });
    expect(await verify(agentKey, offer.signature, text)).toBe(true);
    expect(offer.sdp).not.toMatch(/typ (host|srflx)/);
    await viewer.until(() => viewer.packets > 20);
    viewer.say({ type: "key", code: "KeyA", down: true });
    expect(await desktop.called("inject")).toMatchObject({ event: { type: "key", code: "KeyA", down: true } });
  });

  test("makes the first picture before there is an answer, once, and sends it when the viewer is proven", async () => {
    const asked = ask();
    const { viewer, answered } = await view(asked);
    expect(await desktop.called("encode")).toMatchObject({ key: true });
    reply(asked, answered);
    await viewer.until(() => viewer.packets > 20);
    expect(desktop.calls.filter(({ kind }) => kind === "open")).toHaveLength(1);
    expect(desktop.calls.filter((call) => call.kind === "encode" && call.key)).toHaveLength(1);
  });

  test("makes none for a device that is not on its list", async () => {
    await endOf(ask({ deviceKey: (await makeDevice()).publicKey }));
    expect(desktop.calls).toEqual([]);
  });

  test("makes none for another session while somebody looks", async () => {
    const { viewer } = await live();
    const other = ask();
    await server.got("offer", (m) => m.session === other.session);
    expect(desktop.calls.filter(({ kind }) => kind === "open")).toHaveLength(1);
    const before = viewer.packets;
    server.say({ type: "session-end", session: other.session, reason: "administrator" });
    await relay.released(other.session);
    desktop.report({ type: "changed", share: 0.5, moving: 0, at: Date.now() });
    await viewer.until(() => viewer.packets > before);
    expect(desktop.calls.some(({ kind }) => kind === "pause")).toBe(false);
  });

  test("refuses an answer whose fingerprint was exchanged on the way", async () => {
    const asked = ask();
    const { answered } = await view(asked);
    const sdp = answered.sdp.replaceAll(/(a=fingerprint:sha-256 )\S+/g, `$1${"AB:".repeat(31)}AB`);
    reply(asked, { ...answered, sdp });
    expect(await endOf(asked)).toMatchObject({ reason: "signature-invalid" });
    expect(log.join("")).toContain("not signed by the registered device for this attempt");
  });

  test("refuses an additional fingerprint beside the right one", async () => {
    const asked = ask();
    const { answered } = await view(asked);
    const sdp = answered.sdp.replace(/(a=fingerprint:sha-256 )(\S+)/, `$1$2\r\n$1${"AB:".repeat(31)}AB`);
    reply(asked, { ...answered, sdp });
    expect(await endOf(asked)).toMatchObject({ reason: "fingerprint-mismatch" });
    expect(log.join("")).toContain("does not name exactly one SHA-256 fingerprint");
  });

  test("refuses a peer whose certificate is not the one that was signed", async () => {
    const asked = ask();
    const { viewer, answered } = await view(asked, { claim: Fingerprint.parse(`${"ab:".repeat(31)}ab`) });
    reply(asked, answered);
    expect(await endOf(asked)).toMatchObject({ reason: "fingerprint-mismatch" });
    expect(log.join("")).toContain("not the one whose fingerprint was signed");
    expectNothingShown(viewer);
  });

  test("refuses a peer that shows the signed certificate without holding its key", async () => {
    const asked = ask();
    const copied = await copiedCertificate(await certificate());
    const { viewer, answered } = await view(asked, { certificate: copied });
    reply(asked, answered);
    expect(await endOf(asked)).toMatchObject({ reason: "fingerprint-mismatch" });
    expect(log.join("")).toContain("does not hold the certificate's private key");
    expectNothingShown(viewer);
  });

  test("refuses a peer that would have its pictures protected by SHA-1", async () => {
    const asked = ask();
    const { viewer, answered } = await view(asked, { srtpProfiles: [1] }); // AES-CM with HMAC-SHA1-80, RFC 5764 §4.1.2
    reply(asked, answered);
    expect(await endOf(asked)).toMatchObject({ reason: "negotiation-timeout" });
    expect(log.join("")).toContain("the DTLS handshake failed");
    expectNothingShown(viewer);
  });

  test("refuses an answer signed by another device", async () => {
    const asked = ask();
    const { answered } = await view(asked, { key: (await makeDevice()).key });
    reply(asked, answered);
    expect(await endOf(asked)).toMatchObject({ reason: "signature-invalid" });
  });

  test("does not look at an answer without a signature", async () => {
    const asked = ask();
    const { answered } = await view(asked);
    server.say({ type: "answer", session: asked.session, attempt: 1, sdp: answered.sdp } as never);
    server.say({ type: "session-end", session: asked.session, reason: "administrator" });
    await relay.released(asked.session);
    expect(log.join("")).toContain("the server sent something unreadable; it was dropped");
    expect(server.received.some(({ type }) => type === "session-live")).toBe(false);
  });

  test("refuses an answer signed for an earlier nonce", async () => {
    const asked = ask();
    const { answered } = await view({ ...asked, nonce: newNonce() });
    reply(asked, answered);
    expect(await endOf(asked)).toMatchObject({ reason: "signature-invalid" });
  });

  test("refuses a device that only the server knows, without making an offer", async () => {
    const asked = ask({ deviceKey: (await makeDevice()).publicKey });
    expect(await endOf(asked)).toMatchObject({ reason: "device-unknown" });
    expect(log.join("")).toContain("not on this PC's own list");
    expect(server.received.some(({ type }) => type === "offer")).toBe(false);
  });

  test("gives a device of version 0.2 a year from its own first start, however long ago it was added", async () => {
    await running.close();
    const path = join(folder, "devices.json");
    const old = { code: await keyCode(device.publicKey), login: LOGIN, addedAt: 1 };
    await writeFile(path, JSON.stringify({ version: 1, devices: [old] }));
    const before = Date.now();
    await start();
    await live();
    const [{ until }] = JSON.parse(await readFile(path, "utf8")).devices;
    expect(until).toBeGreaterThanOrEqual(before + DEVICE_YEAR_MS);
    await running.close();
    await start();
    expect(JSON.parse(await readFile(path, "utf8")).devices).toEqual([{ ...old, until }]);
  });

  test("refuses a registered device in the hands of another person", async () => {
    const asked = ask({ login: Login.parse("suzuki") });
    expect(await endOf(asked)).toMatchObject({ reason: "device-unknown" });
  });
});

describe("a running session", () => {
  test("sends the picture to a viewer whose DTLS is up, before it says anything", async () => {
    const { viewer } = await live({ silent: true });
    await viewer.until(() => viewer.packets > 20);
  });

  test("tells that the office PC shows a desktop which cannot be seen, to a viewer that comes then too", async () => {
    const { viewer } = await live();
    desktop.report({ type: "secure-desktop", shown: true });
    expect(await viewer.told("secure-desktop")).toMatchObject({ shown: true });
    const next = await live();
    expect(await next.viewer.told("secure-desktop")).toMatchObject({ shown: true });
    desktop.report({ type: "secure-desktop", shown: false });
    await next.viewer.until(() => next.viewer.messages.some((text) => JSON.parse(text).shown === false));
  });

  test("tells what is known of the office PC, to the next viewer too", async () => {
    const state = { ime: "katakana-half", operated: true, refusesInput: false } as const;
    const { viewer } = await live();
    desktop.report({ type: "office", ...state });
    expect(await viewer.told("office")).toEqual({ type: "office", ...state });
    const next = await live();
    expect(await next.viewer.told("office")).toEqual({ type: "office", ...state });
  });

  test("says in its log, once, that the PC takes no input", async () => {
    await live();
    for (const refusesInput of [true, true, false])
      desktop.report({ type: "office", ime: "off", operated: false, refusesInput });
    expect(log.filter((line) => line.includes("takes no input")).length).toBe(1);
  });

  test("does not answer a second handshake on its path, and goes on", async () => {
    const { viewer } = await live();
    const { replies } = await viewer.secondHandshake();
    viewer.say({ type: "heartbeat", at: 4 });
    await viewer.until(() => viewer.messages.some((text) => JSON.parse(text).at === 4));
    viewer.say({ type: "key", code: "KeyB", down: true });
    await desktop.called("inject");
    expect(replies()).toBe(0);
  });

  test("ends within two seconds when the device is taken off this PC's list", async () => {
    const { asked, viewer } = await live();
    viewer.say({ type: "key", code: "ShiftLeft", down: true });
    await desktop.called("inject");
    await new Devices(join(folder, "devices.json")).remove(await keyCode(device.publicKey));
    expect(await endOf(asked)).toMatchObject({ reason: "device-removed" });
    expect(await viewer.told("goodbye")).toMatchObject({ reason: "device-removed" });
    expect(desktop.calls.some(({ kind }) => kind === "release-all")).toBe(true);
  });

  test("ends when the server says that the device was lost, and the same device is a stranger afterwards", async () => {
    const { asked } = await live();
    const lost = { code: await keyCode(device.publicKey), login: LOGIN };
    const other = { code: lost.code, login: Login.parse("suzuki") };
    server.say({ type: "forget-devices", devices: [lost, other] });
    expect(await server.got("devices-forgotten")).toMatchObject({
      devices: [
        { ...lost, known: true },
        { ...other, known: false },
      ],
    });
    expect(await endOf(asked)).toMatchObject({ reason: "device-removed" });
    expect(log.join("")).toContain("struck off this PC's list");
    await running.close();
    await start(); // it is not only remembered while the agent runs
    expect(await endOf(ask())).toMatchObject({ reason: "device-unknown" });
  });

  test("releases what is held when the viewer falls silent, then waits for it to come back", async () => {
    const { asked, viewer } = await live();
    viewer.say({ type: "key", code: "ControlLeft", down: true });
    await desktop.called("inject");
    await viewer.close();
    await desktop.called("release-all");
    await server.got("session-interrupted", (m) => m.session === asked.session);
    expect(desktop.calls.at(-1)?.kind).toBe("pause");
    const again = ask({ session: asked.session, attempt: 2 });
    const seen = await view(again);
    reply(again, seen.answered);
    await server.got("session-live", (m) => m.session === asked.session && m.attempt === 2);
  });

  test("goes on while the server is away and is reported when it is back", async () => {
    const { asked, viewer } = await live();
    const { port } = server;
    await server.close();
    const before = viewer.packets;
    desktop.report({ type: "changed", share: 0.5, moving: 0, at: Date.now() });
    await viewer.until(() => viewer.packets > before);
    server = await FalseServer.start(tls, port);
    expect(await server.got("sessions")).toMatchObject({
      running: [{ session: asked.session, attempt: 1, live: true }],
    });
  });

  test("notices that the relay was restarted, and is rebuilt on the new one", async () => {
    const { asked, viewer } = await live();
    viewer.say({ type: "key", code: "AltLeft", down: true });
    await desktop.called("inject");
    await relay.restart();
    await desktop.called("release-all"); // nobody is heard any more
    await server.got("session-interrupted", (m) => m.session === asked.session);
    const again = ask({ session: asked.session, attempt: 2 });
    const seen = await view(again);
    reply(again, seen.answered);
    await server.got("session-live", (m) => m.session === asked.session && m.attempt === 2);
    await seen.viewer.until(() => seen.viewer.packets > 20);
  });

  test("is not disturbed by another person whom the server sends, and who is told that it is in use", async () => {
    const { viewer } = await live();
    const other = await makeDevice();
    const login = Login.parse("suzuki");
    const code = await keyCode(other.publicKey);
    await new Devices(join(folder, "devices.json")).add({ code, login, addedAt: Date.now() });
    const asked = ask({ login, deviceKey: other.publicKey });
    expect(await endOf(asked)).toMatchObject({ reason: "in-use" });
    expect(log.join("")).toContain("refused: tanaka is using this PC");
    viewer.say({ type: "key", code: "KeyC", down: true });
    await desktop.called("inject");
    expect(server.received.some(({ type }) => type === "session-interrupted")).toBe(false);
  });

  test("ends when no picture can be made, instead of trying for ever", async () => {
    const { asked, viewer } = await live();
    for (let time = 0; time < 8; time++)
      desktop.report({ type: "encode-failed", code: "no-codec", message: "no codec" });
    expect(await endOf(asked)).toMatchObject({ reason: "desktop-unavailable" });
    expect(await viewer.told("goodbye")).toMatchObject({ reason: "desktop-unavailable" });
  });

  test("gives its allocation back when it ends", async () => {
    const { asked } = await live();
    expect(relay.allocations().filter((name) => name.includes(asked.session))).toHaveLength(1);
    server.say({ type: "session-end", session: asked.session, reason: "viewer-left" });
    await relay.released(asked.session);
    expect(server.received.some(({ type }) => type === "session-end")).toBe(false);
  });
});

describe("the protection of the office PC", () => {
  /** The agent anew, with these settings. */
  async function configured(config: object): Promise<void> {
    await running.close();
    await settings(config);
    await start();
  }
  const reported = (event: string, from = 0) => server.got("protection", (m) => m.event === event, from);
  const after = (kind: string, than: string) =>
    desktop.calls.findLastIndex((call) => call.kind === kind) > desktop.calls.findIndex((call) => call.kind === than);
  const leave = (asked: Asked) => server.say({ type: "session-end", session: asked.session, reason: "viewer-left" });
  async function registered(name: string) {
    const [other, login] = [await makeDevice(), Login.parse(name)];
    const devices = new Devices(join(folder, "devices.json"));
    await devices.add({ code: await keyCode(other.publicKey), login, addedAt: Date.now() });
    return { deviceKey: other.publicKey, login };
  }

  test("covers the monitors before the first picture, says so, and gives them back at the end", async () => {
    await configured({ cover: "required", coverText: "電源を切らないでください" });
    const asked = ask();
    const { viewer, answered } = await view(asked);
    expect(desktop.calls).toEqual([]); // neither cover nor picture for somebody who is not proven
    reply(asked, answered);
    await viewer.until(() => viewer.packets > 20);
    expect(desktop.calls[0]).toMatchObject({ kind: "protect", cover: "required", lockWhenAlone: true });
    expect(desktop.calls[0]).toMatchObject({ words: expect.stringMatching(/電源を切らないでください\nCity 田中さん/) });
    expect(await viewer.told("cover")).toMatchObject({ state: "covered" });
    expect(await reported("covered")).toMatchObject({ session: asked.session, reason: "" });
    leave(asked);
    const off = await desktop.called("protect", 1);
    expect(off).toMatchObject({ cover: "off", lockWhenAlone: false });
  });

  test("ends the session that must be covered and is not, and says why", async () => {
    await configured({ cover: "required" });
    desktop.coverState = { ok: false, reason: "A monitor has no gamma ramp." };
    const asked = ask();
    const { viewer, answered } = await view(asked);
    reply(asked, answered);
    expect(await endOf(asked)).toMatchObject({ reason: "cover-unavailable" });
    expect(await reported("cover-failed")).toMatchObject({ reason: "A monitor has no gamma ramp." });
    expect(log.join("")).toContain("NOT covered");
    expect(viewer.packets).toBe(0);
    expect(await desktop.called("protect", 1)).toMatchObject({ cover: "off" });
    expect(desktop.calls.some(({ kind }) => kind === "lock")).toBe(false); // nothing could be seen or operated
  });

  test("locks the PC when the cover is lost in mid-session", async () => {
    await configured({ cover: "required" });
    const { asked, viewer } = await live();
    await viewer.told("cover");
    desktop.report({ type: "covered", ok: false, reason: "Another window lies above the cover." });
    expect(await endOf(asked)).toMatchObject({ reason: "cover-unavailable" });
    expect(await reported("locked")).toMatchObject({ session: asked.session });
  });

  test("goes on without a cover where it is only wished for, and tells the page", async () => {
    await configured({ cover: "when-possible" });
    desktop.coverState = { ok: false, reason: "no" };
    const { viewer } = await live();
    expect(await viewer.told("cover")).toMatchObject({ state: "impossible" });
    await viewer.until(() => viewer.packets > 20);
  });

  test("locks the PC after a session, then uncovers it, and reports the time", async () => {
    await configured({ cover: "when-possible" });
    const { asked } = await live();
    const before = Date.now();
    leave(asked);
    const report = await reported("locked");
    expect(report).toMatchObject({ session: asked.session, reason: "ended" });
    expect(report.at).toBeGreaterThanOrEqual(before);
    await desktop.called(
      "protect",
      desktop.calls.findIndex(({ kind }) => kind === "lock"),
    );
    expect(after("protect", "lock")).toBe(true);
  });

  test("locks the PC when the line breaks, and tells it when the server is back", async () => {
    const { viewer, asked } = await live();
    const { port } = server;
    await server.close();
    await viewer.close();
    await desktop.called("lock");
    server = await FalseServer.start(tls, port);
    expect(await reported("locked")).toMatchObject({ session: asked.session, reason: "interrupted" });
  });

  test("locks the PC before its first picture: nothing is made, and no path comes up, until it is locked", async () => {
    await configured({ lockBefore: "required" });
    const asked = ask();
    const { viewer, answered } = await view(asked);
    // an encoder stands ready; the PC is not locked for somebody who has not signed
    expect(desktop.calls.map(({ kind }) => kind)).toEqual(["open"]);
    reply(asked, answered);
    await viewer.until(() => viewer.packets > 20);
    const kinds = desktop.calls.map(({ kind }) => kind);
    expect(kinds.indexOf("encode")).toBeGreaterThan(kinds.indexOf("lock"));
    expect(kinds).toContain("lock");
  });

  test("does not lock it again for the next attempt of a session that was live", async () => {
    await configured({ lockBefore: "required" });
    const { asked } = await live();
    const again = ask({ session: asked.session, attempt: 2 });
    const { viewer, answered } = await view(again);
    reply(again, answered);
    await viewer.until(() => viewer.packets > 20);
    expect(desktop.calls.filter(({ kind }) => kind === "lock")).toHaveLength(1);
  });

  test("shows nothing of a PC that has to be locked first and cannot be", async () => {
    await configured({ lockBefore: "required" });
    desktop.lockOutcome = "not-locked";
    const asked = ask();
    const { viewer, answered } = await view(asked);
    reply(asked, answered);
    expect(await endOf(asked)).toMatchObject({ reason: "not-locked" });
    expect(viewer.packets).toBe(0);
    expect(desktop.calls.map(({ kind }) => kind)).not.toContain("encode");
  });

  test.each([
    ["not-locked", "not-locked"],
    ["no-desktop", "desktop-unavailable"],
  ] as const)(
    "shows nothing of one that could be locked and is not, whatever the policy (%s)",
    async (outcome, reason) => {
      await configured({ lockBefore: "when-possible" });
      desktop.lockOutcome = outcome;
      const asked = ask();
      const { viewer, answered } = await view(asked);
      reply(asked, answered);
      expect(await endOf(asked)).toMatchObject({ reason });
      expect(viewer.packets).toBe(0);
      expect(desktop.calls.map(({ kind }) => kind)).not.toContain("encode");
    },
  );

  test("shows one that nothing can lock, tells page and server so, and not again to the next attempt's record", async () => {
    await configured({ lockBefore: "when-possible" });
    desktop.lockOutcome = "impossible";
    const { viewer, asked } = await live();
    expect(await viewer.told("locking")).toEqual({ type: "locking", before: "impossible", whenIdle: true });
    await viewer.until(() => viewer.packets > 20);
    expect(await reported("shown-unlocked")).toMatchObject({ session: asked.session });
    expect(log.join("")).toContain("nothing on this PC can lock it");
    const again = ask({ session: asked.session, attempt: 2 });
    const next = await view(again);
    reply(again, next.answered);
    await next.viewer.told("locking");
    expect(server.received.filter((m) => m.type === "protection")).toHaveLength(1);
  });

  test("does not show one that nothing can lock where that is required", async () => {
    await configured({ lockBefore: "required" });
    desktop.lockOutcome = "impossible";
    const asked = ask();
    const { answered } = await view(asked);
    reply(asked, answered);
    expect(await endOf(asked)).toMatchObject({ reason: "not-locked" });
  });

  test("locks it again when somebody has unlocked it before the first picture, and only then shows it", async () => {
    await configured({ lockBefore: "when-possible" });
    desktop.lockStates.push("locked", "open");
    const { viewer } = await live();
    await viewer.until(() => viewer.packets > 20);
    expect(await viewer.told("locking")).toEqual({ type: "locking", before: "locked", whenIdle: true });
    const kinds = desktop.calls.map(({ kind }) => kind).filter((kind) => /lock|open|pause|encode/.test(kind));
    const early = ["open", "lock-state", "lock", "encode"];
    expect(kinds.slice(0, 9)).toEqual([...early, "lock-state", "lock", "pause", "open", "encode"]);
  });

  test("makes no picture of a PC that was not locked yet before its path is up", async () => {
    await configured({ lockBefore: "when-possible" });
    desktop.lockStates.push("open");
    const { viewer } = await live();
    await viewer.until(() => viewer.packets > 20);
    const kinds = desktop.calls.map(({ kind }) => kind).filter((kind) => /lock|open|pause|encode/.test(kind));
    expect(kinds.slice(0, 5)).toEqual(["open", "lock-state", "lock", "lock-state", "encode"]);
  });

  test("shows nothing when it has been unlocked and cannot be locked again", async () => {
    await configured({ lockBefore: "when-possible" });
    desktop.lockStates.push("open", "open");
    const asked = ask();
    const { viewer, answered } = await view(asked);
    reply(asked, answered);
    await desktop.called("lock");
    desktop.lockOutcome = "not-locked";
    expect(await endOf(asked)).toMatchObject({ reason: "not-locked" });
    expect(viewer.packets).toBe(0);
    expect(server.received.some(({ type }) => type === "session-live")).toBe(false);
  });

  test("believes what does not tell whether it still is locked", async () => {
    await configured({ lockBefore: "required" });
    desktop.lockStates.push("unknown", "unknown");
    const { viewer } = await live();
    await viewer.until(() => viewer.packets > 20);
    expect(desktop.calls.filter(({ kind }) => kind === "lock")).toHaveLength(1);
  });

  test("ends the session of a page that comes back after the limit, for that reason", async () => {
    await running.close();
    await start({ endMs: 3_000, warnMs: 1 });
    const { asked } = await live();
    const from = performance.now();
    const again = ask({ session: asked.session, attempt: 2 }); // and never answers
    await server.got("offer", (m) => m.session === again.session && m.attempt === 2);
    await expect.poll(() => performance.now() - from, { timeout: 6_000 }).toBeGreaterThan(3_000);
    ask({ session: asked.session, attempt: 3 });
    expect(await endOf(asked)).toMatchObject({ reason: "idle" });
    expect(await reported("locked")).toMatchObject({ session: asked.session });
    expect(server.received.some((m) => m.type === "offer" && m.attempt === 3)).toBe(false);
  });

  test("ends a session on its device's day, and says so", async () => {
    const devices = new Devices(join(folder, "devices.json"));
    const code = await keyCode(device.publicKey);
    await devices.remove(code);
    const until = Date.now() + 4_000;
    await devices.add({ code, login: LOGIN, addedAt: Date.now(), until });
    const { asked, viewer } = await live();
    expect(await endOf(asked)).toMatchObject({ reason: "device-expired" });
    expect(Date.now()).toBeGreaterThanOrEqual(until);
    expect(await viewer.told("goodbye")).toMatchObject({ reason: "device-expired" });
    expect(await endOf(ask())).toMatchObject({ reason: "device-expired" });
  });

  test("warns of an end for want of input, which input puts off; then locks and ends, whatever else was heard", async () => {
    await running.close();
    await start({ endMs: 3_000, warnMs: 2_500 });
    const { asked, viewer } = await live();
    expect(await viewer.told("idle")).toMatchObject({ endsInS: expect.any(Number) });
    viewer.say({ type: "key", code: "KeyA", down: true });
    viewer.say({ type: "key", code: "KeyA", down: false });
    expect(await viewer.told("idle", (m) => m["endsInS"] === null)).toBeDefined();
    expect(await server.got("session-active")).toMatchObject({ session: asked.session });
    const beats = setInterval(() => viewer.say({ type: "heartbeat", at: 0 }), 100);
    expect(await endOf(asked)).toMatchObject({ reason: "idle" });
    clearInterval(beats);
    expect(await viewer.told("goodbye")).toMatchObject({ reason: "idle" });
    expect(await reported("locked")).toMatchObject({ session: asked.session });
  });

  test("tells the server why a session ended meanwhile before it says what runs", async () => {
    const { asked } = await live();
    const { port } = server;
    await server.close();
    await new Devices(join(folder, "devices.json")).remove(await keyCode(device.publicKey));
    await desktop.called("lock");
    server = await FalseServer.start(tls, port);
    await server.got("sessions");
    const heard = server.received.filter(({ type }) => type === "session-end" || type === "sessions");
    expect(heard).toMatchObject([
      { type: "session-end", session: asked.session, reason: "device-removed" },
      { type: "sessions", running: [], ended: [{ session: asked.session, reason: "device-removed" }] },
    ]);
  });

  test("locks the PC of a person who was cut off, and of one who left only where that is wanted", async () => {
    await configured({ lockOn: "interrupted" });
    const left = await live();
    leave(left.asked);
    await desktop.called("protect", 1);
    const { asked } = await live();
    server.say({ type: "session-end", session: asked.session, reason: "administrator" });
    expect(await reported("locked")).toMatchObject({ session: asked.session });
    expect(desktop.calls.filter(({ kind }) => kind === "lock")).toHaveLength(1);
  });

  test("a PC that could not be locked takes nobody but the person who left it", async () => {
    await configured({ lockOn: "end" });
    desktop.lockOutcome = "not-locked";
    const { asked } = await live();
    leave(asked);
    expect(await reported("lock-failed")).toMatchObject({ session: asked.session });
    expect(log.join("")).toContain("NOT locked");
    expect(await endOf(ask(await registered("suzuki")))).toMatchObject({ reason: "not-locked" });
    await live();
    leave(asked);
  });

  test("is locked when the agent is stopped in mid-session", async () => {
    await live();
    await running.close();
    const kinds = desktop.calls.map(({ kind }) => kind);
    expect(kinds.slice(kinds.indexOf("lock"))).toEqual(["lock", "protect", "close"]);
    await start();
  });
});

describe("a server that names other hosts than its own", () => {
  test.each([
    ["another host", (port: number) => `turn:127.0.0.2:${port}?transport=udp`, "neither the server's host"],
    ["a name to be resolved", (port: number) => `turns:localhost:${port}?transport=tcp`, "neither the server's host"],
    ["TCP in clear", (port: number) => `turn:127.0.0.1:${port}?transport=tcp`, "without TLS"],
  ])("learns nothing of the network: %s hears not a byte", async (_, urlOf, why) => {
    let heard = 0;
    const tcp = createServer((socket) => {
      heard += 1;
      socket.destroy();
    });
    const port = await new Promise<number>((resolve) => {
      tcp.listen(0, "0.0.0.0", () => resolve((tcp.address() as AddressInfo).port));
    });
    const udp = createSocket("udp4", () => {
      heard += 1;
    });
    await new Promise<void>((resolve) => udp.bind(port, "0.0.0.0", resolve));
    const asked = ask({ urls: [urlOf(port)] });
    expect(await endOf(asked)).toMatchObject({ reason: "relay-unreachable" });
    expect(log.join("")).toContain(why);
    expect(heard).toBe(0);
    udp.close();
    tcp.close();
  });

  test.each(["setting", "token"])("may name one that IT allowed, by the %s", async (by) => {
    await running.close();
    if (by === "setting") await settings({ relayHosts: "localhost" });
    else await identify({ relayHosts: ["localhost"] });
    await start();
    const asked = ask({ urls: [relay.udpUrl.replace("127.0.0.1", "localhost")] });
    const offer = await server.got("offer", (m) => m.session === asked.session);
    expect(offer.sdp).toContain("typ relay");
  });
});

describe("the way to the relay", () => {
  test("takes TLS when UDP does not answer, and remembers it", async () => {
    const front = await startTlsFront(relay, { key: tls.key, cert: tls.chain });
    const dead = "turn:127.0.0.1:9?transport=udp";
    const asked = ask({ urls: [dead, front.url] });
    const { answered, viewer } = await view(asked);
    reply(asked, answered);
    await server.got("session-live", (m) => m.session === asked.session);
    await viewer.until(() => viewer.packets > 20);
    const at = server.received.length;
    const again = ask({ session: asked.session, attempt: 2, urls: [dead, front.url] });
    await server.got("offer", (m) => m.attempt === again.attempt, at);
    expect(log.filter((line) => line.includes("relay not reached")).length).toBe(1);
    await front.close();
  });

  test("says so when no relay answers", async () => {
    const asked = ask({ urls: ["turn:127.0.0.1:9?transport=udp"] });
    expect(await endOf(asked)).toMatchObject({ reason: "relay-unreachable" });
  });
});

/** Somebody else with a credential of this relay. */
function stranger(name = "another-session") {
  const { username, credential } = relay.credentials(name);
  return openStranger({ host: "127.0.0.1", port: relay.port }, { username, password: credential });
}

const interruptions = (asked: Asked) =>
  server.received.filter((m) => m.type === "session-interrupted" && m.session === asked.session);

describe("a stranger with a credential of the same relay", () => {
  const { alert, unknownRecord, fragment, hugeFragment, certificate: strange } = ATTACKS;

  test.each([
    ["an alert in clear", [alert]],
    ["a record of an unknown type", [unknownRecord]],
    ["fragments without end", [...Array<Buffer>(200).fill(fragment), hugeFragment, hugeFragment]],
  ])("does not end a session by %s", async (_, datagrams) => {
    const { viewer, offer, asked } = await live();
    const other = await stranger();
    await other.send(relayedAddressIn(offer.sdp), ...datagrams);
    viewer.say({ type: "key", code: "KeyA", down: true });
    expect(await desktop.called("inject")).toMatchObject({ event: { type: "key", code: "KeyA" } });
    await other.close();
    expect(interruptions(asked)).toEqual([]);
  });

  test("does not end a session by trying every port of the relay, and its picture goes on", async () => {
    const { viewer, offer, answered, asked } = await live();
    const [agent, own] = [relayedAddressIn(offer.sdp), relayedAddressIn(answered.sdp)];
    const all = Array.from({ length: RELAY_PORTS.last - RELAY_PORTS.first + 1 }, (_, i) => RELAY_PORTS.first + i);
    expect(all).toContain(agent.port);
    // a browser ignores such records; this viewer has the library's weakness itself
    const tried = all.filter((port) => port !== own.port);
    const other = await stranger();
    await other.spray(
      agent.host,
      tried.flatMap((port) => [alert, unknownRecord].map((datagram) => ({ port, datagram }))),
    );
    const before = viewer.packets;
    desktop.report({ type: "changed", share: 0.5, moving: 0, at: Date.now() });
    await viewer.until(() => viewer.packets > before);
    viewer.say({ type: "key", code: "KeyA", down: true });
    expect(await desktop.called("inject")).toMatchObject({ event: { type: "key", code: "KeyA" } });
    await other.close();
    expect(interruptions(asked)).toEqual([]);
  });

  test("does not keep a session from beginning by a certificate of its own", async () => {
    const asked = ask();
    const { viewer, answered, offer } = await view(asked);
    const other = await stranger();
    let isLive = false;
    const began = server
      .got("session-live", (m) => m.session === asked.session)
      .then(() => {
        isLive = true;
      });
    reply(asked, answered);
    while (!isLive) await other.send(relayedAddressIn(offer.sdp), strange);
    await began;
    await viewer.until(() => viewer.packets > 0);
    await other.close();
  });
});

describe("a viewer on the right path that has proven nothing yet", () => {
  /** Kept, they would be more than what is allowed. */
  const FLOOD = 20_000;
  const { fragment, hugeFragment } = ATTACKS;
  const ahead = handshakeRecord({ type: 11, length: 400, offset: 0, fragment: Buffer.alloc(1_000) });

  test.each([
    ["fragments of one message without end", fragment],
    ["fragments of a message of 16 MB", hugeFragment],
    ["a fragment longer than its message", ahead],
  ])("fills no memory by %s, sees nothing, and the next attempt works", async (_, datagram) => {
    const asked = ask();
    const seen = await view(asked);
    seen.viewer.insteadOfHandshake(datagram);
    const before = held();
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, held() - before);
    }, 10);
    reply(asked, seen.answered);
    await seen.viewer.until(() => seen.viewer.flooded > FLOOD);
    clearInterval(watch);
    expect(Math.max(most, held() - before)).toBeLessThan(16 * 1024 * 1024);
    server.say({ type: "session-end", session: asked.session, reason: "administrator" });
    await relay.released(asked.session);
    expectNothingShown(seen.viewer);

    await seen.viewer.close();
    const next = await live();
    await next.viewer.until(() => next.viewer.packets > 20);
  });
});

/** Bytes in buffers, of which fragments are made. */
const held = (): number => process.memoryUsage().arrayBuffers;

/** Of the UDP sockets that this process has open now: /proc/net/udp names port and inode, the descriptors their inodes. */
async function ownUdpPorts(): Promise<number[]> {
  const open = await readdir("/proc/self/fd");
  const links = await Promise.all(open.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")));
  const rows = (await readFile("/proc/self/net/udp", "utf8")).split("\n").slice(1);
  return rows.flatMap((row) => {
    const [, local = "", , , , , , , , inode] = row.trim().split(/\s+/);
    return links.includes(`socket:[${inode}]`) ? [Number.parseInt(local.split(":")[1] ?? "", 16)] : [];
  });
}

test("plain UDP from the office's LAN straight to the agent's own port ends no session", async () => {
  const asked = ask();
  await server.got("offer", (m) => m.session === asked.session);
  const ports = await ownUdpPorts();
  expect(ports.length).toBeGreaterThan(0);
  const { viewer, answered } = await view(asked);
  reply(asked, answered);
  await server.got("session-live", (m) => m.session === asked.session);
  await viewer.controlOpen();
  const record = ATTACKS.alert;
  const channelData = Buffer.concat([Buffer.from([0x40, 0, 0, record.length]), record]); // RFC 8656 §12.4
  const neighbour = createSocket("udp4");
  for (const port of ports)
    await new Promise<void>((resolve) => neighbour.send(channelData, port, "127.0.0.1", () => resolve()));
  viewer.say({ type: "key", code: "KeyA", down: true });
  expect(await desktop.called("inject")).toMatchObject({ event: { type: "key", code: "KeyA" } });
  neighbour.close();
  expect(server.received.filter((m) => m.type === "session-interrupted" && m.session === asked.session)).toEqual([]);
});

test("a server that names 300 relays is not listened to", async () => {
  const asked = ask({ servers: 300 });
  const session = asked.session;
  ask({ session });
  await server.got("offer", (m) => m.session === session);
  expect(log.filter((line) => line.includes("something unreadable")).length).toBe(1);
});
