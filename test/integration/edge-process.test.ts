/** The edge as a process of its own, in front of signaling's proxied listener. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { Door } from "../../signaling/edge/dial.ts";
import { IceServers } from "../../signaling/edge/ice-servers.ts";
import { openProxied } from "../../signaling/edge/proxied-listener.ts";
import { writeProxyHeader } from "../../signaling/edge/proxy-protocol.ts";
import { RelayPeers, type Role } from "../../signaling/edge/relay-peers.ts";
import { SIDES, type Side } from "../../signaling/edge/side.ts";
import { writeTagKeys } from "../../signaling/edge/tag-key-file.ts";
import { WebProxy } from "../../signaling/edge/web-proxy.ts";
import { openProbe, relayedAddress } from "../../turn-config/probe.ts";
import { startCoturn } from "../support/coturn.ts";
import { echoWeb, quiet, startEdge } from "../support/edge.ts";
import { joinControl, linesOf, openControl } from "../support/edge-control.ts";
import { makePki } from "../support/pki.ts";
import { openSpy } from "../support/relay-spy.ts";

const pki = makePki({ names: ["127.0.0.1"] });
const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function startProcess(environment: Record<string, string>) {
  const child = spawn(process.execPath, ["signaling/edge/main.ts"], {
    env: { ...environment, PATH: process.env["PATH"] ?? "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk) => (errors += chunk));
  const ended = once(child, "exit").then(([code]) => ({ code: code as number | null, errors }));
  const listening = new Promise<{ host: string; port: number }>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const { msg, host, port } = JSON.parse(line);
      if (msg === "edge: listening") resolve({ host, port });
    });
  });
  listening.catch(() => {});
  open.push(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  return { child, ended, listening };
}

function get(at: { host: string; port: number }, localAddress: string): Promise<{ from: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...at, ca: pki.ca, localAddress, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve(JSON.parse(text)));
    });
    sent.on("error", reject);
    sent.end();
  });
}

const ROLES: Readonly<Record<Side, { own: Role; other: Role }>> = {
  outside: { own: "viewer", other: "agent" },
  inside: { own: "agent", other: "viewer" },
};
const CASES = SIDES.flatMap((side) =>
  [false, true].map((inner) => ({
    side,
    inner,
    how: inner ? "under TLS between two hosts" : "in the clear on one host",
  })),
);

describe("the edge as a process of its own", () => {
  test.each(CASES)("$side, $how: the web goes on with the client's true address, TURN to the relay", async (given) => {
    const { side, inner } = given;
    const { own, other } = ROLES[side];
    const coturn = await startCoturn();
    open.push(() => coturn.stop());
    const peers = new RelayPeers();
    const proxied = await openControl(peers, { side, secret: coturn.secret, ...(inner && { tls: pki }) });
    open.push(() => proxied.close());
    const folder = mkdtempSync(join(tmpdir(), "engawa-edge-"));
    open.push(() => rmSync(folder, { recursive: true }));
    const [secretFile, keyFile] = [join(folder, "turn.secret"), join(folder, "edge-tag.key")];
    writeFileSync(secretFile, coturn.secret, { mode: 0o600 });
    execFileSync(process.execPath, [
      "signaling/edge/tag-key.ts",
      ...["--side", side, "--secret-file", secretFile, "--out", keyFile],
    ]);
    const { child, ended, listening } = await startProcess({
      ...(side === "inside" && { ENGAWA_EDGE_SIDE: side }),
      ENGAWA_EDGE_LISTEN: "127.0.0.1:0",
      ENGAWA_EDGE_TLS_CERT: pki.files.cert,
      ENGAWA_EDGE_TLS_KEY: pki.files.key,
      ENGAWA_EDGE_WEB: `127.0.0.1:${proxied.port}`,
      ...(inner && { ENGAWA_EDGE_WEB_CA: pki.files.ca }),
      ENGAWA_EDGE_TURN_UDP: `127.0.0.1:${coturn.port}`,
      ENGAWA_EDGE_TAG_KEY_FILE: keyFile,
    });
    const at = await listening;
    expect((await get(at, "127.0.0.9")).from).toBe("127.0.0.9");
    const ice = new IceServers({ secret: coturn.secret });
    const [session, another] = [crypto.randomUUID(), crypto.randomUUID()];
    const named = (of: string, role: Role) => {
      const { username, credential } = ice.issue({ session: of, role, attempt: 1, urls: ["turns:x"] });
      return { username, password: credential };
    };
    const via = () => openProbe({ ...at, transport: "tls", ca: pki.ca, timeoutMs: 30_000 });
    const [far, near, thief, stray] = [await openProbe(coturn), await via(), await via(), await via()];
    const [asOther, asOwn] = [named(session, other), named(session, own)];
    const farAt = relayedAddress(await far.allocate(asOther));
    for (const each of [session, another]) peers.begin(each);
    const nearAt = relayedAddress(await near.allocate(asOwn));
    expect((await thief.allocate(named(another, own))).kind).toBe("success");
    // the other side's name is none here, whatever session it is of
    await expect(stray.allocate(asOther)).rejects.toThrow("connection closed");
    if (!farAt || !nearAt) throw new Error("no allocation");
    expect((await far.permit(asOther, nearAt)).kind).toBe("success");
    const { host, port } = farAt;
    peers.learn(session, 1, other, `a=candidate:1 1 udp 1 ${host} ${port} typ relay raddr 0.0.0.0 rport 0`);
    // the far end's permission is for the address that all allocations share: what the thief says must not come through
    thief.sendTo(farAt, Buffer.from("end it"));
    expect((await near.permit(asOwn, farAt)).kind).toBe("success");
    const heard = new Promise<Buffer>((resolve) => (far.onData = resolve));
    near.sendTo(farAt, Buffer.from("hello"));
    expect((await heard).toString()).toBe("hello");
    peers.end(session);
    await expect(near.permit(asOwn, farAt)).rejects.toThrow();
    const late = await via();
    await expect(late.allocate(asOwn)).rejects.toThrow("connection closed");
    await expect
      .poll(() => proxied.control.figures(), { timeout: 30_000 })
      .toMatchObject({ turn: 4, withoutSession: 1, closedByGate: 1, dropped: 1 });
    for (const probe of [far, near, thief, stray, late]) await probe.close();
    child.kill("SIGTERM");
    expect(await ended).toEqual({ code: 0, errors: "" });
  });

  test("behind a load balancer: the web goes on with the address that the balancer names", async () => {
    const proxied = await openControl(new RelayPeers(), { side: "outside", secret: "s".repeat(32) });
    open.push(() => proxied.close());
    const folder = mkdtempSync(join(tmpdir(), "engawa-edge-"));
    open.push(() => rmSync(folder, { recursive: true }));
    const [secretFile, keyFile] = [join(folder, "turn.secret"), join(folder, "edge-tag.key")];
    writeFileSync(secretFile, "s".repeat(32), { mode: 0o600 });
    writeTagKeys({ secretFile, side: "outside", out: keyFile });
    const { listening } = await startProcess({
      ENGAWA_EDGE_LISTEN: "127.0.0.1:0",
      ENGAWA_EDGE_BALANCERS: "10.0.1.2, 127.0.0.1",
      ENGAWA_EDGE_TLS_CERT: pki.files.cert,
      ENGAWA_EDGE_TLS_KEY: pki.files.key,
      ENGAWA_EDGE_WEB: `127.0.0.1:${proxied.port}`,
      ENGAWA_EDGE_TURN_UDP: "127.0.0.1:9",
      ENGAWA_EDGE_TAG_KEY_FILE: keyFile,
    });
    const beneath = connect(await listening);
    beneath.write(writeProxyHeader({ address: "2001:db8::7", port: 5_555 }, { address: "2001:db8::1", port: 443 }));
    const inner = connectTls({ socket: beneath, ca: pki.ca, host: "127.0.0.1" });
    inner.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(await text(inner)).toContain('"from":"2001:db8::7"');
  });

  test("refuses to start on a bad environment, and names everything that is wrong at once", async () => {
    const { ended } = await startProcess({
      ENGAWA_EDGE_LISTEN: "somewhere",
      ENGAWA_EDGE_TLS_CERT: "/nowhere/cert.pem",
      ENGAWA_EDGE_WEB: "192.0.2.1:8080",
      ENGAWA_EDGE_TURN_UDP: "relay.example:3478",
    });
    const { code, errors } = await ended;
    expect(code).toBe(1);
    for (const name of ["LISTEN", "TLS_CERT", "TLS_KEY", "TURN_UDP", "TAG_KEY_FILE"]) {
      expect(errors).toContain(`ENGAWA_EDGE_${name}: `);
    }
  });
});

describe("signaling's listener behind the edge", () => {
  async function start() {
    const web = echoWeb();
    const proxied = await openProxied({ listen: { host: "127.0.0.1", port: 0 }, from: "127.0.0.1", web, log: quiet });
    open.push(() => proxied.close());
    const say = async (words: Buffer, localAddress = "127.0.0.1") => {
      const socket = connect({ ...proxied.address, localAddress });
      socket.on("error", () => {});
      await once(socket, "connect");
      // in single bytes: the header may be cut anywhere
      for (const byte of words) socket.write(Buffer.from([byte]));
      let text = "";
      socket.on("data", (chunk) => (text += chunk));
      await new Promise((resolve) => socket.once("close", resolve));
      return text;
    };
    return { proxied, say };
  }
  const get = Buffer.from("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const header = writeProxyHeader({ address: "2001:db8::7", port: 1234 }, { address: "2001:db8::1", port: 443 });

  test("believes the header of the trusted address", async () => {
    const { say } = await start();
    expect(await say(Buffer.concat([header, get]))).toContain('"from":"2001:db8::7"');
  });

  test.each(SIDES)("tells the %s edge in front who has proved who they are, and no sooner", async (side) => {
    const web = echoWeb({ proof: "word" });
    const proxied = await openControl(new RelayPeers(), { side, web });
    open.push(() => proxied.close());
    const spy = await openSpy();
    open.push(() => spy.close());
    const front = new WebProxy({ door: new Door({ to: { host: "127.0.0.1", port: proxied.port } }), log: quiet });
    const under = await startEdge(spy, { limits: { unproven: 2 }, web: front });
    open.push(() => under.edge.close());
    const remote = joinControl(proxied.port, { side, onProven: (connection) => front.prove(connection) });
    open.push(() => remote.close());
    const enter = async () => {
      const socket = connect({ host: under.host, port: under.port });
      socket.on("error", () => {});
      await once(socket, "connect");
      socket.write("GET /agent HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
      await once(socket, "data");
      return socket;
    };
    // an office PC is upgraded before it proves itself
    const stranger = await enter();
    const own = await enter();
    expect(under.edge.stats()).toMatchObject({ proven: 0 });
    own.write("proof");
    await expect.poll(() => under.edge.stats().proven).toBe(1);
    const closed = once(stranger, "close");
    const others = [await enter(), await enter()];
    await closed;
    expect(under.edge.stats()).toMatchObject({ proven: 1, evictedTotal: 1 });
    expect(own.destroyed).toBe(false);
    for (const socket of [own, ...others]) socket.destroy();
  });

  test("is said to be away once, however many come, until it was there again", async () => {
    const spy = await openSpy();
    open.push(() => spy.close());
    const behind = await openControl(new RelayPeers());
    const log = linesOf();
    const front = new WebProxy({ door: new Door({ to: { host: "127.0.0.1", port: behind.port } }), log });
    const under = await startEdge(spy, { web: front });
    open.push(() => under.edge.close());
    const ask = async () => {
      const socket = connect({ host: under.host, port: under.port });
      socket.on("error", () => {});
      await once(socket, "connect");
      socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      let text = "";
      socket.on("data", (chunk) => (text += chunk));
      await new Promise((resolve) => socket.once("close", resolve));
      return text;
    };
    await behind.close();
    for (let n = 0; n < 3; n += 1) expect(await ask()).toBe("");
    expect(log.said).toMatchObject([{ level: "warn", fields: { problem: "ECONNREFUSED" } }]);
    const again = await openControl(new RelayPeers(), { port: behind.port });
    expect(await ask()).toContain("200 OK");
    await again.close();
    expect(await ask()).toBe("");
    expect(log.said).toHaveLength(2);
  });

  test("refuses everybody else, and a connection without the header", async () => {
    const { proxied, say } = await start();
    expect(await say(Buffer.concat([header, get]), "127.0.0.2")).toBe("");
    expect(await say(get)).toBe("");
    expect(proxied.stats()).toMatchObject({ foreign: 1, malformed: 1, accepted: 0 });
  });
});
