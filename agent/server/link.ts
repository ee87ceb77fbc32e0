/**
 * The line to signaling: a WebSocket that proves who we are and is opened again whenever it is lost. The only file that knows `ws`.
 *
 * A PC that slept or got another address does not notice that its connection is dead; a clock that jumped and a changed list of
 * addresses say so, and the line is opened anew at once. Otherwise an unanswered ping says it; sooner while somebody works here, because
 * whoever ends that must reach us.
 */
import { WebSocket } from "ws";
import { Backoff } from "../../signaling/client/backoff.ts";
import { SignalingClient, type SocketLike } from "../../signaling/client/client.ts";
import { CLOSE } from "../../signaling/protocol/errors.ts";
import { MAX_MESSAGE_BYTES, WS_HEARTBEAT_MS } from "../../signaling/protocol/limits.ts";
import { type AgentMessage, ToAgent } from "../../signaling/protocol/signal.ts";
import { agentText, sign } from "../../signaling/protocol/signed.ts";
import type { Log } from "../log.ts";
import type { Network } from "../network/network.ts";
import { ADVICE, detailOf, networkProblem } from "../network/problem.ts";
import type { Identity } from "../trust/identity.ts";
import { presentInterfaces } from "./interfaces.ts";
import { ServerClock } from "./server-clock.ts";

const BACKOFF = { baseMs: 1_000, maxMs: 60_000 };
/**
 * A terminal that was refused (disabled, unknown, its event is over) asks again after this; an administrator may have changed their mind.
 * At the end of an event thousands are refused in one second: they come back one by one, and ever more rarely.
 */
const REFUSED = { baseMs: 60_000, maxMs: 300_000 };
/** Of a TCP connection that is open. After a restart the server takes thousands of us one after another, some 700 a second. */
const HANDSHAKE_TIMEOUT_MS = 30_000;
const WATCH_EVERY_MS = 5_000;
/** In place of WS_HEARTBEAT_MS: nothing heard for so long: ask; nothing after that for as long: the line is dead. */
const AT_WORK_MS = 4_000;
/** A watch that comes later than this was held up by a sleeping PC, not by a busy one. */
const SLEPT_MS = 15_000;

/** What the watch goes by. */
export interface Surroundings {
  /** Epoch ms; goes on while the PC sleeps. */
  readonly now: () => number;
  /** What addresses this PC has, as one text to compare. */
  readonly addresses: () => string;
  /** How often it looks, ms. */
  readonly everyMs: number;
}

const PC: Surroundings = { now: Date.now, addresses: ownAddresses, everyMs: WATCH_EVERY_MS };

export interface LinkHandlers {
  /** Proven and welcome: from now on messages go through. */
  welcome(message: Extract<ToAgent, { type: "welcome" }>): void;
  message(message: ToAgent): void;
  /** A ping of ours has come back: whatever was sent before it has arrived. */
  heard(mark: string): void;
}

export class Link {
  readonly #identity: Identity;
  readonly #network: Network;
  readonly #log: Log;
  readonly #handlers: LinkHandlers;
  readonly #isAtWork: () => boolean;
  readonly #client: SignalingClient<AgentMessage, ToAgent>;
  #socket: WebSocket | undefined;
  #welcome = false;
  #closed = false;
  #pongAt = 0;
  /** When the server was asked last. */
  #askedAt = Number.NEGATIVE_INFINITY;
  readonly #around: Surroundings;
  readonly #clock: ServerClock;
  #addresses: string;
  #watchedAt: number;
  #watch: NodeJS.Timeout | undefined;
  #refused: NodeJS.Timeout | undefined;
  readonly #refusals = new Backoff(REFUSED);
  /** Of the newest attempt, for the log. */
  #problem: { problem?: string; detail?: string; advice?: string } = {};

  constructor(options: {
    identity: Identity;
    network: Network;
    log: Log;
    handlers: LinkHandlers;
    /** Somebody has a session here. */
    isAtWork?: () => boolean;
    surroundings?: Surroundings;
  }) {
    this.#around = options.surroundings ?? PC;
    this.#addresses = this.#around.addresses();
    this.#watchedAt = this.#around.now();
    this.#identity = options.identity;
    this.#network = options.network;
    this.#log = options.log;
    this.#handlers = options.handlers;
    this.#isAtWork = options.isAtWork ?? (() => false);
    this.#clock = new ServerClock({ log: options.log, now: () => this.#around.now() });
    this.#client = new SignalingClient<AgentMessage, ToAgent>({
      open: () => this.#open(),
      incoming: ToAgent,
      backoff: new Backoff(BACKOFF),
      finalCodes: [CLOSE.forbidden],
      onMessage: (message) => this.#receive(message),
      onState: (state) => {
        if (state.kind !== "open") this.#welcome = false;
        if (state.kind === "waiting") {
          const { retryInMs, closeCode, closeReason } = state;
          this.#log.warn({ retryInMs, closeCode, closeReason, ...this.#problem }, "not connected to the server");
        }
        if (state.kind === "closed" && !this.#closed) this.#wasRefused();
      },
      onProblem: (problem) => this.#log.warn({ problem }, "the server sent something unreadable; it was dropped"),
    });
  }

  get isUp(): boolean {
    return this.#welcome;
  }

  start(): void {
    this.#client.start();
    this.#watch = setInterval(() => this.#look(), this.#around.everyMs);
  }

  /** False when the line is down. */
  send(message: AgentMessage): boolean {
    return this.#welcome && this.#client.send(message);
  }

  /** `mark`: at most 125 bytes. Nothing happens when the line is down. */
  ping(mark: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.ping(mark);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
    clearTimeout(this.#refused);
    this.#client.close();
  }

  #open(): SocketLike {
    const { url, ca } = this.#identity;
    const target = new URL("/agent", url);
    target.protocol = "wss:";
    this.#problem = {};
    const socket = new WebSocket(target, {
      agent: this.#network.agent,
      ca: this.#network.trusted(ca),
      minVersion: "TLSv1.3",
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      followRedirects: false,
    });
    socket.on("error", (error) => {
      const problem = networkProblem(error);
      this.#problem = { detail: detailOf(error), ...(problem && { problem, advice: ADVICE[problem] }) };
    });
    socket.on("upgrade", ({ headers }) => this.#clock.heard(headers.date));
    for (const sign of ["open", "pong"]) {
      socket.on(sign, () => {
        this.#pongAt = this.#around.now();
      });
    }
    socket.on("pong", (mark) => {
      if (socket === this.#socket && mark.length > 0) this.#handlers.heard(mark.toString());
    });
    this.#socket = socket;
    return socket as SocketLike;
  }

  #receive(message: ToAgent): void {
    if (message.type === "challenge") void this.#authenticate(message.challenge);
    else if (message.type === "welcome") {
      this.#welcome = true;
      this.#refusals.reset();
      this.#log.info({ terminal: message.terminal, name: message.name }, "connected to the server");
      this.#handlers.welcome(message);
    } else if (this.#welcome) this.#handlers.message(message);
  }

  async #authenticate(challenge: Extract<ToAgent, { type: "challenge" }>["challenge"]): Promise<void> {
    const { terminal, privateKey } = this.#identity;
    const signature = await sign(privateKey, agentText({ challenge, terminal }));
    this.#client.send({ type: "authenticate", terminal, signature });
  }

  #wasRefused(): void {
    const retryInMs = this.#refusals.next();
    this.#log.error(
      { retryInMs },
      "the server does not know this PC, an administrator disabled it, or the time of its ID is over",
    );
    this.#refused = setTimeout(() => this.#client.start(), retryInMs);
  }

  #look(): void {
    const now = this.#around.now();
    const late = now - this.#watchedAt;
    this.#watchedAt = now;
    const present = this.#around.addresses();
    const changed = present !== this.#addresses;
    this.#addresses = present;
    if (late > SLEPT_MS) this.#reconnect("the PC was asleep");
    else if (changed) this.#reconnect("the network addresses changed");
    else this.#ping(now);
  }

  #ping(now: number): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const quietMs = this.#isAtWork() ? AT_WORK_MS : WS_HEARTBEAT_MS;
    if (this.#askedAt > this.#pongAt) {
      if (now - this.#askedAt > quietMs) this.#reconnect("the server no longer answers");
    } else if (now - this.#pongAt > quietMs) {
      this.#askedAt = now;
      this.#socket.ping();
    }
  }

  #reconnect(why: string): void {
    this.#log.info({ why }, "connecting to the server again");
    this.#socket?.terminate(); // a close handshake on a dead path would wait for half a minute
    this.#client.reconnect();
  }
}

function ownAddresses(): string {
  const list = Object.values(presentInterfaces()).flatMap((entries) => entries ?? []);
  const outside = list.filter((entry) => !entry.internal && !entry.address.startsWith("fe80"));
  return outside
    .map((entry) => entry.address)
    .sort()
    .join(" ");
}
