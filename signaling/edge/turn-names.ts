/**
 * TURN clients that go by an issued name: how many in all, of one source, under one name. What a person holds at the relay
 * is bounded by it: for each end of each session the present attempt and the one before, by a few connections each.
 */
import { type EdgeLimits, PerSource } from "./limits.ts";
import { ATTEMPTS_KEPT, endOfName } from "./relay-peers.ts";

type Limits = Pick<EdgeLimits, "turnClients" | "turnClientsPerSource" | "turnClientsPerName">;

/** `C` is whatever stands for a client. */
export class TurnNames<C = { close(reason?: string): void }> {
  readonly #limits: Limits;
  readonly #clients = new Map<C, { username: string; source: string }>();
  readonly #perSource: PerSource;
  readonly #perName: PerSource;
  /** end of a session → its clients and their attempts */
  readonly #ends = new Map<string, Map<C, number>>();

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#perSource = new PerSource(limits.turnClientsPerSource);
    this.#perName = new PerSource(limits.turnClientsPerName);
  }

  get size(): number {
    return this.#clients.size;
  }

  /** Returns what is full, in words, or undefined: it is counted until it leaves. */
  enter(client: C, username: string, source: string): string | undefined {
    if (this.#clients.size >= this.#limits.turnClients) return "TURN clients (in all)";
    if (!this.#perSource.take(source)) return "TURN clients (of one source)";
    if (!this.#perName.take(username)) {
      this.#perSource.give(source);
      return "TURN clients (of one name)";
    }
    this.#clients.set(client, { username, source });
    const { end, attempt } = endOfName(username) ?? {};
    if (end === undefined || attempt === undefined) return undefined;
    const clients = this.#ends.get(end) ?? new Map<C, number>();
    this.#ends.set(end, clients.set(client, attempt));
    return undefined;
  }

  leave(client: C): void {
    const found = this.#clients.get(client);
    if (!found) return;
    this.#clients.delete(client);
    this.#perSource.give(found.source);
    this.#perName.give(found.username);
    const { end = "" } = endOfName(found.username) ?? {};
    const clients = this.#ends.get(end);
    clients?.delete(client);
    if (clients?.size === 0) this.#ends.delete(end);
  }

  /** Clients of the same end whose attempt was replaced long ago: left alone, their allocations would live for ever. */
  stale(username: string): readonly C[] {
    const { end = "", attempt = 0 } = endOfName(username) ?? {};
    return [...(this.#ends.get(end) ?? [])].filter(([, of]) => of <= attempt - ATTEMPTS_KEPT).map(([client]) => client);
  }
}
