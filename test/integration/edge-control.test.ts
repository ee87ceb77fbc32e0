/** The control connection between signaling and an edge of its own, of either side: what happens when it breaks, and who may have it. */
import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { FromEdge, joinProof, MAX_LINE_BYTES } from "../../signaling/edge/control-protocol.ts";
import { IceServers, tagKey } from "../../signaling/edge/ice-servers.ts";
import { JsonLines } from "../../signaling/edge/json-lines.ts";
import { markProven } from "../../signaling/edge/proof.ts";
import { newConnectionId, writeLocalHeader, writeProxyHeader } from "../../signaling/edge/proxy-protocol.ts";
import { RelayPeers, type Role } from "../../signaling/edge/relay-peers.ts";
import { SIDES, type Side } from "../../signaling/edge/side.ts";
import { joinControl, linesOf, openControl, SECRET } from "../support/edge-control.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const ice = new IceServers({ secret: SECRET });
const roleOf: Readonly<Record<Side, Role>> = { outside: "viewer", inside: "agent" };
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

test("who does not join in time is let go of, and who has joined is not", async () => {
  const log = linesOf();
  const { control, port } = await begin(new RelayPeers(), { joinMs: 50, log });
  join(port);
  await expect.poll(() => control.joined).toBe(1);
  const stranger = connect({ host: "127.0.0.1", port });
  stranger.write(Buffer.concat([writeLocalHeader(), Buffer.from("{")]));
  await once(stranger.resume(), "close"); // its time began after that of the one who joined
  expect(log.said.filter(({ level }) => level === "warn")).toMatchObject([{ fields: { wasJoined: false } }]);
  expect(control.joined).toBe(1);
});

describe.each(SIDES)("%s:", (side) => {
  const nameOf = (session: string) => ice.issue({ session, role: roleOf[side], attempt: 1, urls: [] }).username;

  describe("an edge whose control connection broke", () => {
    test("keeps what it knew, says so once, and closes what ended meanwhile when signaling is back", async () => {
      const before = new RelayPeers();
      const [stays, ends] = [randomUUID(), randomUUID()];
      for (const session of [stays, ends]) {
        before.begin(session);
        before.learn(session, 1, side === "inside" ? "viewer" : "agent", candidate);
      }
      const first = await begin(before, { side });
      const log = linesOf();
      const remote = join(first.port, { side, log, holdMs: 60_000 });
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
      const second = await begin(after, { side, port: first.port });
      expect(await admitted).toBe(true);
      await expect.poll(() => ended).toEqual([ends]);
      expect(remote.mayReach(nameOf(stays), "10.99.0.1", 50_000)).toBe(true);
      expect(remote.mayReach(nameOf(ends), "10.99.0.1", 50_000)).toBe(false);
      expect(warnings()).toHaveLength(1);
      await second.close();
      await expect.poll(() => warnings().length).toBe(2);
    });

    test("refuses the relay to who is not told of, after a wait, where signaling was never heard", async () => {
      const nobody = await begin(new RelayPeers(), { side });
      await nobody.close();
      const log = linesOf();
      const remote = join(nobody.port, { side, log, holdMs: 50 });
      expect(await remote.admits(nameOf(randomUUID()))).toBe(false);
      expect(await remote.admits(nameOf(randomUUID()))).toBe(false);
      expect(log.said.filter(({ message }) => message.includes("refused"))).toHaveLength(1);
    });

    test("lets go of who waits when it stops", async () => {
      const nobody = await begin(new RelayPeers(), { side });
      const remote = join(nobody.port, { side, holdMs: 600_000 });
      const asked = remote.admits(nameOf(randomUUID()));
      remote.close();
      expect(await asked).toBe(false);
    });
  });

  describe("signaling", () => {
    test("shows the figures of the edge that has joined, and what it counted after it has gone", async () => {
      const { control, port } = await begin(new RelayPeers(), { side });
      expect(control.figures()).toEqual({ connections: 0, proven: 0, turnClients: 0, handshakesWaiting: 0 });
      const remote = join(port, { side, figures: () => ({ connections: 7, proven: 3, turnClients: 2, accepted: 99 }) });
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

    test.each([
      ["no tag key of its own", tagKey("another secret", side)],
      ["the other side's", tagKey(SECRET, side === "inside" ? "outside" : "inside")],
    ])("does not tell who holds %s, and says why", async (_, key) => {
      const peers = new RelayPeers();
      peers.begin(randomUUID());
      const log = linesOf();
      const { control, port } = await begin(peers, { side, log });
      const remote = join(port, { side, key, holdMs: 50 });
      await expect.poll(() => JSON.stringify(log.said)).toContain("its tag key is none of ours");
      expect(await remote.admits(nameOf(peers.all()[0]?.id ?? ""))).toBe(false);
      expect(control.joined).toBe(0);
    });

    test("tells no more than that side has to know: not whom the other one's ends may reach", async () => {
      const peers = new RelayPeers();
      const session = randomUUID();
      peers.begin(session);
      for (const role of ["agent", "viewer"] as const) peers.learn(session, 1, role, candidate);
      const { port } = await begin(peers, { side });
      const socket = connect({ host: "127.0.0.1", port });
      open.push(() => socket.destroy());
      await once(socket, "connect");
      socket.write(Buffer.concat([writeLocalHeader(), Buffer.from(joined)]));
      let text = "";
      socket.on("data", (chunk) => (text += chunk));
      await expect.poll(() => text).toContain(`{"type":"whole"}`);
      const [{ attempts }] = text.split("\n").map((line) => JSON.parse(line || "{}"));
      const told = ["10.99.0.1:50000"];
      expect(attempts).toEqual([
        side === "inside" ? { attempt: 1, agent: told, viewer: [] } : { attempt: 1, agent: [], viewer: told },
      ]);
    });

    test("tells who has proved themselves, also an edge that joins afterwards, and forgets who has gone", async () => {
      const { control, port } = await begin(new RelayPeers(), { side });
      const [before, gone, after] = [newConnectionId(), newConnectionId(), newConnectionId()];
      for (const connection of [before, gone]) control.proven(connection);
      control.gone(gone);
      const proven: string[] = [];
      const remote = join(port, { side, onProven: (connection) => proven.push(connection) });
      await expect.poll(() => proven).toEqual([before]);
      expect(control.joined).toBe(1);
      control.proven(after);
      await expect.poll(() => proven).toEqual([before, after]);
      remote.close();
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
    const joined = `${JSON.stringify({ type: "join", version: 1, proof: joinProof(tagKey(SECRET, side)) })}\n`;

    test.each([
      ["figures of a stranger", `{"type":"figures","figures":{}}\n`, ""],
      ["a beginning and no more", "{", ""],
      ["no JSON", "{\n", ""],
      ["an unknown word", `{"type":"sessions"}\n`, ""],
      ["a line without an end", `{${"x".repeat(MAX_LINE_BYTES)}`, ""],
      ["joining twice", joined + joined, `{"type":"whole"}\n`],
      ["a negative figure", `${joined}{"type":"figures","figures":{"web":-1}}\n`, `{"type":"whole"}\n`],
    ])("closes a control connection on %s", async (_, lines, heard) => {
      const { port } = await begin(new RelayPeers(), { side });
      expect(await say(port, lines)).toBe(heard);
    });

    test("still answers a proxy's health check, which speaks HTTP for itself", async () => {
      const { port } = await begin(new RelayPeers(), { side });
      expect(await say(port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).toContain('"from":"127.0.0.1"');
    });

    test("closes an edge that does not read, and tells the one that comes after", async () => {
      const peers = new RelayPeers();
      const log = linesOf();
      const { control, port } = await begin(peers, { side, log, maxQueueBytes: 4_096 });
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
      expect(log.said.map(({ fields }) => fields)).toContainEqual({
        side,
        reason: "it does not read",
        wasJoined: true,
      });
      const session = randomUUID();
      peers.begin(session);
      expect(await join(port, { side }).admits(nameOf(session))).toBe(true);
    });
  });
});

test("a connection that has gone when it is found to be somebody's is remembered by nobody", async () => {
  const peers = new RelayPeers();
  const session = randomUUID();
  peers.begin(session);
  const late = Promise.withResolvers<void>();
  const web = new EventEmitter().on("connection", (socket: Socket) => {
    socket.resume().once("close", () =>
      setImmediate(() => {
        markProven(socket);
        late.resolve();
      }),
    );
  });
  const { port } = await begin(peers, { web });
  const at = { address: "192.0.2.1", port: 1 };
  connect({ host: "127.0.0.1", port }).end(writeProxyHeader(at, at, newConnectionId()));
  await late.promise;
  const remote = join(port, { onProven: () => expect.unreachable() });
  const name = ice.issue({ session, role: "viewer", attempt: 1, urls: [] }).username;
  expect(await remote.admits(name)).toBe(true); // sessions are told after connections
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
