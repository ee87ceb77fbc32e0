/**
 * How much one server takes: two numbers of the operator's, and every limit that follows from them. Whoever wonders why
 * something was refused finds its number here; the log and /metrics say which one it was.
 *
 *   agents, sessions ─▶ admission (sessions, attempts under way) · agents · each listener's connections and TURN clients
 *
 * The relay's own quota follows from the same number of sessions (turn-config/generate.ts --sessions).
 */
import type { AdmissionLimits } from "./admission.ts";
import type { EdgeLimits } from "./edge/limits.ts";
import { DEFAULT_SESSIONS } from "./protocol/limits.ts";

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
/** Connections that are at no time anybody's limit: enrolment, page loads, an administrator. */
const SPARE = 1_024;
/** A page holds its WebSocket and its relay connection, and up to six more while it loads. */
const CONNECTIONS_PER_SESSION = 4;
/** A satellite office of fifty people is one address: fifty pages at work, or some eighty that load. */
const OUTSIDE_PER_SOURCE = 512;
const OUTSIDE_TURN_PER_SOURCE = 128;

/** Half of all sessions may be set up at once: with slow lines setting up takes seconds, and everybody comes at nine. */
export const admissionLimits = ({ sessions }: Capacity): AdmissionLimits => ({
  perPerson: PER_PERSON,
  total: sessions,
  negotiating: Math.max(64, Math.ceil(sessions / 2)),
});

type Counts = Pick<EdgeLimits, "connections" | "connectionsPerSource" | "turnClients" | "turnClientsPerSource">;

/**
 * Inside, a whole municipality may be one source (address translation, the HTTP proxy): one source may take everything.
 * What one PC could hold is bounded by who proves itself in time (`unprovenAgents`).
 */
export function insideLimits({ agents, sessions }: Capacity): Counts {
  const connections = agents + 2 * sessions + SPARE;
  const turnClients = 2 * sessions;
  return { connections, connectionsPerSource: connections, turnClients, turnClientsPerSource: turnClients };
}

export function outsideLimits({ sessions }: Capacity): Counts {
  const connections = CONNECTIONS_PER_SESSION * sessions + SPARE;
  const turnClients = 2 * sessions;
  return {
    connections,
    connectionsPerSource: Math.min(OUTSIDE_PER_SOURCE, connections),
    turnClients,
    turnClientsPerSource: Math.min(OUTSIDE_TURN_PER_SOURCE, turnClients),
  };
}

/** All of them come back at once after a restart; when there are more, the one that waits longest gives way. */
export const unprovenAgents = ({ agents }: Capacity): number => agents + 64;
