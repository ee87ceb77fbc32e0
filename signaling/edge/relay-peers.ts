/**
 * Which sessions there are, and whom each end of one may reach through the relay: the other end's relayed address and
 * nobody else.
 *
 *   begin                                          ─▶ its names may come
 *   offer (agent's relay candidates)               ─▶ the viewer's names of that attempt may reach these
 *   answer, candidates (viewer's relay candidates) ─▶ the agent's names of that attempt may reach those
 *   end                                            ─▶ what goes by its names is closed, and none may come again
 *
 * TURN permissions are per address (RFC 8656 §9) and all allocations share the relay's: without this any issued name could
 * send to every session's port. A relay check is a session without a second end: its name can allocate and no more.
 *
 * An edge in signaling's process asks this very object; one of its own keeps a copy (remote-peers.ts).
 */
import { isIPv4 } from "node:net";

/** One end's relayed addresses: one for each way it tries (UDP, TLS), for each of two interfaces. */
export const MAX_PEERS = 4;
/** The present attempt, and the one before while it is being replaced. */
export const ATTEMPTS_KEPT = 2;

export type Role = "agent" | "viewer";

/** What the edge asks. `port` is left out where the relay ignores it (CreatePermission, RFC 8656 §9.2). */
export interface PeerRules {
  /** Is there a session of this name? Who hears of sessions from elsewhere may take a few seconds to say. Never rejects. */
  admits(username: string): Promise<boolean>;
  mayReach(username: string, host: string, port?: number): boolean;
  /** Told of each session that has ended, by its id; returns how to stop. */
  onEnded(listener: (session: string) => void): () => void;
}

/** Everything there is to know of one session. */
export interface SessionPeers {
  readonly id: string;
  /** `agent`, `viewer`: whom that end may reach, `host:port`. */
  readonly attempts: readonly ({ readonly attempt: number } & Readonly<Record<Role, readonly string[]>>)[];
}
export type PeersChange =
  | { readonly kind: "session"; readonly session: SessionPeers }
  | { readonly kind: "end"; readonly id: string };

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

/** attempt → role → `host:port` of the other end */
type Attempts = Map<number, Record<Role, Set<string>>>;

export class RelayPeers implements PeerRules {
  readonly #sessions = new Map<string, Attempts>();
  readonly #endListeners = new Set<(session: string) => void>();
  readonly #changeListeners = new Set<(change: PeersChange) => void>();

  get size(): number {
    return this.#sessions.size;
  }

  /** Before anybody is told a name of it. */
  begin(session: string): void {
    if (this.#sessions.has(session)) return;
    this.#sessions.set(session, new Map());
    this.#changed(session);
  }

  /** `from` has told of its candidates (SDP or a single candidate line): the other end may reach them. */
  learn(session: string, attempt: number, from: Role, text: string): void {
    const reachable = this.#attempt(session, attempt)[from === "agent" ? "viewer" : "agent"];
    const before = reachable.size;
    for (const [, host = "", port] of text.matchAll(RELAY_CANDIDATE))
      if (reachable.size < MAX_PEERS && isIPv4(host) && Number(port) <= 65_535)
        reachable.add(`${host}:${Number(port)}`);
    if (reachable.size > before) this.#changed(session);
  }

  /**
   * Takes over what another has told of a session. What that one does not know of it stays: a signaling server that was
   * started anew knows which sessions there are, and no longer their addresses.
   */
  take({ id, attempts }: SessionPeers): void {
    this.begin(id);
    for (const { attempt, agent, viewer } of attempts)
      Object.assign(this.#attempt(id, attempt), { agent: new Set(agent), viewer: new Set(viewer) });
    this.#changed(id);
  }

  end(session: string): void {
    this.#sessions.delete(session);
    for (const listener of this.#endListeners) listener(session);
    for (const listener of this.#changeListeners) listener({ kind: "end", id: session });
  }

  knows(username: string): boolean {
    return this.#sessions.has(sessionOfName(username) ?? "");
  }

  async admits(username: string): Promise<boolean> {
    return this.knows(username);
  }

  mayReach(username: string, host: string, port?: number): boolean {
    const [, session = "", role, attempt] = NAME.exec(username) ?? [];
    const peers = this.#sessions.get(session)?.get(Number(attempt))?.[role === "a" ? "agent" : "viewer"];
    if (!peers) return false;
    return port === undefined ? [...peers].some((peer) => peer.startsWith(`${host}:`)) : peers.has(`${host}:${port}`);
  }

  onEnded(listener: (session: string) => void): () => void {
    this.#endListeners.add(listener);
    return () => this.#endListeners.delete(listener);
  }

  /** Every session there is. */
  all(): SessionPeers[] {
    return [...this.#sessions.keys()].map((id) => this.#told(id));
  }

  /** Told of each change from now on; returns how to stop. */
  onChange(listener: (change: PeersChange) => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  #attempt(session: string, attempt: number): Record<Role, Set<string>> {
    const attempts: Attempts = this.#sessions.get(session) ?? new Map();
    this.#sessions.set(session, attempts);
    const peers = attempts.get(attempt) ?? { agent: new Set<string>(), viewer: new Set<string>() };
    attempts.set(attempt, peers);
    if (attempts.size > ATTEMPTS_KEPT) attempts.delete(Math.min(...attempts.keys()));
    return peers;
  }

  #told(id: string): SessionPeers {
    const attempts = [...(this.#sessions.get(id) ?? [])];
    return {
      id,
      attempts: attempts.map(([attempt, { agent, viewer }]) => ({ attempt, agent: [...agent], viewer: [...viewer] })),
    };
  }

  #changed(id: string): void {
    if (this.#changeListeners.size === 0) return;
    const session = this.#told(id);
    for (const listener of this.#changeListeners) listener({ kind: "session", session });
  }
}
