/** Signaling's end of the control connection: tells edges of their own which sessions there are, and hears their figures. */
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
import type { PeersChange, RelayPeers, SessionPeers } from "./relay-peers.ts";

/** `join` is the edge's first line. */
const JOIN_TIMEOUT_MS = 5_000;
/** One edge, and the one before whose end is not noticed yet; the oldest gives way. */
const MAX_EDGES = 4;

export interface EdgeControlOptions {
  readonly peers: RelayPeers;
  /** Tag keys (ice-servers.ts): who holds one is our edge. */
  readonly keys: readonly Uint8Array[];
  readonly log: EdgeLog;
  readonly maxQueueBytes?: number;
}

type Link = JsonLines<FromEdge, ToEdge>;

export class EdgeControl {
  readonly #options: EdgeControlOptions;
  readonly #strangers = new Set<Link>();
  readonly #joined = new Set<Link>();
  readonly #unsubscribe: () => void;
  #figures: Figures = {};

  constructor(options: EdgeControlOptions) {
    this.#options = options;
    this.#unsubscribe = options.peers.onChange((change) => {
      for (const link of this.#joined) link.send(told(change));
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
    const { log, maxQueueBytes = MAX_QUEUE_BYTES } = this.#options;
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
          log.warn({ ...(reason !== undefined && { reason }), wasJoined }, "edge: the control connection is gone");
      },
    });
    const late = setTimeout(() => link.close("it did not join in time"), JOIN_TIMEOUT_MS);
    admit(this.#strangers, link);
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
    const { keys, peers, log } = this.#options;
    const refusal = this.#joined.has(link)
      ? "it joined twice"
      : isJoinProof(proof, keys)
        ? undefined
        : "its tag key is none of ours (tag-key.ts)";
    if (refusal !== undefined) {
      link.close(refusal);
      return;
    }
    this.#strangers.delete(link);
    admit(this.#joined, link);
    for (const session of peers.all()) link.send(told({ kind: "session", session }));
    link.send({ type: "whole" });
    log.info({ sessions: peers.size }, "edge: an edge of its own has joined");
  }
}

function admit(links: Set<Link>, link: Link): void {
  const [oldest] = links;
  if (links.size >= MAX_EDGES) oldest?.close("another one came");
  links.add(link);
}

function told(change: PeersChange): ToEdge {
  if (change.kind === "end") return { type: "end", id: change.id as never };
  const { id, attempts } = change.session as SessionPeers;
  return { type: "session", id: id as never, attempts: attempts.map(copy) };
}

const copy = (of: SessionPeers["attempts"][number]) => ({ ...of, agent: [...of.agent], viewer: [...of.viewer] });
