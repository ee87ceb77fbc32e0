/**
 * The two WebSocket doors: `/ws` for viewers (a signed-in cookie and an exact Origin), `/agent` for office PCs (a signature,
 * and neither Cookie nor Origin). What comes in goes through message-pump.ts; who reads too slowly or answers no ping is
 * closed.
 */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { mustOwn } from "../auth/own.ts";
import { verifyNow } from "../auth/terminal-proof.ts";
import type { Connection } from "../connection.ts";
import { type Capacity, DEFAULT_CAPACITY, unprovenAgents } from "../edge/capacity.ts";
import { Pools } from "../edge/pools.ts";
import { markProven } from "../edge/proof.ts";
import { agentHandlers, handleViewer } from "../hub/handlers/table.ts";
import type { Agent, Hub, Viewer } from "../hub/hub.ts";
import type { Log } from "../log.ts";
import { CLOSE, type ErrorCode, RequestError } from "../protocol/errors.ts";
import { Nonce, PageId, type TerminalId } from "../protocol/ids.ts";
import { MAX_MESSAGE_BYTES, WS_HEARTBEAT_MS } from "../protocol/limits.ts";
import { AgentMessage, type ToAgent, type ToViewer, ViewerMessage } from "../protocol/signal.ts";
import { agentText } from "../protocol/signed.ts";
import type { SignedIn, Terminal } from "../records.ts";
import { MessagePump, type PumpOptions } from "./message-pump.ts";
import { VIEWER_MESSAGES } from "./routes/access.ts";
import { Turns } from "./turns.ts";

/** Unsent bytes after which a socket counts as slow. Lists and SDP are a few kB each. */
const MAX_UNSENT_BYTES = 512 * 1024;
/** A new agent connection has this long to prove itself. */
const AUTHENTICATE_TIMEOUT_MS = 30_000;
/** WebSockets of one sign-in: some tabs, and those that a change of network left behind. */
const MAX_PER_SIGN_IN = 8;
/** When an agent that was refused may ask again. */
const RETRY_AFTER_S = 30;

export interface ViewerDoorOptions {
  readonly server: Server;
  readonly hub: Hub;
  readonly log: Log;
  /** Cookie and Origin of the upgrade request, checked for this listener. */
  readonly authenticate: (
    request: IncomingMessage,
  ) => Promise<{ ok: true; signedIn: SignedIn } | { ok: false; status: 401 | 403; code?: ErrorCode }>;
  /** TURN addresses as the client of this request reaches them. */
  readonly turnUrls: (request: IncomingMessage) => readonly string[];
  /** Nobody is let in any more: this server is about to end. */
  readonly isClosing?: (() => boolean) | undefined;
}

export function openViewerDoor(options: ViewerDoorOptions): void {
  const { server, hub, log, authenticate, turnUrls, isClosing } = options;
  const upgrader = newUpgrader();
  const turns = new Turns();
  /** sign-in → its pages, the oldest first */
  const open = new Map<string, Set<Viewer>>();
  const enter = (viewer: Viewer) => {
    const { signInId } = viewer.signedIn;
    const own = open.get(signInId) ?? new Set();
    open.set(signInId, own);
    // a page that is at work is spared: there are fewer sessions of a person than pages
    const oldest = [...own].find((each) => !hub.isAtWork(each)) ?? [...own][0];
    own.add(viewer);
    if (own.size <= MAX_PER_SIGN_IN || !oldest) return;
    own.delete(oldest);
    oldest.connection.close(CLOSE.replaced, "too many connections of this sign-in");
  };
  const leave = (viewer: Viewer) => {
    const { signInId } = viewer.signedIn;
    const own = open.get(signInId);
    own?.delete(viewer);
    if (own?.size === 0) open.delete(signInId);
  };
  onUpgrade({ server, path: "/ws", isClosing }, async (request, socket, head) => {
    const admitted = await authenticate(request);
    if (!admitted.ok) return refuse(socket, admitted.status, admitted.code);
    const { signedIn } = admitted;
    markProven(socket);
    upgrader.handleUpgrade(request, socket, head, (ws) => {
      const connection = connectionOf<ToViewer>(ws, request);
      const page = pageOf(request);
      const viewer: Viewer = { connection, signedIn, turnUrls: turnUrls(request), shown: new Set(), page };
      const logger = log.child({ peer: connection.id, from: connection.remoteAddress, login: signedIn.login });
      logger.info("viewer connected");
      pump(ws, {
        ...connection,
        turns,
        log: () => logger,
        schema: ViewerMessage,
        atOnce: ({ type }) => {
          if (type === "ping") connection.send({ type: "pong" });
          return type === "ping";
        },
        handle: async (message) => {
          if (message.type === "ping") return;
          mustOwn(signedIn, VIEWER_MESSAGES[message.type]);
          if (await hub.nodes?.pass(viewer, message)) return;
          await handleViewer(hub, viewer, message);
        },
      });
      ws.once("close", (closeCode) => {
        leave(viewer);
        hub.removeViewer(viewer);
        logger.info({ closeCode }, "viewer disconnected");
      });
      enter(viewer);
      hub.addViewer(viewer);
    });
  });
}

export interface AgentDoorOptions {
  readonly server: Server;
  readonly hub: Hub;
  readonly log: Log;
  readonly capacity?: Capacity;
  /** Told of each agent that was not let in for want of room. */
  readonly refused?: (what: string, remoteAddress: string) => void;
  /** Nobody is let in any more: this server is about to end. */
  readonly isClosing?: (() => boolean) | undefined;
}

export function openAgentDoor(options: AgentDoorOptions): void {
  const { server, hub, log, capacity = DEFAULT_CAPACITY, refused, isClosing } = options;
  const upgrader = newUpgrader();
  const turns = new Turns();
  const unproven = new Pools<WebSocket>(unprovenAgents(capacity));
  onUpgrade({ server, path: "/agent", isClosing }, async (request, socket, head) => {
    if (request.headers.cookie !== undefined || request.headers.origin !== undefined) return refuse(socket, 403);
    inOnePiece(socket);
    upgrader.handleUpgrade(request, socket, head, (ws) => {
      const connection = connectionOf<ToAgent>(ws, request);
      const challenge = Nonce.parse(randomBytes(16).toString("base64url"));
      let agent: Agent | undefined;
      const logger = logOf(log, connection, () => agent?.terminal.id);
      const eviction = unproven.enter(ws, connection.remoteAddress);
      if (eviction) {
        eviction.connection.close(CLOSE.tooMany, "too many unproven");
        refused?.("unproven agents", connection.remoteAddress);
      }
      const timer = setTimeout(() => connection.close(CLOSE.notSignedIn, "too late"), AUTHENTICATE_TIMEOUT_MS);

      const welcome = async (message: AgentMessage): Promise<void> => {
        const terminal = await provenTerminal(hub, message, challenge);
        if (!terminal) {
          logger().warn("an agent could not prove itself");
          connection.close(CLOSE.forbidden, "not a known terminal");
        } else if (hub.agents.size >= capacity.agents && !hub.agents.has(terminal.id)) {
          refused?.("agents", connection.remoteAddress);
          sayFull(connection, capacity);
        } else if (ws.readyState === ws.OPEN) {
          clearTimeout(timer);
          unproven.leave(ws);
          markProven(socket);
          if (!(await isClaimed(hub, terminal, ws, logger()))) return connection.close(CLOSE.restarting, "not now");
          agent = { connection, terminal, since: hub.now() };
          logger().info("agent connected");
          hub.addAgent(agent);
        }
      };
      pump(ws, {
        ...connection,
        turns,
        log: logger,
        schema: AgentMessage,
        handle: async (message) => {
          if (!agent) return orLater(welcome(message), connection, logger());
          if (message.type === "authenticate") throw new RequestError("BAD_MESSAGE", "already authenticated");
          const handler = agentHandlers[message.type] as (h: Hub, a: Agent, m: AgentMessage) => Promise<void>;
          await handler(hub, agent, message);
        },
      });
      ws.once("close", (closeCode) => {
        clearTimeout(timer);
        unproven.leave(ws);
        if (agent) hub.removeAgent(agent);
        logger().info({ closeCode }, "agent disconnected");
      });
      connection.send({ type: "challenge", challenge });
    });
  });
}

/** While the store does not answer nobody can prove himself: he comes again, and need not be told to go first. */
async function orLater(welcomed: Promise<void>, connection: Connection<ToAgent>, log: Log): Promise<void> {
  try {
    await welcomed;
  } catch (error) {
    log.warn({ err: error }, "an agent could not be looked up");
    connection.close(CLOSE.restarting, "not now");
  }
}

/** Whether it is this node's, and is there still. */
async function isClaimed(hub: Hub, terminal: Terminal, ws: WebSocket, log: Log): Promise<boolean> {
  const problem = await hub.claim(terminal);
  if (problem) log.warn({ err: problem }, "an agent was not let in");
  else if (ws.readyState !== ws.OPEN) hub.unclaim(terminal);
  return !problem && ws.readyState === ws.OPEN;
}

/** What is said in this turn: the challenge goes out with the answer to the upgrade. */
function inOnePiece(socket: Duplex): void {
  socket.cork();
  process.nextTick(() => socket.uncork());
}

/** Made when there is something to say: of most office PCs that is one line, by when it is known which one it is. */
function logOf(
  log: Log,
  { id: peer, remoteAddress: from }: Connection<ToAgent>,
  known: () => TerminalId | undefined,
): () => Log {
  let made: { readonly terminal: TerminalId | undefined; readonly log: Log } | undefined;
  return () => {
    const terminal = known();
    if (!made || made.terminal !== terminal)
      made = { terminal, log: log.child({ peer, from, ...(terminal && { terminal }) }) };
    return made.log;
  };
}

function sayFull(connection: Connection<ToAgent>, { agents }: Capacity): void {
  const message = `this server takes ${agents} office PCs (ENGAWA_CAPACITY_AGENTS)`;
  connection.send({ type: "error", code: "SERVER_BUSY", message, details: { retryAfterS: RETRY_AFTER_S } });
  connection.close(CLOSE.tooMany, "server is full");
}

/** The terminal whose key signed this connection's challenge; undefined for anything else. */
async function provenTerminal(hub: Hub, message: AgentMessage, challenge: Nonce): Promise<Terminal | undefined> {
  if (message.type !== "authenticate") return undefined;
  const terminal = await hub.records.terminal(message.terminal);
  if (!terminal) return undefined;
  const text = agentText({ challenge, terminal: terminal.id });
  return verifyNow(terminal.publicKey, message.signature, text) ? terminal : undefined;
}

function newUpgrader(): WebSocketServer {
  const upgrader = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
  });
  // as any answer of ours has it (RFC 9110 §6.6.1); an office PC compares its clock
  upgrader.on("headers", (headers) => void headers.push(`Date: ${new Date().toUTCString()}`));
  return upgrader;
}

type Doorstep = Pick<ViewerDoorOptions, "server" | "isClosing"> & { readonly path: "/ws" | "/agent" };
type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;

/** Takes the upgrade requests of the one path a server has; it lives as long as the server. */
function onUpgrade({ server, path, isClosing }: Doorstep, upgrade: Upgrade): void {
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const asked = path === "/ws" ? request.url?.replace(PAGE_QUERY, "") : request.url;
    if (asked !== path) refuse(socket, 404);
    else if (isClosing?.()) refuse(socket, 503);
    else upgrade(request, socket, head).catch(() => refuse(socket, 503));
  });
}

/** A page names itself in the address of its socket, and nothing else stands there. */
const PAGE_QUERY = /\?page=([A-Za-z0-9_-]{22})$/;

const pageOf = ({ url = "" }: IncomingMessage): PageId | undefined => PageId.safeParse(PAGE_QUERY.exec(url)?.[1]).data;

/** RFC 6455 §4.2.2: before the handshake is done, refuse by HTTP. The code is for us; browsers show it to no page. */
function refuse(socket: Duplex, status: 401 | 403 | 404 | 503, code?: ErrorCode): void {
  const reason = { 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 503: "Service Unavailable" }[status];
  const body = code === undefined ? "" : JSON.stringify({ code, message: "the upgrade was refused" });
  const type = code === undefined ? "" : "Content-Type: application/json\r\n";
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\n${type}Content-Length: ${body.length}\r\n\r\n${body}`,
  );
}

function connectionOf<Out extends object>(ws: WebSocket, request: IncomingMessage): Connection<Out> {
  return {
    id: randomBytes(6).toString("base64url"),
    remoteAddress: request.socket.remoteAddress ?? "unknown",
    send(message) {
      if (ws.readyState !== ws.OPEN) return;
      if (ws.bufferedAmount > MAX_UNSENT_BYTES) ws.close(CLOSE.slow, "too slow");
      else ws.send(JSON.stringify(message));
    },
    answers: (withinMs) => answers(ws, withinMs),
    close: (code, reason) => ws.close(code, reason),
  };
}

/** RFC 6455 §5.5.3: a pong carries what the ping carried, so it answers this one and none before it. */
function answers(ws: WebSocket, withinMs: number): Promise<boolean> {
  if (ws.readyState !== ws.OPEN) return Promise.resolve(false);
  const mark = randomBytes(9).toString("base64url");
  return new Promise((resolve) => {
    const settle = (isAnswered: boolean) => {
      clearTimeout(timer);
      ws.off("pong", heard);
      ws.off("close", gone);
      resolve(isAnswered);
    };
    const heard = (data: Buffer) => {
      if (data.toString() === mark) settle(true);
    };
    const gone = () => settle(false);
    const timer = setTimeout(gone, withinMs);
    ws.on("pong", heard);
    ws.once("close", gone);
    ws.ping(mark);
  });
}

/** Joins a socket and a pump; pings it and gives up on one that answered no two pings. */
function pump<T extends { type: string }>(ws: WebSocket, options: PumpOptions<T>): void {
  const { close, log } = options;
  const messages = new MessagePump(options);
  let unanswered = 0;
  const heartbeat = setInterval(() => {
    messages.refill();
    if (unanswered >= 2) ws.terminate();
    unanswered += 1;
    ws.ping();
  }, WS_HEARTBEAT_MS);
  ws.on("pong", () => {
    unanswered = 0;
  });
  ws.on("error", (error) => log().debug({ err: error }, "socket error"));
  ws.once("close", () => clearInterval(heartbeat));
  ws.on("message", (data: RawData, isBinary: boolean) => {
    if (isBinary) close(CLOSE.badMessage, "text frames only");
    else messages.take(data.toString());
  });
}
