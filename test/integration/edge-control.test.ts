/** The control connection between signaling and an edge of its own: what happens when it breaks, and who may have it. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { FromEdge, joinProof, MAX_LINE_BYTES } from "../../signaling/edge/control-protocol.ts";
import { IceServers, tagKey } from "../../signaling/edge/ice-servers.ts";
import { JsonLines } from "../../signaling/edge/json-lines.ts";
import { writeLocalHeader } from "../../signaling/edge/proxy-protocol.ts";
import { RelayPeers } from "../../signaling/edge/relay-peers.ts";
import { joinControl, linesOf, openControl, SECRET } from "../support/edge-control.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const ice = new IceServers({ secret: SECRET });
const nameOf = (session: string) => ice.issue({ session, role: "viewer", attempt: 1, urls: [] }).username;
const candidate = "a=candidate:1 1 udp 1 10.99.0.1 50000 typ relay raddr 0.0.0.0 rport 0";

async function begin(peers: RelayPeers, options: Parameters<typeof openControl>[1] = {}) {
  const control = await openControl(peers, options);
  open.push(() => control.close());
  return control;
}
function join(port: number, options: Parameters<typeof joinControl>[1] = {}) {
  const remote = joinControl(port, options);
  open.push(() => remote.close());
  return remote;
}

describe("an edge whose control connection broke", () => {
  test("keeps what it knew, says so once, and closes what ended meanwhile when signaling is back", async () => {
    const before = new RelayPeers();
    const [stays, ends] = [randomUUID(), randomUUID()];
    for (const session of [stays, ends]) {
      before.begin(session);
      before.learn(session, 1, "agent", candidate);
    }
    const first = await begin(before);
    const log = linesOf();
    const remote = join(first.port, { log, holdMs: 60_000 });
    const ended: string[] = [];
    remote.onEnded((id) => ended.push(id));
    const warnings = () => log.said.filter(({ level }) => level === "warn");
    expect(await remote.admits(nameOf(ends))).toBe(true);
    await first.close();
    await expect.poll(() => warnings().length).toBe(1);
    for (const session of [stays, ends]) {
      expect(await remote.admits(nameOf(session))).toBe(true);
      expect(remote.mayReach(nameOf(session), "10.99.0.1", 50_000)).toBe(true);
    }
    // begun while nobody can tell: its connection waits for the word
    const fresh = randomUUID();
    const admitted = remote.admits(nameOf(fresh));
    // signaling was started anew: it knows the sessions from its store, and none of their addresses
    const after = new RelayPeers();
    after.begin(stays);
    after.begin(fresh);
    const second = await begin(after, { port: first.port });
    expect(await admitted).toBe(true);
    await expect.poll(() => ended).toEqual([ends]);
    expect(remote.mayReach(nameOf(stays), "10.99.0.1", 50_000)).toBe(true);
    expect(remote.mayReach(nameOf(ends), "10.99.0.1", 50_000)).toBe(false);
    expect(warnings()).toHaveLength(1);
    await second.close();
    await expect.poll(() => warnings().length).toBe(2);
  });

  test("refuses the relay to who is not told of, after a wait, where signaling was never heard", async () => {
    const nobody = await begin(new RelayPeers());
    await nobody.close();
    const log = linesOf();
    const remote = join(nobody.port, { log, holdMs: 50 });
    expect(await remote.admits(nameOf(randomUUID()))).toBe(false);
    expect(await remote.admits(nameOf(randomUUID()))).toBe(false);
    expect(log.said.filter(({ message }) => message.includes("refused"))).toHaveLength(1);
  });

  test("lets go of who waits when it stops", async () => {
    const nobody = await begin(new RelayPeers());
    const remote = join(nobody.port, { holdMs: 600_000 });
    const asked = remote.admits(nameOf(randomUUID()));
    remote.close();
    expect(await asked).toBe(false);
  });
});

test("a line on which nothing is said is given up, by either side", async () => {
  const server = createServer((socket) => {
    const lines = new JsonLines({
      socket,
      schema: FromEdge,
      maxLineBytes: 100,
      maxQueueBytes: 100,
      silenceMs: 50,
      onMessage: () => expect.unreachable(),
      onClosed: (reason) => reasons.push(reason),
    });
    open.push(() => lines.close());
  }).listen(0, "127.0.0.1");
  const reasons: (string | undefined)[] = [];
  open.push(() => server.close());
  await once(server, "listening");
  const silent = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await once(silent.resume(), "close");
  expect(reasons).toEqual(["nothing was said for too long"]);
});

describe("signaling", () => {
  test("shows the figures of the edge that has joined, and what it counted after it has gone", async () => {
    const { control, port } = await begin(new RelayPeers());
    expect(control.figures()).toEqual({ connections: 0, proven: 0, turnClients: 0, handshakesWaiting: 0 });
    const remote = join(port, { figures: () => ({ connections: 7, proven: 3, turnClients: 2, accepted: 99 }) });
    await expect.poll(() => control.figures()).toMatchObject({ connections: 7, accepted: 99 });
    expect(control.joined).toBe(1);
    remote.close();
    await expect.poll(() => control.joined).toBe(0);
    expect(control.figures()).toEqual({
      connections: 0,
      proven: 0,
      turnClients: 0,
      handshakesWaiting: 0,
      accepted: 99,
    });
  });

  test("does not tell who holds no tag key of its own, and says why", async () => {
    const peers = new RelayPeers();
    peers.begin(randomUUID());
    const log = linesOf();
    const { control, port } = await begin(peers, { log });
    const remote = join(port, { key: tagKey("another secret"), holdMs: 50 });
    await expect.poll(() => JSON.stringify(log.said)).toContain("its tag key is none of ours");
    expect(await remote.admits(nameOf(peers.all()[0]?.id ?? ""))).toBe(false);
    expect(control.joined).toBe(0);
  });

  /** What a connection that begins like the edge's own hears until it is closed. */
  async function say(port: number, lines: string): Promise<string> {
    const socket = connect({ host: "127.0.0.1", port });
    socket.on("error", () => {});
    await once(socket, "connect");
    socket.write(Buffer.concat([writeLocalHeader(), Buffer.from(lines)]));
    let text = "";
    socket.on("data", (chunk) => (text += chunk));
    await new Promise((resolve) => socket.once("close", resolve));
    return text;
  }
  const joined = `${JSON.stringify({ type: "join", version: 1, proof: joinProof(tagKey(SECRET)) })}\n`;

  test.each([
    ["figures of a stranger", `{"type":"figures","figures":{}}\n`, ""],
    ["a beginning and no more", "{", ""],
    ["no JSON", "{\n", ""],
    ["an unknown word", `{"type":"sessions"}\n`, ""],
    ["a line without an end", `{${"x".repeat(MAX_LINE_BYTES)}`, ""],
    ["joining twice", joined + joined, `{"type":"whole"}\n`],
    ["a negative figure", `${joined}{"type":"figures","figures":{"web":-1}}\n`, `{"type":"whole"}\n`],
  ])("closes a control connection on %s", async (_, lines, heard) => {
    const { port } = await begin(new RelayPeers());
    expect(await say(port, lines)).toBe(heard);
  });

  test("still answers a proxy's health check, which speaks HTTP for itself", async () => {
    const { port } = await begin(new RelayPeers());
    expect(await say(port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).toContain('"from":"127.0.0.1"');
  });

  test("closes an edge that does not read, and tells the one that comes after", async () => {
    const peers = new RelayPeers();
    const log = linesOf();
    const { control, port } = await begin(peers, { log, maxQueueBytes: 4_096 });
    const deaf = connect({ host: "127.0.0.1", port });
    deaf.on("error", () => {});
    open.push(() => deaf.destroy());
    await once(deaf, "connect");
    deaf.pause();
    deaf.write(Buffer.concat([writeLocalHeader(), Buffer.from(joined)]));
    await expect.poll(() => control.joined).toBe(1);
    // until the kernel's buffers are full too
    for (let at = 0; control.joined === 1 && at < 1_000_000; at += 1) {
      const session = randomUUID();
      peers.begin(session);
      peers.end(session);
      if (at % 100 === 99) await new Promise(setImmediate);
    }
    expect(log.said.map(({ fields }) => fields)).toContainEqual({ reason: "it does not read", wasJoined: true });
    const session = randomUUID();
    peers.begin(session);
    expect(await join(port).admits(nameOf(session))).toBe(true);
  });
});
