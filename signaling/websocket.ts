/**
 * The two WebSocket doors: `/ws` for viewers (a signed-in cookie and an exact Origin), `/agent` for office PCs (a signature,
 * and neither Cookie nor Origin). Every frame is parsed by the one schema; a bad one is answered with a code and disturbs
 * nobody else. Messages of one socket are handled one after another; who sends too fast or reads too slowly is closed.
 */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { Connection } from "./connection.ts";
import { agentHandlers, viewerHandlers } from "./handlers/table.ts";
import type { Agent, Hub, Viewer } from "./hub.ts";
import type { Log } from "./log.ts";
import { CLOSE, type ErrorCode, RequestError } from "./protocol/errors.ts";
import { Nonce } from "./protocol/ids.ts";
import { MAX_MESSAGE_BYTES, WS_HEARTBEAT_MS } from "./protocol/limits.ts";
import { AgentMessage, parseMessage, type ToAgent, type ToViewer, ViewerMessage } from "./protocol/signal.ts";
import { agentText, verify } from "./protocol/signed.ts";
import type { SignedIn } from "./records.ts";

/** Unsent bytes after which a socket counts as slow. Lists and SDP are a few kB each. */
const MAX_UNSENT_BYTES = 512 * 1024;
/** Messages that wait for their handler. A viewer sends about 10 in a burst (answer and candidates). */
const MAX_WAITING = 64;
/** Messages per second over ten seconds; far above what our own ends send. */
const MAX_RATE_PER_S = 20;
/** A new agent connection has this long to prove itself. */
const AUTHENTICATE_TIMEOUT_MS = 10_000;
/** Agent connections that have not proved themselves yet, in total. */
const MAX_UNPROVEN_AGENTS = 256;

type Admitted = { ok: true; signedIn: SignedIn } | { ok: false; status: 401 | 403 };

export interface ViewerDoor {
  readonly server: Server;
  readonly hub: Hub;
  readonly log: Log;
  /** Cookie and Origin of the upgrade request, checked for this listener. */
  readonly authenticate: (request: IncomingMessage) => Promise<Admitted>;
  /** TURN addresses as the client of this request reaches them. */
  readonly turnUrls: (request: IncomingMessage) => readonly string[];
}

export interface AgentDoor {
  readonly server: Server;
  readonly hub: Hub;
  readonly log: Log;
}

interface Door {
  close(): void;
}

export function openViewerDoor({ server, hub, log, authenticate, turnUrls }: ViewerDoor): Door {
  const sockets = newSocketServer();
  return onUpgrade(server, "/ws", async (request, socket, head) => {
    const admitted = await authenticate(request);
    if (!admitted.ok) return refuse(socket, admitted.status);
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const connection = connect<ToViewer>(ws, request);
      const viewer: Viewer = {
        connection,
        signedIn: admitted.signedIn,
        turnUrls: turnUrls(request),
        shown: new Set(),
      };
      const logger = log.child({ peer: connection.id, from: connection.remoteAddress, login: viewer.signedIn.login });
      logger.info("viewer connected");
      hub.addViewer(viewer);
      receive(ws, connection, logger, async (text) => {
        const parsed = parseMessage(ViewerMessage, text);
        if (!parsed.ok) throw new BadMessage(parsed.problem, parsed.about);
        const { message } = parsed;
        const handler = viewerHandlers[message.type] as (h: Hub, f: Viewer, m: ViewerMessage) => Promise<void>;
        await about(message, () => handler(hub, viewer, message));
      });
      ws.once("close", (code) => {
        hub.removeViewer(viewer);
        logger.info({ closeCode: code }, "viewer disconnected");
      });
    });
  });
}

export function openAgentDoor({ server, hub, log }: AgentDoor): Door {
  const sockets = newSocketServer();
  let unproven = 0;
  return onUpgrade(server, "/agent", async (request, socket, head) => {
    if (request.headers.cookie !== undefined || request.headers.origin !== undefined) return refuse(socket, 403);
    if (unproven >= MAX_UNPROVEN_AGENTS) return refuse(socket, 503);
    unproven += 1;
    socket.once("close", () => {
      if (!agent) unproven -= 1;
    });
    let agent: Agent | undefined;
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const connection = connect<ToAgent>(ws, request);
      let logger = log.child({ peer: connection.id, from: connection.remoteAddress });
      const challenge = Nonce.parse(randomBytes(16).toString("base64url"));
      const timer = setTimeout(() => connection.close(CLOSE.notSignedIn, "too late"), AUTHENTICATE_TIMEOUT_MS);
      connection.send({ type: "challenge", challenge });
      receive(
        ws,
        connection,
        () => logger,
        async (text) => {
          const parsed = parseMessage(AgentMessage, text);
          if (!parsed.ok) throw new BadMessage(parsed.problem, parsed.about);
          const { message } = parsed;
          if (agent) {
            const known = agent;
            if (message.type === "authenticate") throw new BadMessage("already authenticated", message.type);
            const handler = agentHandlers[message.type] as (h: Hub, f: Agent, m: AgentMessage) => Promise<void>;
            return about(message, () => handler(hub, known, message));
          }
          const terminal = message.type === "authenticate" ? await hub.records.terminal(message.terminal) : undefined;
          const proven =
            message.type === "authenticate" &&
            terminal !== undefined &&
            (await verify(terminal.publicKey, message.signature, agentText({ challenge, terminal: terminal.id })));
          if (!proven) {
            logger.warn("an agent could not prove itself");
            connection.close(CLOSE.forbidden, "not a known terminal");
            return;
          }
          if (ws.readyState !== ws.OPEN) return;
          clearTimeout(timer);
          unproven -= 1;
          agent = { connection, terminal, since: hub.now() };
          logger = logger.child({ terminal: terminal.id });
          logger.info("agent connected");
          hub.addAgent(agent);
        },
      );
      ws.once("close", (code) => {
        clearTimeout(timer);
        if (!agent) return;
        hub.removeAgent(agent);
        logger.info({ closeCode: code }, "agent disconnected");
      });
    });
  });
}

const newSocketServer = () =>
  new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
  });

/** Takes the upgrade requests of one path; all others on this server are refused by whoever owns none of them. */
function onUpgrade(
  server: Server,
  path: string,
  take: (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>,
): Door {
  const listener = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on("error", () => socket.destroy());
    if (request.url !== path) refuse(socket, 404);
    else take(request, socket, head).catch(() => refuse(socket, 503));
  };
  server.on("upgrade", listener);
  return { close: () => void server.off("upgrade", listener) };
}

/** RFC 6455 §4.2.2: before the handshake is done, refuse by HTTP. */
function refuse(socket: Duplex, status: 401 | 403 | 404 | 503): void {
  const reason = { 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 503: "Service Unavailable" }[status];
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function connect<Out extends object>(ws: WebSocket, request: IncomingMessage): Connection<Out> {
  return {
    id: randomBytes(6).toString("base64url"),
    remoteAddress: request.socket.remoteAddress ?? "unknown",
    send(message) {
      if (ws.readyState !== ws.OPEN) return;
      if (ws.bufferedAmount > MAX_UNSENT_BYTES) ws.close(CLOSE.slow, "too slow");
      else ws.send(JSON.stringify(message));
    },
    close: (code, reason) => ws.close(code, reason),
  };
}

type ErrorMessage = Extract<ToViewer, { type: "error" }>;

/** A frame that is no message of ours. */
class BadMessage extends RequestError {
  readonly about: string | undefined;
  constructor(problem: string, about?: string) {
    super("BAD_MESSAGE", problem);
    this.about = about;
  }
}

/** A RequestError that knows which message, and which session, it answers. */
class Answer extends Error {
  readonly failure: unknown;
  readonly message: ViewerMessage | AgentMessage;
  constructor(failure: unknown, message: ViewerMessage | AgentMessage) {
    super("request failed", { cause: failure });
    this.failure = failure;
    this.message = message;
  }
}

async function about(message: ViewerMessage | AgentMessage, handle: () => Promise<void>): Promise<void> {
  try {
    await handle();
  } catch (error) {
    throw new Answer(error, message);
  }
}

/** Heartbeat, order, bounds, and the translation of failures into `error` messages. */
function receive(
  ws: WebSocket,
  connection: { send(message: ErrorMessage): void; close(code: number, reason: string): void },
  log: Log | (() => Log),
  handle: (text: string) => Promise<void>,
): void {
  const logger = () => (typeof log === "function" ? log() : log);
  let waiting = 0;
  let allowance = MAX_RATE_PER_S * 10;
  let missedPongs = 0;
  let last = Promise.resolve();
  const heartbeat = setInterval(() => {
    allowance = Math.min(MAX_RATE_PER_S * 10, allowance + (MAX_RATE_PER_S * WS_HEARTBEAT_MS) / 1_000);
    missedPongs += 1;
    if (missedPongs > 2) ws.terminate();
    else ws.ping();
  }, WS_HEARTBEAT_MS);
  ws.on("pong", () => {
    missedPongs = 0;
  });
  ws.on("error", (error) => logger().debug({ err: error }, "socket error"));
  ws.once("close", () => clearInterval(heartbeat));
  ws.on("message", (data: RawData, isBinary: boolean) => {
    allowance -= 1;
    if (isBinary) return connection.close(CLOSE.badMessage, "text frames only");
    if (allowance < 0 || waiting >= MAX_WAITING) return connection.close(CLOSE.tooMany, "too many messages");
    waiting += 1;
    const text = data.toString();
    last = last
      .then(() => handle(text))
      .catch((error: unknown) => connection.send(explain(error, logger())))
      .finally(() => {
        waiting -= 1;
      });
  });
}

/** The one translator: a RequestError keeps its code, anything else is a bug, logged once and told as INTERNAL. */
function explain(error: unknown, log: Log): ErrorMessage {
  const failure = error instanceof Answer ? error.failure : error;
  const source = error instanceof Answer ? error.message : undefined;
  const session = source && "session" in source ? { session: source.session } : {};
  const type = source?.type ?? (error instanceof BadMessage ? error.about : undefined);
  const where = { ...(type === undefined ? {} : { about: type }), ...session };
  const reply = (code: ErrorCode, message: string) => ({ type: "error" as const, code, message, ...where });
  if (failure instanceof RequestError) {
    log.info({ refused: failure.code, about: type }, "request refused");
    const details = failure.details ? { details: failure.details } : {};
    return { ...reply(failure.code, failure.message.slice(0, 500)), ...details };
  }
  log.error({ err: failure, about: type }, "request failed");
  return reply("INTERNAL", "internal error");
}
