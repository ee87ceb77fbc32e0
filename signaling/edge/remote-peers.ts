/**
 * What an edge of its own knows of sessions: a copy of signaling's RelayPeers, kept by the control connection.
 *
 *   away ──connected, join──▶ listening ──whole──▶ whole
 *    ▲                            │                  │
 *    └────────────closed──────────┴──────────────────┘   (again after a wait that grows to two seconds)
 *
 * While it is away the copy stays as it is: sessions go on. What ended meanwhile is closed at the next `whole`. A name of a
 * session that is not known waits for the word, because the name may travel faster than the line that tells of it; without
 * the word it is refused, also where signaling was never heard.
 */
import type { Socket } from "node:net";
import { Backoff } from "../client/backoff.ts";
import {
  FIGURES_MS,
  type Figures,
  type FromEdge,
  joinProof,
  MAX_LINE_BYTES,
  MAX_QUEUE_BYTES,
  MAX_TOLD,
  SILENCE_MS,
  ToEdge,
} from "./control-protocol.ts";
import type { Door } from "./dial.ts";
import type { EdgeLog } from "./edge.ts";
import { JsonLines } from "./json-lines.ts";
import { type ConnectionId, writeLocalHeader } from "./proxy-protocol.ts";
import { type PeerRules, RelayPeers, sessionOfName } from "./relay-peers.ts";

/** How long a name waits: where all sessions were told the line is on its way or there is none. */
const HOLD_WHOLE_MS = 1_000;
/** Longer than the longest wait between two attempts to connect: a session made meanwhile is in time. */
const HOLD_AWAY_MS = 5_000;
const BACKOFF = { baseMs: 250, maxMs: 2_000 };
/** Connections that wait for the word. Each holds one of the edge's places; those that have gone wait on for HOLD_AWAY_MS at most. */
const MAX_WAITING = 4_096;

export interface RemotePeersOptions {
  readonly door: Door;
  /** This edge's tag key. */
  readonly key: Uint8Array;
  /** What signaling shows in its /metrics. */
  readonly figures: () => Figures;
  /** Told of connections that signaling knows to be somebody's, some of them more than once. */
  readonly onProven?: (connection: ConnectionId) => void;
  readonly log: EdgeLog;
  /** Both waits, for tests. */
  readonly holdMs?: number;
}

export class RemotePeers implements PeerRules {
  readonly #options: RemotePeersOptions;
  readonly #copy = new RelayPeers();
  readonly #backoff = new Backoff(BACKOFF);
  /** session → who waits to hear of it */
  readonly #waiting = new Map<string, Set<() => void>>();
  #waiters = 0;
  #link: JsonLines<ToEdge, FromEdge> | undefined;
  #beneath: Socket | undefined;
  #retry: NodeJS.Timeout | undefined;
  #report: NodeJS.Timeout | undefined;
  /** Sessions named on this connection, until all are. */
  #named: Set<string> | undefined;
  #state: "away" | "listening" | "whole" = "away";
  /** Said in the log since the last `whole`. */
  readonly #said = new Set<"away" | "refused">();
  #closed = false;

  constructor(options: RemotePeersOptions) {
    this.#options = options;
  }

  /** Connects, and keeps at it until `close`. */
  start(): void {
    this.#report = setInterval(() => this.#tellFigures(), FIGURES_MS);
    this.#connect();
  }

  async admits(username: string): Promise<boolean> {
    if (this.#copy.knows(username)) return true;
    await this.#wordOf(sessionOfName(username) ?? "");
    const known = this.#copy.knows(username);
    if (!known && !this.#closed && this.#state !== "whole")
      this.#sayOnce(
        "refused",
        {},
        "edge: connections to the relay are refused: signaling has not told of their sessions",
      );
    return known;
  }

  mayReach(username: string, host: string, port?: number): boolean {
    return this.#copy.mayReach(username, host, port);
  }

  onEnded(listener: (session: string) => void): () => void {
    return this.#copy.onEnded(listener);
  }

  /** Whoever waits is refused. Idempotent. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#report);
    this.#beneath?.destroy();
    for (const waiters of this.#waiting.values()) for (const wake of waiters) wake();
  }

  #wordOf(session: string): Promise<void> {
    if (this.#closed || this.#waiters >= MAX_WAITING) return Promise.resolve();
    return new Promise((resolve) => {
      const waiters = this.#waiting.get(session) ?? new Set();
      this.#waiting.set(session, waiters);
      const wake = () => {
        clearTimeout(timer);
        if (!waiters.delete(wake)) return;
        this.#waiters -= 1;
        if (waiters.size === 0) this.#waiting.delete(session);
        resolve();
      };
      const ms = this.#state === "whole" ? HOLD_WHOLE_MS : HOLD_AWAY_MS;
      const timer = setTimeout(wake, this.#options.holdMs ?? ms);
      waiters.add(wake);
      this.#waiters += 1;
    });
  }

  #connect(): void {
    let trouble: Error | undefined;
    const beneath = this.#options.door.dial(writeLocalHeader, {
      ready: (inner) => this.#join(inner, (reason) => (trouble = new Error(reason))),
      failed: (error) => (trouble ??= error),
    });
    this.#beneath = beneath;
    beneath.once("close", () => {
      this.#link?.close();
      this.#link = undefined;
      this.#named = undefined;
      this.#state = "away";
      if (this.#closed) return;
      const problem = (trouble as NodeJS.ErrnoException | undefined)?.code ?? trouble?.message ?? "closed by signaling";
      this.#sayOnce("away", { problem }, "edge: no control connection to signaling: sessions go on, new ones wait");
      this.#retry = setTimeout(() => this.#connect(), this.#backoff.next());
    });
  }

  #join(socket: Socket, failed: (reason: string) => void): void {
    const link = new JsonLines<ToEdge, FromEdge>({
      socket,
      schema: ToEdge,
      maxLineBytes: MAX_LINE_BYTES,
      maxQueueBytes: MAX_QUEUE_BYTES,
      silenceMs: SILENCE_MS,
      onMessage: (message) => this.#hear(link, message),
      onClosed: (reason) => {
        if (reason !== undefined) failed(reason);
        this.#beneath?.destroy();
      },
    });
    this.#link = link;
    this.#named = new Set();
    this.#state = "listening";
    link.send({ type: "join", version: 1, proof: joinProof(this.#options.key) });
    this.#tellFigures();
  }

  #hear(link: JsonLines<ToEdge, FromEdge>, message: ToEdge): void {
    switch (message.type) {
      case "session":
        this.#named?.add(message.id);
        this.#copy.take(message);
        for (const wake of [...(this.#waiting.get(message.id) ?? [])]) wake();
        if (this.#copy.size > MAX_TOLD) link.close("more sessions than a server has");
        return;
      case "end":
        this.#copy.end(message.id);
        return;
      case "proven":
        this.#options.onProven?.(message.connection);
        return;
      case "whole":
        this.#whole();
        return;
      case "heard":
        this.#backoff.reset(); // only now: whoever is closed for what he says must not ask for everything again at once
        return;
      default:
        message satisfies never;
    }
  }

  /** Signaling has named every session there is. */
  #whole(): void {
    const named = this.#named ?? new Set();
    for (const { id } of this.#copy.all()) if (!named.has(id)) this.#copy.end(id);
    this.#named = undefined;
    this.#state = "whole";
    this.#said.clear();
    this.#options.log.info({ sessions: this.#copy.size }, "edge: signaling has told of its sessions");
  }

  #tellFigures(): void {
    this.#link?.send({ type: "figures", figures: this.#options.figures() });
  }

  #sayOnce(what: "away" | "refused", fields: object, message: string): void {
    if (this.#said.has(what)) return;
    this.#said.add(what);
    this.#options.log.warn(fields, message);
  }
}
