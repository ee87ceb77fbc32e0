/** What `agent doctor` finds between an office PC and a real relay, and what it says to do. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { examine } from "../../agent/cli/doctor.ts";
import type { Finding } from "../../agent/cli/finding.ts";
import { Devices } from "../../agent/trust/devices.ts";
import { saveIdentity } from "../../agent/trust/identity.ts";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";
import { createInsideApp } from "../../signaling/doors/http.ts";
import { IceServers } from "../../signaling/edge/ice-servers.ts";
import { RelayPeers } from "../../signaling/edge/relay-peers.ts";
import { createLog } from "../../signaling/log.ts";
import { createMetrics } from "../../signaling/metrics.ts";
import { addOrganisation } from "../../signaling/organisations/organisations.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
import { RelayChecks } from "../../signaling/organisations/relay-checks.ts";
import { disableTerminal } from "../../signaling/organisations/terminals.ts";
import { KeyCode, Login, type TerminalId } from "../../signaling/protocol/ids.ts";
import { exportPublicKey, generateKeyPair } from "../../signaling/protocol/signed.ts";
import { newSecret } from "../../turn-config/generate.ts";
import { ConnectProxy } from "../support/connect-proxy.ts";
import { type Coturn, startCoturn } from "../support/coturn.ts";
import { type EdgeUnderTest, startEdge } from "../support/edge.ts";
import { makeStore, makeTerminal, type TestStore } from "../support/store.ts";
import { makeTestCa, type TestCa } from "../support/test-ca.ts";

let tls: TestCa;
let other: TestCa;
let coturn: Coturn;
let place: TestStore;
let terminal: TerminalId;
let records: StoreRecords;
let inside: EdgeUnderTest;
/** The relay as the server names it to this PC. */
const urls: string[] = [];

beforeAll(async () => {
  [tls, other] = [await makeTestCa(), await makeTestCa()];
  coturn = await startCoturn();
});
afterAll(() => coturn?.stop());

beforeEach(async () => {
  place = await makeStore();
  await startServer(coturn.secret);
  urls.splice(0, 2, udp(coturn.port), `turns:127.0.0.1:${inside.port}?transport=tcp`);
  await addOrganisation(place.desk, "緑市");
  const pair = await generateKeyPair(true);
  const publicKey = await exportPublicKey(pair.publicKey);
  terminal = await makeTerminal(place, { publicKey });
  await identify({ publicKey, privateKey: (await crypto.subtle.exportKey("jwk", pair.privateKey)) as never });
});
afterEach(async () => {
  await inside.edge.close();
  await records.close();
  await place.close();
});

const udp = (port: number) => `turn:127.0.0.1:${port}?transport=udp`;

async function startServer(secret: string): Promise<void> {
  const log = createLog({ level: "silent" });
  records = new StoreRecords({ store: place.store, log, limits: DEFAULT_SIGN_IN_LIMITS, now: Date.now });
  const iceServers = new IceServers({ secret });
  const relayPeers = new RelayPeers();
  const relayChecks = new RelayChecks({ records, iceServers, relayPeers, urls, log, now: Date.now });
  const app = createInsideApp({
    enrolment: undefined as never,
    relayChecks,
    metrics: createMetrics(),
    log,
  });
  const web = createServer(app);
  inside = await startEdge(
    { ...coturn, secret },
    { side: "inside", tls: { key: tls.key, cert: tls.chain }, web, peers: relayPeers },
  );
}

let known: { publicKey: Awaited<ReturnType<typeof exportPublicKey>>; privateKey: never };

async function identify(keys: typeof known, ca = tls.ca): Promise<void> {
  known = keys;
  const who = { version: 1, terminal, name: "PC", organisation: "City", ...keys } as const;
  await saveIdentity(join(place.stateDir, "identity.json"), { ...who, url: `https://127.0.0.1:${inside.port}`, ca });
}

/** Findings by what was looked at. */
async function doctor(now?: () => number): Promise<Record<string, Finding>> {
  const findings = await examine({
    stateDir: place.stateDir,
    display: ":0",
    xauthority: undefined,
    findWaysToLock: async () => ({ lockers: ["xscreensaver-command"], session: undefined }),
    examineCover: async () => "a monitor has no gamma ramp",
    tryDesktop: async () => ({ kind: "works", width: 1280, height: 720, codecs: ["AV1"], problems: [] }),
    ...(now ? { now } : {}),
  });
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]));
}

const UDP = "中継 (TURN/UDP)";
const TLS = "中継 (TURN/TLS)";

describe("the doctor", () => {
  test("looks at lock, cover and wake as the settings want them", async () => {
    expect(await doctor()).toMatchObject({
      ロック: { ok: true, words: expect.stringContaining("xscreensaver-command") },
      画面隠し: { ok: true, words: expect.stringContaining("隠さない設定") },
      "Wake-on-LAN": { ok: true },
    });
    await writeFile(join(place.stateDir, "config.json"), '{ "cover": "required", "lockOn": "never" }');
    expect(await doctor()).toMatchObject({
      ロック: { ok: true, words: expect.stringContaining("ロックしない設定") },
      画面隠し: { ok: false, words: expect.stringContaining("a monitor has no gamma ramp") },
      登録: { ok: true },
    });
  });

  test("gives a hint thirty days before a device is refused, and after", async () => {
    const path = join(place.stateDir, "devices.json");
    const devices = new Devices(path);
    const code = KeyCode.parse("7K2QM-9Z4PX-AB3DE-00112");
    const day = 86_400_000;
    const addedAt = Date.now();
    await devices.add({ code, login: Login.parse("tanaka"), addedAt, until: addedAt + 100 * day });
    expect((await doctor(() => addedAt + 69 * day))["端末の許可"]).not.toHaveProperty("hint");
    const soon = (await doctor(() => addedAt + 70 * day))["端末の許可"];
    expect(soon).toMatchObject({ ok: true, hint: true, words: expect.stringContaining("tanaka の 7K2QM") });
    expect((await doctor(() => addedAt + 100 * day))["端末の許可"]?.words).toContain("に期限切れ");
    await rm(path);
  });

  test("does not pass over a relay that is none of ours, though another works, and sends it nothing", async () => {
    const stranger = createSocket("udp4");
    let heard = 0;
    stranger.on("message", () => {
      heard += 1;
    });
    stranger.bind(0, "127.0.0.2");
    await once(stranger, "listening");
    const [before] = urls;
    urls[0] = `turn:127.0.0.2:${stranger.address().port}?transport=udp`;
    const found = await doctor();
    urls[0] = before ?? "";
    stranger.close();
    expect(found["中継 (TURN/UDP)"]).toMatchObject({ ok: false, words: expect.stringContaining("relayHosts") });
    expect(found["中継 (TURN/TLS)"]).toMatchObject({ ok: true });
    expect(heard).toBe(0);
  });

  test("gets an allocation over UDP and over TLS", async () => {
    const found = await doctor();
    expect(found["サーバー"]).toMatchObject({ ok: true });
    expect(found["時計"]).toMatchObject({ ok: true });
    for (const way of [UDP, TLS]) {
      expect(found[way]).toMatchObject({ ok: true, words: expect.stringContaining("割り当てを受け") });
      expect(found[way]).not.toHaveProperty("hint");
    }
  });

  test("gives a hint when UDP vanishes and TLS works", async () => {
    const hole = createSocket("udp4").bind(0, "127.0.0.1");
    await once(hole, "listening");
    urls[0] = udp(hole.address().port);
    const found = await doctor();
    hole.close();
    expect(found[UDP]).toMatchObject({
      ok: true,
      hint: true,
      words: expect.stringMatching(/応答なし.*支障はありません/),
    });
    expect(found[TLS]).toMatchObject({ ok: true });
  });

  test("does not pass over a strange certificate on the way to the relay, though UDP works", async () => {
    const stranger = await startEdge(coturn, { tls: { key: other.key, cert: other.chain } });
    urls[1] = `turns:127.0.0.1:${stranger.port}?transport=tcp`;
    const found = await doctor();
    await stranger.edge.close();
    expect(found[UDP]).toMatchObject({ ok: true });
    expect(found[TLS]).toMatchObject({ ok: false, words: expect.stringContaining("CA のものではありません") });
  });

  test("examines server and relay through the proxy, and straight only what no proxy carries", async () => {
    const target = `127.0.0.1:${inside.port}`;
    const proxy = await ConnectProxy.start({ ports: { [target]: inside.port } });
    await writeFile(join(place.stateDir, "config.json"), JSON.stringify({ proxy: proxy.url() }));
    const found = await doctor();
    await proxy.close();
    expect(found["プロキシー"]).toMatchObject({ ok: true, words: expect.stringContaining(String(proxy.port)) });
    for (const check of ["サーバー", "時計", UDP, TLS]) expect(found[check]).toMatchObject({ ok: true });
    expect(proxy.requests).toEqual(Array(3).fill(`CONNECT ${target}`)); // its date, the credentials, the relay
  });

  test("tells a server with another CA", async () => {
    await identify(known, other.ca);
    const found = await doctor();
    expect(found["サーバー"]).toMatchObject({ ok: false, words: expect.stringContaining("CA のものではありません") });
    expect(found["中継 (TURN)"]).toMatchObject({ ok: false });
  });

  test("tells that the relay is down behind an entrance that stands", async () => {
    await coturn.kill();
    const found = await doctor();
    await coturn.restart();
    expect(found["サーバー"]).toMatchObject({ ok: true });
    expect(found[UDP]).toMatchObject({ ok: false });
    expect(found[UDP]).not.toHaveProperty("hint");
    expect(found[TLS]).toMatchObject({
      ok: false,
      words: expect.stringContaining("中継サーバー (coturn) が応答しません"),
    });
  });

  test("tells that the server is down", async () => {
    await inside.edge.close();
    const found = await doctor();
    expect(found["サーバー"]).toMatchObject({ ok: false, words: expect.stringContaining("ECONNREFUSED") });
    expect(found["中継 (TURN)"]).toMatchObject({ ok: false });
  });

  test("tells a clock that is minutes off, and examines the relay all the same", async () => {
    const found = await doctor(() => Date.now() + 5 * 60_000);
    expect(found["時計"]).toMatchObject({ ok: false, words: expect.stringMatching(/(299|300|301) 秒.*NTP/) });
    expect(found[UDP]).toMatchObject({ ok: true });
    expect(found[TLS]).toMatchObject({ ok: true });
  });

  test("tells that server and relay do not share one secret", async () => {
    await inside.edge.close();
    await records.close();
    await startServer(newSecret());
    urls[1] = `turns:127.0.0.1:${inside.port}?transport=tcp`;
    await identify(known);
    const found = await doctor();
    for (const way of [UDP, TLS])
      expect(found[way]).toMatchObject({ ok: false, words: expect.stringContaining("共有鍵") });
  });

  test("tells that the server does not know this PC any more", async () => {
    await disableTerminal(place.desk, terminal);
    const found = await doctor();
    expect(found["中継 (TURN)"]).toMatchObject({ ok: false, words: expect.stringContaining("このPCを認めません") });
  });
});
