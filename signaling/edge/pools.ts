/**
 * Who may hold a connection, in two pools. A stranger needs one handshake to hold one, so strangers share a small pool of
 * their own, and whoever has proved who they are is counted apart:
 *
 *   enter ─▶ unproven ──prove──▶ proven        leave: from either
 *               │
 *               └─ a newcomer to a full source, prefix or pool ─▶ the one there that has waited longest is closed
 *
 * The oldest gives way, not the newcomer and not the quietest: whoever fills the pool closes his own connections first,
 * trickling a byte a second keeps none of them, and a newcomer has the time that as many more newcomers take to prove
 * itself (a page load, a sign-in and an upgrade are short; what lasts is proven).
 *
 * Where one source may have everything (inside, where address translation makes one of many), it is the oldest of the
 * source that has most: one PC that opens connection after connection closes its own.
 *
 * Pure: no sockets, no timers. `C` is whatever stands for a connection.
 */
import { prefixOf, sourceOf } from "../source.ts";
import { PerSource } from "./limits.ts";

export interface PoolLimits {
  /** Both pools together: where the proven take more, less is left for the unproven. */
  readonly connections: number;
  readonly proven: number;
  /** Proven ones of one source. */
  readonly connectionsPerSource: number;
  readonly unproven: number;
  readonly unprovenPerSource: number;
  /** An IPv6 site is given a /56 or a /48 (RFC 6177): 256 sources or more. An IPv4 address is its own prefix. */
  readonly unprovenPerPrefix: number;
}

export type Share = "source" | "prefix" | "all";
export interface Eviction<C> {
  readonly connection: C;
  /** What was full. */
  readonly share: Share;
}

interface Place {
  readonly source: string;
  readonly prefix: string;
  proven: boolean;
}

export class Pools<C> {
  readonly #limits: PoolLimits;
  readonly #places = new Map<C, Place>();
  /** The oldest first, all three. */
  readonly #unproven = new Set<C>();
  readonly #bySource = new Map<string, Set<C>>();
  readonly #byPrefix = new Map<string, Set<C>>();
  readonly #provenPerSource: PerSource;
  #proven = 0;

  constructor(limits: PoolLimits) {
    this.#limits = limits;
    this.#provenPerSource = new PerSource(limits.connectionsPerSource);
  }

  get proven(): number {
    return this.#proven;
  }

  get unproven(): number {
    return this.#unproven.size;
  }

  /** Takes in a newcomer. Returns whom to close for it: that one has left already. */
  enter(connection: C, address: string): Eviction<C> | undefined {
    const place = { source: sourceOf(address), prefix: prefixOf(address), proven: false };
    const eviction = this.#makeRoom(place);
    this.#places.set(connection, place);
    this.#unproven.add(connection);
    put(this.#bySource, place.source, connection);
    put(this.#byPrefix, place.prefix, connection);
    return eviction;
  }

  /** True when it is counted among the proven from now on; else what is full, and it stays where it is. */
  prove(connection: C): true | Exclude<Share, "prefix"> {
    const place = this.#places.get(connection);
    if (!place || place.proven) return true;
    if (this.#proven >= this.#limits.proven) return "all";
    if (!this.#provenPerSource.take(place.source)) return "source";
    this.#leaveUnproven(connection, place);
    place.proven = true;
    this.#proven += 1;
    return true;
  }

  leave(connection: C): void {
    const place = this.#places.get(connection);
    if (!place) return;
    this.#places.delete(connection);
    if (place.proven) {
      this.#proven -= 1;
      this.#provenPerSource.give(place.source);
    } else this.#leaveUnproven(connection, place);
  }

  #makeRoom({ source, prefix }: Place): Eviction<C> | undefined {
    const { connections, unproven, unprovenPerSource, unprovenPerPrefix } = this.#limits;
    const room = Math.min(unproven, connections - this.#proven);
    const [share, full] = [
      ["source", this.#bySource.get(source), unprovenPerSource] as const,
      ["prefix", this.#byPrefix.get(prefix), unprovenPerPrefix] as const,
      ["all", this.#unproven, room] as const,
    ].find(([, members, limit]) => members !== undefined && members.size >= limit) ?? [undefined, undefined];
    const [oldest] = (share === "all" && unprovenPerSource >= unproven ? this.#largest() : full) ?? [];
    if (share === undefined || oldest === undefined) return undefined;
    this.leave(oldest);
    return { connection: oldest, share };
  }

  #largest(): Set<C> | undefined {
    let largest: Set<C> | undefined;
    for (const members of this.#bySource.values()) if (members.size > (largest?.size ?? 0)) largest = members;
    return largest;
  }

  #leaveUnproven(connection: C, { source, prefix }: Place): void {
    this.#unproven.delete(connection);
    take(this.#bySource, source, connection);
    take(this.#byPrefix, prefix, connection);
  }
}

function put<C>(map: Map<string, Set<C>>, key: string, connection: C): void {
  const there = map.get(key);
  if (there) there.add(connection);
  else map.set(key, new Set([connection]));
}

function take<C>(map: Map<string, Set<C>>, key: string, connection: C): void {
  const there = map.get(key);
  if (there?.delete(connection) && there.size === 0) map.delete(key);
}
