/** An end that is said over a connection which has died without a word, by the page and by the server; real sockets. */
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import WebSocket from "ws";
import { openLog } from "../../agent/log.ts";
import { Network } from "../../agent/network/network.ts";
import { Link } from "../../agent/server/link.ts";
import { Outbox } from "../../agent/server/outbox.ts";
import { Backoff } from "../../signaling/client/backoff.ts";
import { SignalingClient } from "../../signaling/client/client.ts";
import { openAgentDoor, openViewerDoor } from "../../signaling/doors/websocket.ts";
import type { Hub } from "../../signaling/hub/hub.ts";
import { createLog } from "../../signaling/log.ts";
import { type SessionId, TerminalId } from "../../signaling/protocol/ids.ts";
import { type ToAgent, ToViewer, type ViewerMessage } from "../../signaling/protocol/signal.ts";
import { exportPublicKey, generateKeyPair } from "../../signaling/protocol/signed.ts";
import type { SignedIn, Terminal } from "../../signaling/records.ts";
import { Ends } from "../../viewer/session/ends.ts";
import { connectOffice, connectPage, makeHub, request } from "../support/hub-stage.ts";
import { MemoryRecords } from "../support/memory-records.ts";
import { type Middle, openMiddle } from "../support/middle.ts";
import { makeTestCa, type TestCa } from "../support/test-ca.ts";
import { until } from "../support/until.ts";

const PAGE = "P".repeat(22);

let tls: TestCa;
let records: MemoryRecords;
let hub: Hub;
let terminal: Terminal;
let person: SignedIn;
let server: Server;
let middle: Middle;
let closers: (() => unknown)[];

beforeAll(async () => {
  tls = await makeTestCa();
});
beforeEach(async () => {
  closers = [];
  records = new MemoryRecords();
  hub = makeHub({ records });
  terminal = records.addTerminal("K7QM-2Z9P-X4TD");
  person = records.signIn("tanaka", "laptop", [terminal]);
});
afterEach(async () => {
  for (const close of closers.toReversed()) await close();
  await middle.close();
  await hub.close();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

async function listen(): Promise<void> {
  server = createServer({ key: tls.key, cert: tls.chain, minVersion: "TLSv1.3" });
  await once(server.listen(0, "127.0.0.1"), "listening");
  middle = await openMiddle((server.address() as AddressInfo).port);
}

/** A page with its real client, behind the middle. */
async function openPage() {
  const log = createLog({ level: "silent" });
  await listen();
  openViewerDoor({
    server,
    hub,
    log,
    authenticate: async () => ({ ok: true, signedIn: person }),
    turnUrls: () => ["turns:127.0.0.1:443?transport=tcp"],
  });
  const received: ToViewer[] = [];
  let opened = 0;
  const client = new SignalingClient<ViewerMessage, ToViewer>({
    open: () => {
      const socket = new WebSocket(`wss://127.0.0.1:${middle.port}/ws?page=${PAGE}`, { ca: tls.ca });
      closers.push(() => socket.terminate());
      return socket as never;
    },
    incoming: ToViewer,
    backoff: new Backoff({ baseMs: 1, maxMs: 1 }),
    onMessage: (message) => {
      received.push(message);
      ends.receive(message);
    },
    onState: ({ kind }) => {
      if (kind !== "open") return;
      opened += 1;
      ends.opened();
    },
    onProblem: (problem) => Promise.reject(new Error(problem)),
    watch: { quietMs: 600_000, answerMs: 500, ask: { type: "ping" } },
  });
  const ends = new Ends({ send: (m) => client.send(m), probe: () => client.probe(), changed: () => {} });
  closers.push(
    () => client.close(),
    () => ends.clear(),
  );
  client.start();
  await until("the page is there", () => hub.viewers.size === 1 && opened === 1);
  const [viewer] = hub.viewers;
  if (!viewer) throw new Error("no viewer");
  const office = connectOffice(hub, terminal);
  await request(hub, viewer, terminal);
  await until("the session is open", () => received.some(({ type }) => type === "session-opened"));
  const [session] = hub.sessions.keys();
  return { ends, session: session as SessionId, office, received, opened: () => opened };
}

test("the page's end is heard by the next connection, is a chosen one, and the page knows it", async () => {
  const { ends, session, office, received, opened } = await openPage();
  middle.swallow();
  ends.tell(session, "viewer-left");
  await until("the page knows that it was heard", () =>
    received.some((message) => message.type === "session-end" && message.session === session),
  );
  expect(opened()).toBe(2);
  expect(records.ended).toEqual([{ id: session, reason: "viewer-left" }]);
  expect(office.connection.last("session-end")).toMatchObject({ session, reason: "viewer-left" });
  expect(ends.unheard).toBeUndefined();
});

test("an end that the server has heard, and whose answer was lost, is answered when it is told again", async () => {
  const { ends, session, received } = await openPage();
  middle.swallow();
  const open = hub.sessions.get(session);
  if (!open) throw new Error("no session");
  hub.end(open, "idle"); // the page does not hear it
  ends.tell(session, "viewer-left");
  await until("the page hears how it ended", () => received.some((message) => message.type === "session-end"));
  expect(received.find((message) => message.type === "session-end")).toMatchObject({ session, reason: "idle" });
  expect(records.ended).toEqual([{ id: session, reason: "idle" }]);
});

/** An office PC with its real line, behind the middle, that has one session. */
async function openOffice() {
  const { privateKey, publicKey } = await generateKeyPair(true);
  const key = await exportPublicKey(publicKey);
  records.terminals.set(terminal.id, { ...terminal, publicKey: key });
  await listen();
  openAgentDoor({ server, hub, log: createLog({ level: "silent" }) });
  const around = { now: 1_000_000, step: 0 };
  const received: ToAgent[] = [];
  const running: { session: SessionId; attempt: number; live: boolean }[] = [];
  const identity = {
    terminal: TerminalId.parse(terminal.id),
    name: "PC",
    organisation: "City",
    ca: tls.ca,
    privateKey,
  };
  const link = new Link({
    network: await Network.open({ proxy: { kind: "direct" }, caFile: undefined }),
    identity: { ...identity, url: `https://127.0.0.1:${middle.port}`, publicKey: key },
    log: openLog("error", { write: () => {} }),
    handlers: {
      welcome: () => {
        outbox.connected();
        link.send({ type: "sessions", running });
      },
      message: (message) => void received.push(message),
      heard: (mark) => outbox.heard(mark),
    },
    surroundings: {
      now: () => around.now,
      addresses: () => {
        around.now += around.step;
        return "10.1.0.7";
      },
      everyMs: 10,
    },
  });
  const outbox = new Outbox({ send: (message) => link.send(message), ping: (mark) => link.ping(mark) });
  closers.push(() => link.close());
  link.start();
  await until("the office PC is there", () => hub.agents.has(terminal.id));
  const { viewer } = connectPage(hub, person);
  await request(hub, viewer, terminal);
  await until("the office PC has the session", () => received.some(({ type }) => type === "session-open"));
  const [session] = [...hub.sessions.values()];
  if (!session) throw new Error("no session");
  running.push({ session: session.record.id, attempt: 1, live: true });
  /** Its pings stay unanswered. */
  const timeGoesOn = () => {
    around.step = 5_000;
  };
  return { outbox, session, received, running, timeGoesOn };
}

test("an office PC that could not hear of an administrator's end hears it, with its reason, when it is back", async () => {
  const { session, received, timeGoesOn } = await openOffice();
  middle.swallow();
  hub.end(session, "administrator");
  timeGoesOn();
  await until("the office PC hears of it", () => received.some(({ type }) => type === "session-end"));
  const end = { type: "session-end", session: session.record.id, reason: "administrator" };
  expect(received.filter(({ type }) => type === "session-end")).toEqual([end]);
});

test("an office PC's own end over a dead line is heard, with its reason, when it is back", async () => {
  const { outbox, session, running, timeGoesOn } = await openOffice();
  middle.swallow();
  running.length = 0;
  outbox.send({ type: "session-end", session: session.record.id, reason: "idle" });
  timeGoesOn();
  await until("the server has heard it", () => outbox.size === 0);
  expect(records.ended).toEqual([{ id: session.record.id, reason: "idle" }]);
});
