/**
 * Whom the ends of a session may reach through the relay is known to all nodes: page and office PC may have come by the edges of
 * different ones, and the node that learnt it may be gone before the session is.
 */
import { type Bus, publishAs } from "../bus/bus.ts";
import type { RelayPeers, SessionPeers } from "../edge/relay-peers.ts";
import type { NodeId } from "../protocol/ids.ts";

/** A check of the relay has no row; its name is good for so long (relay-checks.ts). */
const CHECK_MS = 15 * 60_000;
/** Whoever opens a session tells of it before its row is kept. */
const FRESH_MS = 30_000;

export interface FarRelayOptions {
  readonly relayPeers: RelayPeers;
  readonly bus: Pick<Bus, "publish">;
  readonly node: () => NodeId | undefined;
  readonly monotonic: () => number;
  readonly failed: (error: unknown) => void;
}

export class FarRelay {
  readonly #options: FarRelayOptions;
  /** Of which no row was found, and since when. */
  readonly #unknown = new Map<string, number>();
  readonly #stop: () => void;
  #isTaking = false;

  constructor(options: FarRelayOptions) {
    this.#options = options;
    const { relayPeers, bus, node, failed } = options;
    this.#stop = relayPeers.onChange((change) => {
      if (this.#isTaking) return;
      const notice =
        change.kind === "end"
          ? ({ kind: "relay-end", id: change.id } as const)
          : ({ kind: "relay-peers", session: toldOf(change.session) } as const);
      publishAs(bus, node(), notice).catch(failed);
    });
  }

  take(session: SessionPeers): void {
    this.#taking(() => this.#options.relayPeers.take(session));
  }

  /** These are open: an edge that joins this node, which has just begun, must not take them for over. */
  know(ids: Iterable<string>): void {
    this.#taking(() => {
      for (const id of ids) this.#options.relayPeers.begin(id);
    });
  }

  end(id: string): void {
    this.#unknown.delete(id);
    this.#taking(() => this.#options.relayPeers.end(id));
  }

  all() {
    return this.#options.relayPeers.all().map(toldOf);
  }

  /** These sessions are open, and no others: the notice of an end may have been lost. */
  endAllBut(isOpen: (id: string) => boolean): void {
    const now = this.#options.monotonic();
    for (const { id, attempts } of this.#options.relayPeers.all()) {
      if (isOpen(id)) this.#unknown.delete(id);
      else {
        const since = this.#unknown.get(id) ?? now;
        this.#unknown.set(id, since);
        if (now - since > (attempts.length === 0 ? CHECK_MS : FRESH_MS)) this.end(id);
      }
    }
  }

  get size(): number {
    return this.#unknown.size;
  }

  close(): void {
    this.#stop();
  }

  #taking(take: () => void): void {
    this.#isTaking = true;
    try {
      take();
    } finally {
      this.#isTaking = false;
    }
  }
}

const toldOf = ({ id, attempts }: SessionPeers) => ({
  id,
  attempts: attempts.map(({ attempt, agent, viewer }) => ({ attempt, agent: [...agent], viewer: [...viewer] })),
});
