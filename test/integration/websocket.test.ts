import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { Backoff } from "../../signaling/client/backoff.ts";
import { SignalingClient } from "../../signaling/client/client.ts";
import { openAgentDoor, openViewerDoor } from "../../signaling/doors/websocket.ts";
import { IceServers } from "../../signaling/edge/ice-servers.ts";
import { onProven } from "../../signaling/edge/proof.ts";
import { Hub } from "../../signaling/hub/hub.ts";
import { createLog } from "../../signaling/log.ts";
import { CLOSE } from "../../signaling/protocol/errors.ts";
import { Nonce, TerminalId } from "../../signaling/protocol/ids.ts";
import { MAX_LIST_TERMINALS, MAX_MESSAGE_BYTES } from "../../signaling/protocol/limits.ts";
import { type TerminalView, ToViewer, type ViewerMessage } from "../../signaling/protocol/signal.ts";
import { agentText, exportPublicKey, generateKeyPair, sign } from "../../signaling/protocol/signed.ts";
import { TerminalList } from "../../viewer/terminal-list.ts";
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
    monotonic: Date.now,
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
function open(address: string, headers: Record<string, string> = {}, localAddress = "127.0.0.1") {
  const socket = new WebSocket(address, { headers, localAddress });
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

/** Connections of which the edge hears that somebody proved who they are. */
function provenAt(index: number): () => number {
  let proven = 0;
  servers[index]?.on("connection", (socket) => onProven(socket, () => (proven += 1)));
  return () => proven;
}

test("both doors say what time it is", async () => {
  const dates = [0, 1].map(async (index) => {
    const cookie = index === 0 ? { Cookie: records.signIn("tanaka", "laptop", []).signInId } : {};
    const [{ headers }] = await once(open(url(index, index === 0 ? "/ws" : "/agent"), cookie).socket, "upgrade");
    return Date.parse(headers.date);
  });
  for (const date of await Promise.all(dates)) expect(Number.isInteger(date)).toBe(true);
});

describe("the viewer's door", () => {
  test("tells the edge whose cookie counted", async () => {
    const proven = provenAt(0);
    await open(url(0, "/ws")).refused;
    expect(proven()).toBe(0);
    await viewer().next("welcome");
    expect(proven()).toBe(1);
  });

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

  test("answers a ping before what waits for the store", async () => {
    const { next, send } = viewer();
    await next("terminals");
    let release = () => {};
    const stuck = new Promise<void>((done) => {
      release = done;
    });
    records.terminalsOf = async () => {
      await stuck;
      return [];
    };
    send({ type: "session-request", terminal: "AAAA-AAAA-AAAA", takeOver: false, codecs: ["av1-444"] });
    send({ type: "ping" });
    expect(await next("pong")).toEqual({ type: "pong" });
    release();
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

  test("gives a page that comes back its place at once: the former connection is closed as replaced", async () => {
    const { signInId } = records.signIn("tanaka", "laptop", []);
    const as = (page: string) => open(url(0, `/ws?page=${page}`), { Cookie: signInId });
    const before = as("A".repeat(22));
    const elsewhere = as("B".repeat(22));
    await before.next("welcome");
    await elsewhere.next("welcome");
    await as("A".repeat(22)).next("welcome");
    expect(await before.closed).toBe(CLOSE.replaced);
    expect(elsewhere.socket.readyState).toBe(WebSocket.OPEN);
    expect(hub.viewers.size).toBe(2);
    expect(await as("too-short").refused).toBe(404);
    expect(await open(url(1, `/agent?page=${"A".repeat(22)}`)).refused).toBe(404);
  });

  test("sends a list of 5,000 PCs in frames that a page takes, and the page has them all, in order", async () => {
    const name = (i: number) => `総務部総務課 ${"\u0007長".repeat(20)} ${i}`;
    const all = Array.from({ length: MAX_LIST_TERMINALS }, (_, i) => {
      const terminal = records.addTerminal(`${`${i}`.padStart(12, "0").replace(/(....)(?!$)/g, "$1-")}`);
      records.terminals.set(terminal.id, { ...terminal, name: name(i) });
      return terminal;
    });
    const { signInId } = records.signIn("tanaka", "laptop", all);
    const list = new TerminalList();
    const problems: string[] = [];
    const shown = await new Promise<readonly TerminalView[]>((resolve) => {
      const client = new SignalingClient<ViewerMessage, ToViewer>({
        open: () => {
          const socket = new WebSocket(url(0, "/ws"), { headers: { Cookie: signInId }, maxPayload: MAX_MESSAGE_BYTES });
          sockets.push(socket);
          return socket as never;
        },
        incoming: ToViewer,
        backoff: new Backoff({ baseMs: 1, maxMs: 1 }),
        onMessage: (message) => {
          const whole = message.type === "terminals" ? list.take(message) : undefined;
          if (whole) resolve(whole);
        },
        onState: () => {},
        onProblem: (problem) => problems.push(problem),
      });
      client.start();
    });
    expect(problems).toEqual([]);
    expect(shown.map((terminal) => terminal.name)).toEqual(all.map((_, i) => name(i)));
  });

  test("large messages use up an allowance before anything is parsed", async () => {
    const { next, closed, socket } = viewer();
    await next("welcome");
    for (let i = 0; i < 7; i += 1) socket.send("x".repeat(MAX_MESSAGE_BYTES));
    expect(await closed).toBe(CLOSE.tooMany);
  });

  test("takes eight connections of one sign-in; with the ninth the oldest goes", async () => {
    const cookie = records.signIn("tanaka", "laptop", []).signInId;
    const tabs = [];
    for (let i = 0; i < 9; i += 1) {
      const tab = open(url(0, "/ws"), { Cookie: cookie });
      await tab.next("welcome");
      tabs.push(tab);
    }
    expect(await tabs[0]?.closed).toBe(CLOSE.replaced);
    await expect.poll(() => hub.viewers.size).toBe(8);
    tabs[8]?.socket.close();
    await tabs[8]?.closed;
    await expect.poll(() => hub.viewers.size).toBe(7);
    await open(url(0, "/ws"), { Cookie: cookie }).next("welcome");
    expect(tabs[1]?.socket.readyState).toBe(WebSocket.OPEN);
  });

  test("with the ninth connection of one sign-in the oldest goes that is not at work", async () => {
    const pc = await enrolled();
    await agentOf(pc);
    const { signInId } = records.signIn("tanaka", "laptop", [pc.terminal]);
    const tab = async () => {
      const opened = open(url(0, "/ws"), { Cookie: signInId });
      await opened.next("welcome");
      return opened;
    };
    const working = await tab();
    working.send({ type: "session-request", terminal: pc.terminal.id, takeOver: false, codecs: ["av1-444"] });
    await working.next("session-opened");
    const idle = await tab();
    for (let i = 3; i <= 9; i += 1) await tab();
    expect(await idle.closed).toBe(CLOSE.replaced);
    expect(working.socket.readyState).toBe(WebSocket.OPEN);
    expect(hub.sessionOn(pc.terminal.id)?.viewer).toBeDefined();
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

const enrolled = async (id = "AAAA-AAAA-AAAA") => {
  const keys = await generateKeyPair(false);
  const terminal = { ...records.addTerminal(id), publicKey: await exportPublicKey(keys.publicKey) };
  records.terminals.set(terminal.id, terminal);
  return { terminal, keys };
};

/** An agent that has proved itself. */
const agentOf = async ({ terminal, keys }: Awaited<ReturnType<typeof enrolled>>) => {
  const agent = open(url(1, "/agent"));
  const challenge = Nonce.parse((await agent.next("challenge"))?.["challenge"]);
  const signature = await sign(keys.privateKey, agentText({ challenge, terminal: terminal.id }));
  agent.send({ type: "authenticate", terminal: terminal.id, signature });
  await agent.next("welcome");
  return agent;
};

describe("the agent's door", () => {
  test("refuses a browser: a Cookie, an Origin", async () => {
    expect(await open(url(1, "/agent"), { Cookie: "a=b" }).refused).toBe(403);
    expect(await open(url(1, "/agent"), { Origin: "https://example.jp" }).refused).toBe(403);
    expect(await open(url(1, "/ws")).refused).toBe(404);
  });

  test("lets in who signs the challenge with the terminal's key, and nobody else", async () => {
    const { terminal, keys } = await enrolled();
    const proven = provenAt(1);
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
    expect(proven()).toBe(1);
  });

  test("lets who cannot be looked up at the moment come again at once", async () => {
    const one = await enrolled();
    const { terminal } = records;
    records.terminal = () => Promise.reject(new Error("the store does not answer"));
    const agent = open(url(1, "/agent"));
    const challenge = Nonce.parse((await agent.next("challenge"))?.["challenge"]);
    const signature = await sign(one.keys.privateKey, agentText({ challenge, terminal: one.terminal.id }));
    agent.send({ type: "authenticate", terminal: one.terminal.id, signature });
    expect(await agent.closed).toBe(CLOSE.restarting);
    records.terminal = terminal;
    await agentOf(one);
    expect(hub.agents.has(one.terminal.id)).toBe(true);
  });

  test("two office PCs with one key push each other out once, and are both kept out afterwards", async () => {
    const one = await enrolled();
    const first = await agentOf(one);
    const second = await agentOf(one);
    expect(await first.closed).toBe(CLOSE.replaced);
    const third = await agentOf(one);
    expect(await second.closed).toBe(CLOSE.replaced);
    expect(await third.closed).toBe(CLOSE.forbidden);
    expect(records.twins).toMatchObject([{ terminal: one.terminal.id, addresses: ["127.0.0.1", "127.0.0.1"] }]);
    const again = open(url(1, "/agent"));
    const challenge = Nonce.parse((await again.next("challenge"))?.["challenge"]);
    const signature = await sign(one.keys.privateKey, agentText({ challenge, terminal: one.terminal.id }));
    again.send({ type: "authenticate", terminal: one.terminal.id, signature });
    expect(await again.closed).toBe(CLOSE.forbidden);
  });

  test("one office PC whose lines break without a word, again and again, is let in each time", async () => {
    const one = await enrolled();
    let before = await agentOf(one);
    for (let i = 0; i < 4; i += 1) {
      // as a PC that was asleep: the server does not hear that the line is gone
      before.socket.pause();
      const next = await agentOf(one);
      before.socket.terminate();
      before = next;
    }
    expect(records.twins).toEqual([]);
    expect(hub.agents.has(one.terminal.id)).toBe(true);
  });

  test("takes nothing before the proof", async () => {
    await enrolled();
    const agent = open(url(1, "/agent"));
    await agent.next("challenge");
    agent.send({ type: "sessions", running: [] });
    expect(await agent.closed).toBe(CLOSE.forbidden);
  });
});

describe("a server that is full", () => {
  test("tells an office PC so, and lets the one who waits longest without a proof give way", async () => {
    const small = createServer();
    servers.push(small);
    const refused: string[] = [];
    const log = createLog({ level: "silent" });
    openAgentDoor({
      server: small,
      hub,
      log,
      capacity: { agents: 1, sessions: 1 },
      refused: (what) => refused.push(what),
    });
    await once(small.listen(0, "127.0.0.1"), "listening");
    await agentOf(await enrolled()); // by the other door: it counts on the same hub
    const second = await enrolled("BBBB-BBBB-BBBB");
    const late = open(url(2, "/agent"));
    const challenge = Nonce.parse((await late.next("challenge"))?.["challenge"]);
    const signature = await sign(second.keys.privateKey, agentText({ challenge, terminal: second.terminal.id }));
    late.send({ type: "authenticate", terminal: second.terminal.id, signature });
    expect(await late.next("error")).toMatchObject({ code: "SERVER_BUSY" });
    expect(await late.closed).toBe(CLOSE.tooMany);
    const silent = [];
    for (let i = 0; i < 66; i += 1) {
      const agent = open(url(2, "/agent"));
      await agent.next("challenge");
      silent.push(agent);
    }
    expect(await silent[0]?.closed).toBe(CLOSE.tooMany);
    expect(refused).toEqual(["agents", "unproven agents"]);
  });

  test("has room for an office PC while another one opens connection after connection", async () => {
    const small = createServer();
    servers.push(small);
    openAgentDoor({ server: small, hub, log: createLog({ level: "silent" }), capacity: { agents: 1, sessions: 1 } });
    await once(small.listen(0, "127.0.0.1"), "listening");
    const { terminal, keys } = await enrolled();
    const slow = open(url(2, "/agent"), {}, "127.0.0.2");
    const challenge = Nonce.parse((await slow.next("challenge"))?.["challenge"]);
    const flood = [];
    for (let i = 0; i < 100; i += 1) {
      const agent = open(url(2, "/agent"));
      await agent.next("challenge");
      flood.push(agent);
    }
    expect(await flood[0]?.closed).toBe(CLOSE.tooMany);
    const signature = await sign(keys.privateKey, agentText({ challenge, terminal: terminal.id }));
    slow.send({ type: "authenticate", terminal: terminal.id, signature });
    expect(await slow.next("welcome")).toMatchObject({ terminal: terminal.id });
    expect(await agentOf({ terminal, keys })).toBeDefined(); // nor is one that has proved itself anybody's to close
  });
});

describe("waking a sleeping office PC", () => {
  const CARD = { mac: "00:11:22:33:44:c8", address: "10.1.2.200", prefix: 24 };
  const NEIGHBOUR = { mac: "00:11:22:33:44:01", address: "10.1.2.1", prefix: 24 };
  const tell = (agent: ReturnType<typeof open>, ...interfaces: object[]) =>
    agent.send({ type: "interfaces", interfaces, wakesOthers: true });

  /** A PC that was seen once and sleeps; a neighbour; a person who may use the former. */
  async function office() {
    const pc = await enrolled();
    const before = await agentOf(pc);
    tell(before, CARD);
    const signedIn = records.signIn("tanaka", "laptop", [pc.terminal]);
    const page = open(url(0, "/ws"), { Cookie: signedIn.signInId });
    const shows = async (isSo: (terminal: { state: string; wake?: { state: string } }) => boolean) => {
      for (;;) {
        const { terminals } = (await page.next("terminals")) as never as { terminals: [{ state: string }] };
        if (isSo(terminals[0])) return terminals[0];
      }
    };
    await shows(({ state }) => state === "online");
    before.socket.close();
    await shows(({ state, wake }) => state === "offline" && !wake);
    const neighbour = await agentOf(await enrolled("BBBB-BBBB-BBBB"));
    tell(neighbour, NEIGHBOUR);
    await shows(({ wake }) => wake?.state === "possible");
    return { pc, page, neighbour, shows };
  }

  test("from the press of the button to its return", async () => {
    const { pc, page, neighbour, shows } = await office();
    page.send({ type: "wake", terminal: pc.terminal.id });
    expect(await neighbour.next("wake")).toEqual({ type: "wake", mac: CARD.mac, segment: "10.1.2.0/24" });
    const shown = await shows(({ wake }) => wake?.state === "waking");
    expect(JSON.stringify(shown)).not.toMatch(/00:11|10\.1\.2/); // people are not shown addresses
    neighbour.send({ type: "wake-sent", mac: CARD.mac });
    await agentOf(pc);
    await shows(({ state, wake }) => state === "online" && !wake);
    expect(records.wakes.map(({ step, login }) => `${login} ${step}`)).toEqual(["tanaka requested", "tanaka woken"]);
    page.send({ type: "wake", terminal: pc.terminal.id }); // awake already: nothing to do
    page.send({ type: "session-request", terminal: pc.terminal.id, takeOver: false, codecs: ["av1-444"] });
    await page.next("session-opened");
    expect(records.wakes).toHaveLength(2);
  });

  test("is refused without a grant, without a sign-in, without a neighbour", async () => {
    const { pc, page, neighbour, shows } = await office();
    const other = open(url(0, "/ws"), { Cookie: records.signIn("suzuki", "pc", []).signInId });
    await other.next("welcome");
    other.send({ type: "wake", terminal: pc.terminal.id });
    expect(await other.next("error")).toMatchObject({ code: "TERMINAL_UNKNOWN", about: "wake" });
    neighbour.socket.close();
    await shows(({ wake }) => !wake);
    page.send({ type: "wake", terminal: pc.terminal.id });
    expect(await page.next("error")).toMatchObject({ code: "WAKE_IMPOSSIBLE", about: "wake" });
    records.signIns.clear();
    page.send({ type: "wake", terminal: pc.terminal.id });
    expect(await page.next("error")).toMatchObject({ code: "NOT_SIGNED_IN", about: "wake" });
    expect(records.wakes).toEqual([]);
  });

  test("what is no wired interface is refused and changes nothing", async () => {
    const agent = await agentOf(await enrolled("CCCC-CCCC-CCCC"));
    for (const bad of [
      { ...CARD, mac: "ff:ff:ff:ff:ff:ff" },
      { ...CARD, prefix: 0 },
      { ...CARD, address: "10.1.2" },
    ]) {
      tell(agent, bad);
      expect(await agent.next("error")).toMatchObject({ code: "BAD_MESSAGE", about: "interfaces" });
    }
    tell(agent, ...new Array<object>(9).fill(CARD));
    expect(await agent.next("error")).toMatchObject({ code: "BAD_MESSAGE", about: "interfaces" });
    expect(records.terminals.get(TerminalId.parse("CCCC-CCCC-CCCC"))?.interfaces).toEqual([]);
  });
});
