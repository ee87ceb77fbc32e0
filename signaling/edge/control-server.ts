/**
 * Signaling's end of the control connections of one side: tells edges of their own which sessions there are and who has
 * proved themselves, and hears their figures.
 */
import type { Socket } from "node:net";
import {
  type Figures,
  FromEdge,
  isJoinProof,
  MAX_LINE_BYTES,
  MAX_QUEUE_BYTES,
  SILENCE_MS,
  type ToEdge,
} from "./control-protocol.ts";
import type { EdgeLog } from "./edge.ts";
import { JsonLines } from "./json-lines.ts";
import { OPEN_NOW } from "./limits.ts";
import type { Control } from "./proxied-listener.ts";
import type { ConnectionId } from "./proxy-protocol.ts";
import type { PeersChange, RelayPeers, Role, SessionPeers } from "./relay-peers.ts";
import { type Side, sideOf } from "./side.ts";

const JOIN_TIMEOUT_MS = 5_000;
/** One edge, and the one before whose end is not noticed yet; the oldest gives way. */
const MAX_EDGES = 4;

export interface EdgeControlOptions {
  readonly side: Side;
  readonly peers: RelayPeers;
  /** That side's tag keys (ice-servers.ts): who holds one is our edge. */
  readonly keys: readonly Uint8Array[];
  readonly log: EdgeLog;
  readonly maxQueueBytes?: number;
  /** Until `join`, the edge's first line. */
  readonly joinMs?: number;
}

type Link = JsonLines<FromEdge, ToEdge>;

export class EdgeControl implements Control {
  readonly #options: EdgeControlOptions;
  readonly #strangers = new Set<Link>();
  readonly #joined = new Set<Link>();
  /** Open connections that edges handed over, as many as sockets. Who joins, maybe after us, is told of them anew. */
  readonly #proven = new Set<ConnectionId>();
  readonly #unsubscribe: () => void;
  #figures: Figures = {};

  constructor(options: EdgeControlOptions) {
    this.#options = options;
    this.#unsubscribe = options.peers.onChange((change) => {
      for (const link of this.#joined) link.send(told(change, options.side));
    });
  }

  /** Edges that are told of sessions at this moment. */
  get joined(): number {
    return this.#joined.size;
  }

  /** As an edge in this process counts them. What the last one held goes with it, what it counted stays. */
  figures(): Figures {
    if (this.#joined.size > 0) return this.#figures;
    return { ...this.#figures, ...Object.fromEntries(OPEN_NOW.map((key) => [key, 0])) };
  }

  /** A connection on which the edge speaks for itself; it came from the edge's address. */
  take(socket: Socket): void {
    const { log, side, maxQueueBytes = MAX_QUEUE_BYTES, joinMs = JOIN_TIMEOUT_MS } = this.#options;
    const link: Link = new JsonLines({
      socket,
      schema: FromEdge,
      maxLineBytes: MAX_LINE_BYTES,
      maxQueueBytes,
      silenceMs: SILENCE_MS,
      onMessage: (message) => this.#hear(link, message),
      onClosed: (reason) => {
        clearTimeout(late);
        this.#strangers.delete(link);
        const wasJoined = this.#joined.delete(link);
        if (wasJoined || reason !== undefined)
          log.warn(
            { side, ...(reason !== undefined && { reason }), wasJoined },
            "edge: the control connection is gone",
          );
      },
    });
    const late = setTimeout(() => {
      if (this.#strangers.has(link)) link.close("it did not join in time");
    }, joinMs);
    admit(this.#strangers, link);
  }

  proven(connection: ConnectionId): void {
    this.#proven.add(connection);
    for (const link of this.#joined) link.send({ type: "proven", connection });
  }

  gone(connection: ConnectionId): void {
    this.#proven.delete(connection);
  }

  close(): void {
    this.#unsubscribe();
    for (const link of [...this.#strangers, ...this.#joined]) link.close("signaling stops");
  }

  #hear(link: Link, message: FromEdge): void {
    if (message.type === "join") this.#join(link, message.proof);
    else if (!this.#joined.has(link)) link.close("it has not joined");
    else {
      this.#figures = message.figures;
      link.send({ type: "heard" });
    }
  }

  #join(link: Link, proof: string): void {
    const { keys, peers, log, side } = this.#options;
    const refusal = this.#joined.has(link)
      ? "it joined twice"
      : isJoinProof(proof, keys)
        ? undefined
        : `its tag key is none of ours for this side (tag-key.ts --side ${side})`;
    if (refusal !== undefined) {
      link.close(refusal);
      return;
    }
    this.#strangers.delete(link);
    admit(this.#joined, link);
    for (const connection of this.#proven) link.send({ type: "proven", connection });
    for (const session of peers.all()) link.send(told({ kind: "session", session }, side));
    link.send({ type: "whole" });
    log.info({ side, sessions: peers.size }, "edge: an edge of its own has joined");
  }
}

function admit(links: Set<Link>, link: Link): void {
  const [oldest] = links;
  if (links.size >= MAX_EDGES) oldest?.close("another one came");
  links.add(link);
}

/** Whom the other side's ends may reach is the other side's affair. */
function told(change: PeersChange, side: Side): ToEdge {
  if (change.kind === "end") return { type: "end", id: change.id as never };
  const { id, attempts } = change.session;
  const mine = (attempt: Attempt, role: Role) => (sideOf(role) === side ? [...attempt[role]] : []);
  return {
    type: "session",
    id: id as never,
    attempts: attempts.map((each) => ({
      attempt: each.attempt,
      agent: mine(each, "agent"),
      viewer: mine(each, "viewer"),
    })),
  };
}

type Attempt = SessionPeers["attempts"][number];
