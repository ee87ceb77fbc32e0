/**
 * What office PCs are told of locks: each of them all that concern it when it connects and when a lock is set or lifted, and once
 * a day, for it keeps none for longer than so many days by itself (rounds.ts). Which office PCs have said that they keep one is
 * known here, of those that are connected.
 */
import type { Log } from "../log.ts";
import type { LockId, TerminalId } from "../protocol/ids.ts";
import type { Records } from "../records.ts";
import type { Agent } from "./presence.ts";
import { Rounds } from "./rounds.ts";
import { put } from "./sessions.ts";

const AGAIN_MS = 24 * 3_600_000;

export interface LockOrdersOptions {
  readonly records: Pick<Records, "lockOrders">;
  readonly agents: ReadonlyMap<TerminalId, Agent>;
  readonly log: Log;
  readonly now: () => number;
}

export class LockOrders {
  readonly #options: LockOrdersOptions;
  readonly #rounds: Rounds;
  readonly #kept = new Map<LockId, Set<TerminalId>>();

  constructor(options: LockOrdersOptions) {
    this.#options = options;
    this.#rounds = new Rounds({ ...options, of: "locks", everyMs: AGAIN_MS, tell: (some) => this.#tell(some) });
  }

  arrived(terminal: TerminalId): void {
    this.#rounds.arrived(terminal);
  }

  left(agent: Agent): void {
    if (!this.#rounds.left(agent)) return;
    for (const [lock, terminals] of this.#kept)
      if (terminals.delete(agent.terminal.id) && terminals.size === 0) this.#kept.delete(lock);
  }

  /** A lock was set or lifted: all are told anew, and say anew what they keep. */
  changed(): void {
    this.#kept.clear();
    this.#rounds.all();
  }

  /** This office PC has it on its disk. Of what it was never told nothing is kept. */
  kept({ terminal }: Agent, lock: LockId): void {
    if (this.#kept.has(lock)) put(this.#kept, lock, terminal.id);
  }

  /** How many of the office PCs that are connected keep it. */
  keepers(lock: LockId): number {
    return this.#kept.get(lock)?.size ?? 0;
  }

  tick(now: number): void {
    if (this.#rounds.isDue(now)) this.changed();
  }

  /** Entries that are kept, for the figures. */
  get size(): number {
    return this.#rounds.size + [...this.#kept.values()].reduce((sum, { size }) => sum + size, 0);
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }

  async #tell(terminals: readonly TerminalId[]): Promise<void> {
    const { records, agents } = this.#options;
    for (const [id, messages] of await records.lockOrders(terminals))
      for (const message of messages) {
        const connection = agents.get(id)?.connection;
        if (message.type === "lock" && connection && !this.#kept.has(message.order.lock))
          this.#kept.set(message.order.lock, new Set());
        connection?.send(message);
      }
  }
}
