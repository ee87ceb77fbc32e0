/** The edge as a process of its own, in front of signaling's proxied listener. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, test } from "vitest";
import { IceServers, tagKey } from "../../signaling/edge/ice-servers.ts";
import { openProxied } from "../../signaling/edge/proxied-listener.ts";
import { writeProxyHeader } from "../../signaling/edge/proxy-protocol.ts";
import { RelayPeers, type Role } from "../../signaling/edge/relay-peers.ts";
import { SIDES } from "../../signaling/edge/side.ts";
import { WebProxy } from "../../signaling/edge/web-proxy.ts";
import { openProbe, relayedAddress } from "../../turn-config/probe.ts";
import { startCoturn } from "../support/coturn.ts";
import { echoWeb, quiet, startEdge } from "../support/edge.ts";
import { openControl } from "../support/edge-control.ts";
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

describe("the edge as a process of its own", () => {
  test.each([
    ["in the clear on one host", false],
    ["under TLS between two hosts", true],
  ])("passes the web on with the client's true address, %s, and TURN to the relay", async (_, inner) => {
    const coturn = await startCoturn();
    open.push(() => coturn.stop());
    const peers = new RelayPeers();
    const proxied = await openControl(peers, { secret: coturn.secret, ...(inner && { tls: pki }) });
    open.push(() => proxied.close());
    const folder = mkdtempSync(join(tmpdir(), "engawa-edge-"));
    open.push(() => rmSync(folder, { recursive: true }));
    const keyFile = join(folder, "edge-tag.key");
    writeFileSync(keyFile, tagKey(coturn.secret).toString("base64url"), { mode: 0o600 });
    const { child, ended, listening } = await startProcess({
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
    const named = (of: string, role: "agent" | "viewer" = "viewer") => {
      const { username, credential } = ice.issue({ session: of, role, attempt: 1, urls: ["turns:x"] });
      return { username, password: credential };
    };
    const via = () => openProbe({ ...at, transport: "tls", ca: pki.ca, timeoutMs: 30_000 });
    const [agent, viewer, thief] = [await openProbe(coturn), await via(), await via()];
    const [asAgent, asViewer] = [named(session, "agent"), named(session)];
    const agentAt = relayedAddress(await agent.allocate(asAgent));
    for (const each of [session, another]) peers.begin(each);
    const viewerAt = relayedAddress(await viewer.allocate(asViewer));
    expect((await thief.allocate(named(another))).kind).toBe("success");
    if (!agentAt || !viewerAt) throw new Error("no allocation");
    expect((await agent.permit(asAgent, viewerAt)).kind).toBe("success");
    const { host, port } = agentAt;
    peers.learn(session, 1, "agent", `a=candidate:1 1 udp 1 ${host} ${port} typ relay raddr 0.0.0.0 rport 0`);
    // the agent's permission is for the address that all allocations share: what the thief says must not come through
    thief.sendTo(agentAt, Buffer.from("end it"));
    expect((await viewer.permit(asViewer, agentAt)).kind).toBe("success");
    const heard = new Promise<Buffer>((resolve) => (agent.onData = resolve));
    viewer.sendTo(agentAt, Buffer.from("hello"));
    expect((await heard).toString()).toBe("hello");
    peers.end(session);
    await expect(viewer.permit(asViewer, agentAt)).rejects.toThrow();
    const late = await via();
    await expect(late.allocate(asViewer)).rejects.toThrow("connection closed");
    await expect
      .poll(() => proxied.control.figures(), { timeout: 30_000 })
      .toMatchObject({ turn: 3, withoutSession: 1, dropped: 1 });
    for (const probe of [agent, viewer, thief, late]) await probe.close();
    child.kill("SIGTERM");
    expect(await ended).toEqual({ code: 0, errors: "" });
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

  test("tells an edge of its own by the answer to an upgrade who has proved who they are", async () => {
    const { proxied } = await start();
    const spy = await openSpy();
    open.push(() => spy.close());
    const limits = { unproven: 1 };
    const under = await startEdge(spy, { limits, web: webProxy({ to: proxied.address, log: quiet }) });
    open.push(() => under.edge.close());
    const enter = async (words: string) => {
      const socket = connect({ host: under.host, port: under.port });
      socket.on("error", () => {});
      await once(socket, "connect");
      socket.write(words);
      await once(socket, "data");
      return socket;
    };
    const page = await enter("GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    const stranger = await enter("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const closed = once(stranger, "close");
    const next = await enter("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await closed;
    expect(under.edge.stats()).toMatchObject({ proven: 1, evictedTotal: 1 });
    expect(page.destroyed).toBe(false);
    for (const socket of [page, next]) socket.destroy();
  });

  test("refuses everybody else, and a connection without the header", async () => {
    const { proxied, say } = await start();
    expect(await say(Buffer.concat([header, get]), "127.0.0.2")).toBe("");
    expect(await say(get)).toBe("");
    expect(proxied.stats()).toMatchObject({ foreign: 1, malformed: 1, accepted: 0 });
  });
});
