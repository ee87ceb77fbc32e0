/** How much the edge takes from whom, and its counters. Every number may be overridden (`openEdge({ limits })`). */

export const DEFAULT_LIMITS = {
  /** Open connections in all. A session is one WebSocket and one TURN connection, a page load up to six for a moment. */
  connections: 4096,
  /** Those that proved who they are: a cookie that signed in, a TURN user name that was issued, an agent's signature. */
  proven: 3072,
  /** Proven ones of one source (an IPv6 source is its /64). A satellite office of fifty people is one address behind NAT. */
  connectionsPerSource: 512,
  /** All others; see pools.ts for what happens when they are more. */
  unproven: 1024,
  unprovenPerSource: 300,
  unprovenPerPrefix: 300,
  /** TURN clients with an issued name in all, each with a UDP socket of its own. (Those without one are unproven.) */
  turnClients: 2048,
  turnClientsPerSource: 128,
  /**
   * Connections under one user name. A name is for one end of one attempt: a page without a camera's permission tries by
   * the default route of each address family, an agent by one.
   */
  turnClientsPerName: 2,
  /** TLS handshakes under way at once (paced-handshakes.ts). Each is a millisecond of work; many more only make each other wait. */
  handshakesAtOnce: 512,
  /** For so long one that is not done keeps others waiting. */
  handshakeSlotMs: 250,
  /** The first bytes; the TLS handshake, from when it begins; after it the first byte: a connection that says nothing is half open. */
  handshakeMs: 10_000,
  firstByteMs: 10_000,
  /** From the first TURN byte to the relay's grant. Four messages; the rest is for slow lines. */
  allocateMs: 10_000,
  /** A live client sends a consent check every 4–6 s (RFC 7675 §5.1): a minute without a word is a dead one. */
  turnIdleMs: 60_000,
  /**
   * Bytes that may wait for a slow reader before media is dropped instead. A dense full-screen keyframe is 100–160 kB
   * and must pass whole, or its repair would double the load; more than that is only delay (192 KiB are 1.5 s of a
   * 1 Mbit/s line, 0.15 s of 10 Mbit/s). Dropping goes on until the half is left: one gap is repaired sooner than many.
   */
  shedBytes: 192 * 1024,
  /** The relay's answers may still wait beyond `shedBytes`, up to this; then the client does not read at all: closed. */
  hardBytes: 256 * 1024,
  /** Waiting to be sent by UDP towards the relay; more is dropped, as a full network would. */
  udpQueueBytes: 256 * 1024,
};
export type EdgeLimits = typeof DEFAULT_LIMITS;

export function newCounters() {
  return {
    /** Now open. */
    connections: 0,
    proven: 0,
    turnClients: 0,
    /** For their turn at the TLS handshake. */
    handshakesWaiting: 0,
    /** Since the start. */
    accepted: 0,
    web: 0,
    turn: 0,
    /** Unproven ones closed for a newcomer, by what was full: the pool, one source's share, one IPv6 site's. */
    evictedTotal: 0,
    evictedSource: 0,
    evictedPrefix: 0,
    /** Proven ones that found no room among the proven, and remained where they can be evicted. */
    refusedTotal: 0,
    refusedSource: 0,
    refusedTurn: 0,
    /** A user name was issued, but there is no session of it (any more). */
    withoutSession: 0,
    /** The relay answered 486: its quota of allocations is used up. */
    relayQuota: 0,
    handshakeFailed: 0,
    halfOpen: 0,
    neither: 0,
    idle: 0,
    notAllocated: 0,
    /** TURN frames. */
    toRelay: 0,
    toClient: 0,
    toRelayBytes: 0,
    toClientBytes: 0,
    /** By the gate's rule; media for a slow reader; towards a relay that does not keep up. */
    dropped: 0,
    shed: 0,
    udpDropped: 0,
    closedByFraming: 0,
    closedByGate: 0,
    closedSlow: 0,
    relayUnreachable: 0,
    /** The relay remembered the port's last owner. */
    portChanges: 0,
  };
}
export type Counters = ReturnType<typeof newCounters>;
/** What an edge holds now; everything else it counts from its start. */
export const OPEN_NOW: readonly string[] = [
  "connections",
  "proven",
  "turnClients",
  "handshakesWaiting",
] satisfies (keyof Counters)[];

/** Counts per key and refuses beyond a limit. Keys at zero are forgotten. */
export class PerSource {
  readonly #counts = new Map<string, number>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#counts.size;
  }

  take(key: string): boolean {
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.#limit) return false;
    this.#counts.set(key, count + 1);
    return true;
  }

  give(key: string): void {
    const count = (this.#counts.get(key) ?? 0) - 1;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }
}
