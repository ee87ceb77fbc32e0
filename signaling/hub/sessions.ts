/** The sessions that have not ended, findable by terminal and by person as well: lists ask for each of their rows. */

import type { PersonId, SessionId, TerminalId } from "../protocol/ids.ts";
import type { Session } from "./presence.ts";

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
