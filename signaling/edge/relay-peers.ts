/**
 * Whom each end of a session may reach through the relay: the other end's relayed address and nobody else.
 *
 *   offer (agent's relay candidates)              ─▶ the viewer's names of that attempt may reach these
 *   answer, candidates (viewer's relay candidates) ─▶ the agent's names of that attempt may reach those
 *
 * TURN permissions are per address (RFC 8656 §9) and all allocations share the relay's: without this any issued name could
 * send to every session's port. A name whose session is not here reaches nobody, so a relay check can allocate and no more.
 */

/** One end's relayed addresses: one for each way it tries (UDP, TLS), for each of two interfaces. */
const MAX_PEERS = 4;
/** The present attempt, and the one before while it is being replaced. */
export const ATTEMPTS_KEPT = 2;

export type Role = "agent" | "viewer";

/** What the edge asks. `port` is left out where the relay ignores it (CreatePermission, RFC 8656 §9.2). */
export interface PeerRules {
  mayReach(username: string, host: string, port?: number): boolean;
  /** Told of each session that has ended, by its id; returns how to stop. */
  onEnded(listener: (session: string) => void): () => void;
}

/** `<expiry>:<session>.<a|v>.<attempt>.<tag>`, as ice-servers.ts makes it. */
const NAME = /^\d+:([0-9a-f-]{36})\.([av])\.(\d+)\./;
/** RFC 8839 §5.1: foundation, component, transport, priority, address, port, "typ relay". */
const RELAY_CANDIDATE = /candidate:\S+ \d+ udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ relay(?=\s|$)/gi;

export const sessionOfName = (username: string): string | undefined => NAME.exec(username)?.[1];

/** Which end of which session, and the number of its attempt. */
export function endOfName(username: string): { end: string; attempt: number } | undefined {
  const [, session, role, attempt] = NAME.exec(username) ?? [];
  return session === undefined ? undefined : { end: `${session}.${role}`, attempt: Number(attempt) };
}

export class RelayPeers implements PeerRules {
  /** session → attempt → role → `host:port` of the other end */
  readonly #sessions = new Map<string, Map<number, Record<Role, Set<string>>>>();
  readonly #listeners = new Set<(session: string) => void>();

  /** `from` has told of its candidates (SDP or a single candidate line): the other end may reach them. */
  learn(session: string, attempt: number, from: Role, text: string): void {
    const attempts = this.#sessions.get(session) ?? new Map<number, Record<Role, Set<string>>>();
    this.#sessions.set(session, attempts);
    const peers = attempts.get(attempt) ?? { agent: new Set<string>(), viewer: new Set<string>() };
    attempts.set(attempt, peers);
    const [oldest] = attempts.keys();
    if (attempts.size > ATTEMPTS_KEPT && oldest !== undefined) attempts.delete(oldest);
    const reachable = peers[from === "agent" ? "viewer" : "agent"];
    for (const [, host, port] of text.matchAll(RELAY_CANDIDATE))
      if (reachable.size < MAX_PEERS) reachable.add(`${host}:${port}`);
  }

  end(session: string): void {
    this.#sessions.delete(session);
    for (const listener of this.#listeners) listener(session);
  }

  mayReach(username: string, host: string, port?: number): boolean {
    const [, session = "", role, attempt] = NAME.exec(username) ?? [];
    const peers = this.#sessions.get(session)?.get(Number(attempt))?.[role === "a" ? "agent" : "viewer"];
    if (!peers) return false;
    return port === undefined ? [...peers].some((peer) => peer.startsWith(`${host}:`)) : peers.has(`${host}:${port}`);
  }

  onEnded(listener: (session: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
