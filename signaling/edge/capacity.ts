/**
 * How much one server takes: two numbers of the operator's, and every limit that follows from them. Whoever wonders why
 * something was refused finds its number here; the log and /metrics say which one it was.
 *
 *   agents, sessions ─▶ session limits (sessions, attempts under way) · agents · each listener's connections and TURN clients
 *
 * The relay's own quota follows from the same number of sessions (turn-config/generate.ts --sessions).
 */

import { DEFAULT_SESSIONS } from "../protocol/limits.ts";
import type { SessionLimits } from "../session-limits.ts";
import type { EdgeLimits } from "./limits.ts";
import type { PoolLimits } from "./pools.ts";

export interface Capacity {
  /** Office PCs connected at once. Each costs some 70 kB of memory (measured). */
  readonly agents: number;
  /** Sessions at once. Each takes two of the relay's ports. */
  readonly sessions: number;
}

/** 10,000 office PCs are some 700 MB: what a server of 2 GB has room for. */
export const DEFAULT_CAPACITY: Capacity = { agents: 10_000, sessions: DEFAULT_SESSIONS };

/** Above this one process on one core is too slow to let everybody back in within a minute (measured with 19,000). */
export const MAX_AGENTS = 20_000;
/** Two ports a session, and as many again for what rebuilt connections leave behind: 65,536 − 49,152 ports hold 4,096. */
export const MAX_SESSIONS = 4_000;

/** Sessions one person may have at once, on different office PCs. */
const PER_PERSON = 3;
/**
 * Connections for who has not proved anything yet: page loads, sign-ins, enrolment, an administrator. At nine o'clock 4,000
 * people load the page within a minute, each by six connections for two seconds: 800. Strangers share these.
 */
const SPARE = 1_024;
/** A page holds its WebSocket and its relay connection, and up to six more while it loads. */
const CONNECTIONS_PER_SESSION = 4;
/** A satellite office of fifty people is one address: fifty pages at work, each with some tabs, and what a change of network left. */
const OUTSIDE_PER_SOURCE = 512;
/**
 * At nine o'clock none of the fifty has a cookie yet, and a browser loads a page by six connections (its limit for one
 * host): all at the same moment, and no load is broken off. An IPv6 site has no more people than an IPv4 one, however many
 * /64 it is given. Four strangers' sites fill the pool; even then a newcomer is let in (edge/pools.ts).
 */
const UNPROVEN_PER_SITE = 50 * 6;
const OUTSIDE_TURN_PER_SOURCE = 128;

/** Half of all sessions may be set up at once: with slow lines setting up takes seconds, and everybody comes at nine. */
export const sessionLimits = ({ sessions }: Capacity): SessionLimits => ({
  perPerson: PER_PERSON,
  total: sessions,
  negotiating: Math.max(64, Math.ceil(sessions / 2)),
});

/** Office PCs prove themselves in two round trips: so many under way keep the processor busy, and nobody waits in vain. */
const INSIDE_HANDSHAKES = 128;
/** A page load is never proven and holds its place for a quarter of a second: 4,000 people by six connections in a minute are 400 a second. */
const OUTSIDE_HANDSHAKES = 512;

type Counts = PoolLimits &
  Pick<EdgeLimits, "turnClients" | "turnClientsPerSource" | "handshakesAtOnce"> &
  Partial<Times>;

type Times = Pick<EdgeLimits, "handshakeSlotMs" | "handshakeMs" | "firstByteMs">;

/**
 * When thousands of office PCs come back together, everything takes long, at their ends too: who is given up has cost a
 * millisecond in vain, and comes again. Strangers gain nothing by the time: the oldest of them gives way (edge/pools.ts).
 */
const PATIENT: Times = { handshakeSlotMs: 2_000, handshakeMs: 30_000, firstByteMs: 30_000 };

/**
 * Inside, a whole municipality may be one source (address translation, the HTTP proxy): one source may take everything.
 * What one PC could hold is bounded by who proves itself in time (`unprovenAgents`).
 */
export function insideLimits({ agents, sessions }: Capacity): Counts {
  const proven = agents + 2 * sessions;
  // after a restart all agents are unproven at the same moment
  const unproven = agents + SPARE;
  const turnClients = 2 * sessions;
  return {
    connections: proven + SPARE,
    proven,
    connectionsPerSource: proven,
    unproven,
    unprovenPerSource: unproven,
    unprovenPerPrefix: unproven,
    turnClients,
    turnClientsPerSource: turnClients,
    handshakesAtOnce: INSIDE_HANDSHAKES,
    ...PATIENT,
  };
}

export function outsideLimits({ sessions }: Capacity): Counts {
  const proven = CONNECTIONS_PER_SESSION * sessions;
  const turnClients = 2 * sessions;
  return {
    connections: proven + SPARE,
    proven,
    connectionsPerSource: Math.min(OUTSIDE_PER_SOURCE, proven),
    unproven: SPARE,
    unprovenPerSource: UNPROVEN_PER_SITE,
    unprovenPerPrefix: UNPROVEN_PER_SITE,
    turnClients,
    turnClientsPerSource: Math.min(OUTSIDE_TURN_PER_SOURCE, turnClients),
    handshakesAtOnce: OUTSIDE_HANDSHAKES,
  };
}

/** A few dozen administrators, each with a page or two, and no relay. */
export const CONSOLE_LIMITS = {
  connections: 512,
  proven: 384,
  connectionsPerSource: 384,
  unproven: 128,
  unprovenPerSource: 64,
  unprovenPerPrefix: 64,
  turnClients: 0,
  turnClientsPerSource: 0,
  handshakesAtOnce: 64,
} satisfies Counts;

/**
 * WebSockets of agents that have not proved themselves. All of them come back at once after a restart; when there are more,
 * one of the source that has most gives way (edge/pools.ts).
 */
export function unprovenAgents({ agents }: Capacity): PoolLimits {
  const unproven = agents + 64;
  return {
    connections: unproven,
    proven: 0,
    connectionsPerSource: 0,
    unproven,
    unprovenPerSource: unproven,
    unprovenPerPrefix: unproven,
  };
}
