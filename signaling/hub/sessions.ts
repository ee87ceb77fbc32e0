/** The sessions that have not ended, findable by terminal and by person as well: lists ask for each of their rows. */
import { RequestError } from "../protocol/errors.ts";
import type { PersonId, SessionId, TerminalId } from "../protocol/ids.ts";
import type { Agent, Session, Viewer } from "./presence.ts";

/** What all but the lifecycle see of them. */
export type OpenSessions = Omit<Sessions, "set" | "delete" | "clear">;

export class Sessions extends Map<SessionId, Session> {
  readonly #byTerminal = new Map<TerminalId, Set<Session>>();
  readonly #byPerson = new Map<PersonId, Set<Session>>();

  override set(id: SessionId, session: Session): this {
    this.delete(id);
    put(this.#byTerminal, session.record.terminal, session);
    put(this.#byPerson, session.record.person, session);
    return super.set(id, session);
  }

  override delete(id: SessionId): boolean {
    const session = this.get(id);
    if (!session) return false;
    take(this.#byTerminal, session.record.terminal, session);
    take(this.#byPerson, session.record.person, session);
    return super.delete(id);
  }

  /** The session that occupies this terminal, if any. */
  on(terminal: TerminalId): Session | undefined {
    return this.#byTerminal.get(terminal)?.values().next().value;
  }

  of(person: PersonId): readonly Session[] {
    return [...(this.#byPerson.get(person) ?? [])];
  }

  /** The session a viewer's message is about. Throws SESSION_UNKNOWN for one that is not its own. */
  ofViewer(viewer: Viewer, id: SessionId): Session {
    const session = this.get(id);
    if (session?.viewer !== viewer) throw new RequestError("SESSION_UNKNOWN", "no such session of yours");
    return session;
  }

  /** The session an agent's message is about. Throws SESSION_UNKNOWN for one on another terminal. */
  ofAgent(agent: Agent, id: SessionId): Session {
    const session = this.get(id);
    if (session?.record.terminal !== agent.terminal.id)
      throw new RequestError("SESSION_UNKNOWN", "no such session on this terminal");
    return session;
  }
}

/** A map from one to many. */
export function put<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const there = map.get(key);
  if (there) there.add(value);
  else map.set(key, new Set([value]));
}

export function take<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const there = map.get(key);
  if (there?.delete(value) && there.size === 0) map.delete(key);
}
