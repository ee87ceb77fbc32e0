/**
 * The agent in a network whose only way out is a proxy: server and relay have names that nobody but the proxy can resolve, so
 * that no direct connection can succeed.
 */
import { createHash, randomUUID, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { examineNetwork } from "../../agent/cli/network-doctor.ts";
import { type RunningAgent, startAgent } from "../../agent/main.ts";
import { Network } from "../../agent/network/network.ts";
import { enrol } from "../../agent/server/enrol.ts";
import { loadConfig } from "../../agent/settings/config.ts";
import { Devices } from "../../agent/trust/devices.ts";
import { loadIdentity } from "../../agent/trust/identity.ts";
import { Login, Nonce, SessionId, TerminalId } from "../../signaling/protocol/ids.ts";
import { writeIdentity } from "../support/agent-state.ts";
import { ConnectProxy } from "../support/connect-proxy.ts";
import { DesktopTwin } from "../support/desktop-twin.ts";
import { FalseServer } from "../support/false-server.ts";
import { makePki } from "../support/pki.ts";
import { startRelay, startTlsFront, type TestRelay } from "../support/relay.ts";
import { makeDevice, type TestDevice } from "../support/store.ts";
import { makeTestCa, type TestCa } from "../support/test-ca.ts";
import { until } from "../support/until.ts";
import { WeriftViewer } from "../support/werift-viewer.ts";

const SERVER = "server.invalid"; // RFC 6761 §6.4: resolves nowhere
const RELAY = "relay.invalid";
const ENROLMENT = "enrol.invalid";
const [SERVER_CONNECT, RELAY_CONNECT] = [`CONNECT ${SERVER}:443`, `CONNECT ${RELAY}:443`];
const LOGIN = Login.parse("tanaka");
const TERMINAL = TerminalId.parse("K7QM-2Z9P-X4TD");
const CREDENTIALS = { user: "総務:課", password: "p@ss w/rd%" };

let tls: TestCa;
let stranger: TestCa;
let relay: TestRelay;
let relayTls: Awaited<ReturnType<typeof startTlsFront>>;
let server: FalseServer;
let proxy: ConnectProxy;
let folder: string;
let device: TestDevice;
let running: RunningAgent | undefined;
let desktop: DesktopTwin;
let log: string[];
let closers: Array<() => void | Promise<void>>;

beforeAll(async () => {
  const { ca, key, cert } = makePki({ names: [SERVER, RELAY] });
  tls = { ca, key, chain: cert, caHash: hashOf(ca) };
  stranger = await makeTestCa();
  relay = await startRelay();
  relayTls = await startTlsFront(relay, { key, cert });
});
afterAll(async () => {
  await relayTls?.close();
  await relay?.close();
});

beforeEach(async () => {
  [log, closers, running] = [[], [], undefined];
  server = await FalseServer.start(tls);
  proxy = await ConnectProxy.start({
    ports: {
      [`${SERVER}:443`]: server.port,
      [`${RELAY}:443`]: Number(new URL(relayTls.url.replace("turns:", "http://")).port),
    },
    credentials: CREDENTIALS,
  });
  folder = await mkdtemp(join(tmpdir(), "agent-"));
  device = await makeDevice();
  const { code } = device;
  await new Devices(join(folder, "devices.json")).add({ code, login: LOGIN, addedAt: Date.now() });
  await identify(tls.ca);
});
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  await running?.close();
  await proxy.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const identify = (ca: string | undefined) => writeIdentity(folder, { url: `https://${SERVER}`, ca });

type Settings = { proxy?: string; proxyHosts?: string; caFile?: string };

async function configure(settings: Settings): Promise<void> {
  await writeFile(join(folder, "config.json"), JSON.stringify({ relayHosts: RELAY, ...settings }));
}

async function start(settings: Settings): Promise<void> {
  await configure(settings);
  running = await startAgent({
    stateDir: folder,
    logLevel: "debug",
    logTo: { write: (line) => void log.push(line) },
    openDesktop: ({ onReport }) => {
      desktop = new DesktopTwin(onReport);
      return desktop;
    },
  });
}

const credentialsIn = (text: string) =>
  [
    CREDENTIALS.password,
    encodeURIComponent(CREDENTIALS.password),
    Buffer.from(`${CREDENTIALS.user}:${CREDENTIALS.password}`).toString("base64"),
  ].filter((secret) => text.includes(secret));

/** What the log says when the line is down. */
async function problem(): Promise<{ problem?: string; advice?: string }> {
  const said = () => log.find((line) => line.includes("not connected to the server"));
  await until("the agent says why it is not connected", async () => said() !== undefined);
  return JSON.parse(said() ?? "{}") as { problem?: string; advice?: string };
}

async function doctor() {
  const [{ proxy, caFile }, identity] = [await loadConfig(folder), await loadIdentity(join(folder, "identity.json"))];
  const findings = await examineNetwork({ proxy, caFile, identity, now: Date.now });
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]));
}

async function openSession() {
  const session = SessionId.parse(randomUUID());
  const nonce = Nonce.parse(Buffer.from(session.replaceAll("-", ""), "hex").toString("base64url"));
  const asked = { session, attempt: 1, nonce };
  const urls = [`turns:${RELAY}:443?transport=tcp`];
  server.say({
    type: "session-open",
    ...asked,
    person: { login: LOGIN, name: "田中" },
    deviceKey: device.publicKey,
    codecs: ["av1-444", "vp9-420"],
    iceServers: [{ urls, ...relay.credentials(`${session}.a`) }],
  });
  const offer = await server.got("offer", (message) => message.session === session);
  const viewer = await WeriftViewer.open({ urls: [relay.udpUrl], ...relay.credentials("viewer") });
  closers.push(() => viewer.close());
  const answered = await viewer.answer({ ...asked, offer: offer.sdp, deviceKey: device.key });
  server.say({ type: "answer", session, attempt: 1, ...answered });
  await server.got("session-live", (message) => message.session === session);
  await viewer.controlOpen();
  return { session, viewer };
}

async function servePac(body: () => string | undefined): Promise<URL> {
  const web = createServer((_, response) => {
    const text = body();
    response.writeHead(text === undefined ? 404 : 200).end(text);
  }).listen(0, "127.0.0.1");
  await once(web, "listening");
  closers.push(() => {
    web.close();
    web.closeAllConnections();
  });
  return new URL(`http://127.0.0.1:${(web.address() as AddressInfo).port}/proxy.pac`);
}

const pacFile = () => `function FindProxyForURL(url, host) {
  return shExpMatch(host, "*.invalid") ? "PROXY 127.0.0.1:1; PROXY 127.0.0.1:${proxy.port}" : "DIRECT";
}`;

const userInfo = `${encodeURIComponent(CREDENTIALS.user)}:${encodeURIComponent(CREDENTIALS.password)}`;

describe("an agent behind a proxy", () => {
  test("connects to the server and holds a session over TURN on TLS, and nothing else leaves", async () => {
    await start({ proxy: proxy.url() });
    await server.got("sessions");
    const { viewer } = await openSession();
    await viewer.told("screen");
    expect(desktop).toBeDefined();
    // first without credentials, which only the answer 407 brings out
    const sent = [undefined, `${CREDENTIALS.user}:${CREDENTIALS.password}`];
    expect(proxy.requests).toEqual([SERVER_CONNECT, SERVER_CONNECT, RELAY_CONNECT, RELAY_CONNECT]);
    expect(proxy.credentials).toEqual([...sent, ...sent]);
    expect(proxy.made).toBe(2);
    expect(credentialsIn(log.join(""))).toEqual([]);
  });

  test("comes back when the proxy died in mid-session, and the next session is held", async () => {
    await start({ proxy: proxy.url() });
    await server.got("sessions");
    await openSession();
    await proxy.close();
    expect(await problem()).toMatchObject({ closeCode: 1006 });
    await proxy.listen();
    const from = server.received.length;
    await server.got("sessions", () => true, from);
    const { viewer } = await openSession();
    await viewer.told("screen");
    expect(proxy.requests.every((request) => [SERVER_CONNECT, RELAY_CONNECT].includes(request))).toBe(true);
  });

  test.each(["http", "file"])("finds it by a PAC file that comes by %s, past a proxy that is down", async (scheme) => {
    const file = join(folder, "proxy.pac");
    await writeFile(file, pacFile());
    const url = scheme === "file" ? pathToFileURL(file) : await servePac(pacFile);
    await start({ proxy: `pac+${url.href.replace("://", `://${userInfo}@`)}`, proxyHosts: "10.0.0.1, 127.0.0.1" });
    await server.got("sessions");
    expect(proxy.requests).toEqual([SERVER_CONNECT, SERVER_CONNECT]);
    expect(await doctor()).toMatchObject({ プロキシー: { ok: true, ...(scheme === "http" ? { hint: true } : {}) } });
    expect(credentialsIn(log.join(""))).toEqual([]);
  });

  test("gives no password to a proxy that does not ask for one", async () => {
    const open = await ConnectProxy.start({ ports: { [`${SERVER}:443`]: server.port } });
    closers.push(() => open.close());
    await start({ proxy: open.url(CREDENTIALS) });
    await server.got("sessions");
    expect(open.credentials).toEqual([undefined]);
  });

  test("gives no password to a proxy that only the PAC file names, and says what is missing", async () => {
    const url = await servePac(pacFile);
    await start({ proxy: `pac+http://${userInfo}@${url.host}${url.pathname}`, proxyHosts: "proxy.city.lg.jp" });
    expect(await problem()).toMatchObject({
      problem: "PROXY_AUTHENTICATION",
      advice: expect.stringContaining("proxyHosts"),
    });
    expect(proxy.requests).toContain(SERVER_CONNECT);
    expect(proxy.credentials.filter(Boolean)).toEqual([]);
  });

  test("reads a PAC file again that was not there", async () => {
    let text: string | undefined;
    const url = await servePac(() => text);
    await start({ proxy: `pac+http://${userInfo}@${url.host}${url.pathname}`, proxyHosts: "127.0.0.1" });
    expect(await problem()).toMatchObject({ problem: "PAC_UNREACHABLE", advice: expect.stringContaining("PAC") });
    expect((await doctor())["プロキシー"]).toMatchObject({
      ok: false,
      words: expect.stringContaining("PAC_UNREACHABLE"),
    });
    text = pacFile();
    await server.got("sessions");
    expect((await doctor())["プロキシー"]).toMatchObject({
      ok: true,
      words: expect.stringContaining(`:${proxy.port}`),
    });
  });

  test("is enrolled through it", async () => {
    const web = await startEnrolment();
    const through = await ConnectProxy.start({ ports: { [`${ENROLMENT}:443`]: web.port }, credentials: CREDENTIALS });
    closers.push(() => through.close());
    await configure({ proxy: through.url() });
    const identityPath = join(folder, "new.json");
    await enrol({ token: web.token, identityPath, network: await Network.open(await loadConfig(folder)) });
    // two connections, each asked for twice: without credentials, and with them after 407
    expect(through.requests).toEqual(Array(4).fill(`CONNECT ${ENROLMENT}:443`));
    expect((await loadIdentity(identityPath)).ca).toContain("BEGIN CERTIFICATE");
  });
});

describe("what is wrong is told by its code, in the log and by the doctor", () => {
  async function both(settings: Settings): Promise<string[]> {
    await start(settings);
    const said = await problem();
    expect(said.advice).toMatch(/[ぁ-ん]/);
    const { words } = (await doctor())["サーバー"] ?? {};
    expect(words).toContain(said.advice);
    expect(credentialsIn(log.join("") + words)).toEqual([]);
    return [said.problem ?? "", /\(([A-Z0-9_]+): /.exec(words ?? "")?.[1] ?? ""];
  }
  const twice = (code: string) => [code, code];

  test("no password", async () => {
    expect(await both({ proxy: `http://127.0.0.1:${proxy.port}` })).toEqual(twice("PROXY_AUTHENTICATION"));
  });

  test("a wrong password", async () => {
    const url = proxy.url({ user: CREDENTIALS.user, password: "wrong" });
    expect(await both({ proxy: url })).toEqual(twice("PROXY_AUTHENTICATION"));
    expect(proxy.made).toBe(0);
  });

  test("a proxy that does not let us through", async () => {
    const strict = await ConnectProxy.start({ ports: {} });
    closers.push(() => strict.close());
    expect(await both({ proxy: strict.url() })).toEqual(twice("PROXY_FORBIDDEN"));
  });

  test("a proxy that cannot reach the server", async () => {
    await server.close();
    const [code] = [await both({ proxy: proxy.url() })];
    server = await FalseServer.start(tls);
    expect(code).toEqual(twice("PROXY_FAILED"));
  });

  test("a proxy that is not there", async () => {
    await proxy.close();
    expect(await both({ proxy: proxy.url() })).toEqual(twice("PROXY_UNREACHABLE"));
  });

  test("a PAC file that is broken", async () => {
    const url = await servePac(() => "that is not JavaScript");
    expect(await both({ proxy: `pac+${url.href}` })).toEqual(twice("PAC_BROKEN"));
  });

  test("no proxy where one is needed", async () => {
    expect(await both({})).toEqual(twice("NAME_NOT_RESOLVED"));
  });

  test("another CA, whose name the doctor tells, and which counts when it is trusted by file", async () => {
    await identify(stranger.ca);
    expect(await both({ proxy: proxy.url() })).toEqual(twice("OTHER_CERTIFICATE"));
    expect((await doctor())["サーバー"]?.words).toContain("発行者は「Test CA」");
    await running?.close();
    const caFile = join(folder, "city.pem");
    await writeFile(caFile, `# 市の CA\n${stranger.ca}\n${tls.ca}`);
    await start({ proxy: proxy.url(), caFile });
    await server.got("sessions");
    expect((await doctor())["CA"]).toMatchObject({ ok: true, words: expect.stringContaining("2 枚") });
  });

  test("something that is no server", async () => {
    const portal = createServer((_, response) => response.end("<h1>ログイン</h1>")).listen(0, "127.0.0.1");
    await once(portal, "listening");
    closers.push(() => void portal.close());
    const through = await ConnectProxy.start({
      ports: { [`${SERVER}:443`]: (portal.address() as AddressInfo).port },
    });
    closers.push(() => through.close());
    expect(await both({ proxy: through.url() })).toEqual(twice("NOT_TLS13"));
  });
});

describe("CAs of one's own", () => {
  test("never count unless they are set: an identity without CA trusts nobody", async () => {
    await identify(undefined);
    await start({ proxy: proxy.url() });
    expect(await problem()).toMatchObject({ problem: "OTHER_CERTIFICATE" });
    expect((await doctor())["CA"]).toMatchObject({ ok: false });
  });

  test("let a PC be enrolled where the server's own CA cannot be seen, and only then", async () => {
    const web = await startEnrolment(stranger.caHash);
    const through = await ConnectProxy.start({ ports: { [`${ENROLMENT}:443`]: web.port } });
    closers.push(() => through.close());
    const identityPath = join(folder, "new.json");
    const attempt = async (settings: object) => {
      await configure({ proxy: through.url(), ...settings });
      return enrol({ token: web.token, identityPath, network: await Network.open(await loadConfig(folder)) });
    };
    await expect(attempt({})).rejects.toThrow("is not the server this token was made for");
    const caFile = join(folder, "city.pem");
    await writeFile(caFile, stranger.ca);
    await expect(attempt({ caFile })).rejects.toThrow("OTHER_CERTIFICATE");
    expect(web.asked()).toBe(0);
    await writeFile(caFile, web.ca);
    await attempt({ caFile });
    expect(web.asked()).toBe(1);
    expect(JSON.parse(await readFile(identityPath, "utf8"))).not.toHaveProperty("ca");
  });

  test.each([
    ["is not there", undefined, /caFile を読めません/],
    ["holds no certificate", "hello", /証明書がありません/],
    ["holds a broken one", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", /壊れた証明書/],
  ])("a file that %s stops the agent with words", async (_, text, words) => {
    const caFile = join(folder, "city.pem");
    if (text !== undefined) await writeFile(caFile, text);
    await expect(start({ caFile })).rejects.toThrow(words);
  });

  test("of Windows are for Windows", async () => {
    await expect(start({ caFile: "windows" })).rejects.toThrow("Windows");
  });
});

/** A server that enrols, with a token for it. `caHash`: what the token says of its CA, the truth unless told. */
async function startEnrolment(caHash?: string) {
  const { ca, key, cert } = makePki({ names: [ENROLMENT] });
  let asked = 0;
  const web = createHttpsServer({ key, cert, minVersion: "TLSv1.3" }, (request, response) => {
    request.resume().on("end", () => {
      asked += 1;
      response.end(JSON.stringify({ terminal: TERMINAL, name: "PC", organisation: "City" }));
    });
  }).listen(0, "127.0.0.1");
  await once(web, "listening");
  closers.push(() => void web.close());
  const content = { url: `https://${ENROLMENT}`, ca: caHash ?? hashOf(ca), secret: "s".repeat(32) };
  const token = `engawa1.${Buffer.from(JSON.stringify(content)).toString("base64url")}`;
  return { port: (web.address() as AddressInfo).port, token, ca, asked: () => asked };
}

function hashOf(ca: string): string {
  return createHash("sha256").update(new X509Certificate(ca).raw).digest("hex");
}
