import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { Hub } from "../../signaling/hub.ts";
import { IceServers } from "../../signaling/ice-servers.ts";
import { createLog } from "../../signaling/log.ts";
import { CLOSE } from "../../signaling/protocol/errors.ts";
import { Nonce } from "../../signaling/protocol/ids.ts";
import { MAX_MESSAGE_BYTES } from "../../signaling/protocol/limits.ts";
import { agentText, exportPublicKey, generateKeyPair, sign } from "../../signaling/protocol/signed.ts";
import { openAgentDoor, openViewerDoor } from "../../signaling/websocket.ts";
import { MemoryRecords } from "../support/memory-records.ts";

let records: MemoryRecords;
let hub: Hub;
let servers: Server[];
let sockets: WebSocket[];

beforeEach(async () => {
  records = new MemoryRecords();
  sockets = [];
  hub = new Hub({
    records,
    iceServers: new IceServers({ secret: "s".repeat(32) }),
    agentTurnUrls: ["turn:127.0.0.1:3478?transport=udp"],
    log: createLog({ level: "silent" }),
    now: Date.now,
    nonce: () => Nonce.parse("A".repeat(22)),
  });
  servers = [createServer(), createServer()];
  const [outside, inside] = servers as [Server, Server];
  const log = createLog({ level: "silent" });
  openViewerDoor({
    server: outside,
    hub,
    log,
    authenticate: async ({ headers }) => {
      const signedIn = records.signIns.get(headers.cookie ?? "");
      return signedIn ? { ok: true, signedIn } : { ok: false, status: 401 };
    },
    turnUrls: () => ["turns:127.0.0.1:443?transport=tcp"],
  });
  openAgentDoor({ server: inside, hub, log });
  for (const server of servers) await once(server.listen(0, "127.0.0.1"), "listening");
});

afterEach(async () => {
  await hub.close();
  for (const socket of sockets) socket.terminate();
  for (const server of servers) await new Promise((done) => server.close(done));
});

const url = (index: number, path: string) => {
  const { port } = (servers[index] as Server).address() as AddressInfo;
  return `ws://127.0.0.1:${port}${path}`;
};

/** A socket with its messages in order; `next` waits for one of this type. */
function open(address: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(address, { headers });
  sockets.push(socket);
  const inbox: { type: string; [key: string]: unknown }[] = [];
  const waiting = new Set<() => void>();
  socket.on("message", (data) => {
    inbox.push(JSON.parse(data.toString()));
    for (const wake of waiting) wake();
  });
  const next = async (type: string) => {
    for (;;) {
      const index = inbox.findIndex((message) => message.type === type);
      if (index >= 0) return inbox.splice(index, 1)[0];
      await new Promise<void>((wake) => waiting.add(wake));
    }
  };
  const closed = new Promise<number>((answer) => void socket.once("close", answer));
  const refused = new Promise<number | undefined>((answer) => {
    socket.once("unexpected-response", (_, { statusCode }) => answer(statusCode));
  });
  socket.on("error", () => {});
  return { socket, next, closed, refused, send: (message: object) => socket.send(JSON.stringify(message)) };
}

const viewer = () => open(url(0, "/ws"), { Cookie: records.signIn("tanaka", "laptop", []).signInId });

describe("the viewer's door", () => {
  test("opens for a cookie only, and on its own path only", async () => {
    expect(await open(url(0, "/ws")).refused).toBe(401);
    expect(await open(url(0, "/agent")).refused).toBe(404);
    expect(await open(url(0, "/ws/")).refused).toBe(404);
    expect(await viewer().next("welcome")).toMatchObject({ person: { login: "tanaka" } });
  });

  test("answers a bad message with a code, and the next one works", async () => {
    const { next, send, socket } = viewer();
    await next("welcome");
    socket.send("{");
    expect(await next("error")).toMatchObject({ code: "BAD_MESSAGE" });
    send({ type: "session-request" });
    expect(await next("error")).toMatchObject({ code: "BAD_MESSAGE", about: "session-request" });
    send({ type: "session-request", terminal: "AAAA-AAAA-AAAA", takeOver: false, codecs: ["av1-444"] });
    expect(await next("error")).toMatchObject({ code: "TERMINAL_UNKNOWN", about: "session-request" });
  });

  test("closes on a binary frame, on one that is too large, and on a flood", async () => {
    const binary = viewer();
    await binary.next("welcome");
    binary.socket.send(Buffer.from("{}"));
    expect(await binary.closed).toBe(CLOSE.badMessage);
    const large = viewer();
    await large.next("welcome");
    large.socket.send("x".repeat(MAX_MESSAGE_BYTES + 1));
    expect(await large.closed).toBe(1009);
    const flood = viewer();
    await flood.next("welcome");
    for (let i = 0; i < 300; i += 1) flood.socket.send("{}");
    expect(await flood.closed).toBe(CLOSE.tooMany);
  });

  test("a bug in a handler reaches the page as INTERNAL and nothing more", async () => {
    const { next, send } = viewer();
    await next("welcome");
    records.terminalsOf = async () => {
      throw new Error("secret detail");
    };
    send({ type: "session-request", terminal: "AAAA-AAAA-AAAA", takeOver: false, codecs: ["av1-444"] });
    expect(await next("error")).toEqual({
      type: "error",
      code: "INTERNAL",
      message: "internal error",
      about: "session-request",
    });
  });
});

describe("the agent's door", () => {
  const enrolled = async () => {
    const keys = await generateKeyPair(false);
    const terminal = { ...records.addTerminal("AAAA-AAAA-AAAA"), publicKey: await exportPublicKey(keys.publicKey) };
    records.terminals.set(terminal.id, terminal);
    return { terminal, keys };
  };

  test("refuses a browser: a Cookie, an Origin", async () => {
    expect(await open(url(1, "/agent"), { Cookie: "a=b" }).refused).toBe(403);
    expect(await open(url(1, "/agent"), { Origin: "https://example.jp" }).refused).toBe(403);
    expect(await open(url(1, "/ws")).refused).toBe(404);
  });

  test("lets in who signs the challenge with the terminal's key, and nobody else", async () => {
    const { terminal, keys } = await enrolled();
    const prove = async (key: CryptoKey, challenge?: string) => {
      const agent = open(url(1, "/agent"));
      const given = Nonce.parse(challenge ?? (await agent.next("challenge"))?.["challenge"]);
      const signature = await sign(key, agentText({ challenge: given, terminal: terminal.id }));
      if (challenge !== undefined) await agent.next("challenge");
      agent.send({ type: "authenticate", terminal: terminal.id, signature });
      return { ...agent, given };
    };
    const good = await prove(keys.privateKey);
    expect(await good.next("welcome")).toMatchObject({ terminal: terminal.id });
    expect(await (await prove((await generateKeyPair(false)).privateKey)).closed).toBe(CLOSE.forbidden);
    expect(await (await prove(keys.privateKey, good.given)).closed).toBe(CLOSE.forbidden);
    expect(hub.agents.size).toBe(1);
  });

  test("takes nothing before the proof", async () => {
    await enrolled();
    const agent = open(url(1, "/agent"));
    await agent.next("challenge");
    agent.send({ type: "sessions", running: [] });
    expect(await agent.closed).toBe(CLOSE.forbidden);
  });
});
