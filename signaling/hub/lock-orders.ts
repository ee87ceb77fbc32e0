/**
 * What office PCs are told of locks: each of them all that concern it when it connects and when a lock is set or lifted, and once
 * a day, for it keeps none for longer than so many days by itself. In slices, one look at the store each; which office PCs
 * have said that they keep one is known here, of those that are connected.
 */
import { setImmediate } from "node:timers/promises";
import type { Log } from "../log.ts";
import type { LockId, TerminalId } from "../protocol/ids.ts";
import type { Records } from "../records.ts";
import { slices } from "../slices.ts";
import type { Agent } from "./presence.ts";
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
  readonly #waiting = new Set<TerminalId>();
  readonly #kept = new Map<LockId, Set<TerminalId>>();
  #working: Promise<void> | undefined;
  #toldAllAt: number;
  #isClosed = false;

  constructor(options: LockOrdersOptions) {
    this.#options = options;
    this.#toldAllAt = options.now();
  }

  arrived(terminal: TerminalId): void {
    this.#waiting.add(terminal);
    this.#work();
  }

  /** Another connection of the same office PC may speak for it by now. */
  left({ terminal: { id } }: Agent): void {
    if (this.#options.agents.has(id)) return;
    this.#waiting.delete(id);
    for (const [lock, terminals] of this.#kept)
      if (terminals.delete(id) && terminals.size === 0) this.#kept.delete(lock);
  }

  /** A lock was set or lifted: all are told anew, and say anew what they keep. */
  changed(): void {
    this.#kept.clear();
    this.#toldAllAt = this.#options.now();
    for (const id of this.#options.agents.keys()) this.#waiting.add(id);
    this.#work();
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
    if (Math.abs(now - this.#toldAllAt) > AGAIN_MS) this.changed();
  }

  /** Entries that are kept, for the figures. */
  get size(): number {
    return this.#waiting.size + [...this.#kept.values()].reduce((sum, { size }) => sum + size, 0);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#working;
  }

  #work(): void {
    this.#working ??= this.#tellAll();
  }

  async #tellAll(): Promise<void> {
    await setImmediate(); // who comes in the same turn is told in the same look
    while (this.#waiting.size > 0 && !this.#isClosed) {
      const [slice = []] = slices([...this.#waiting]);
      for (const id of slice) this.#waiting.delete(id);
      await this.#tell(slice);
      await setImmediate();
    }
    // here, not after a turn of the loop: whoever comes next begins anew
    this.#working = undefined;
  }

  async #tell(terminals: readonly TerminalId[]): Promise<void> {
    const { records, agents, log } = this.#options;
    try {
      for (const [id, messages] of await records.lockOrders(terminals))
        for (const message of messages) {
          const connection = agents.get(id)?.connection;
          if (message.type === "lock" && connection && !this.#kept.has(message.order.lock))
            this.#kept.set(message.order.lock, new Set());
          connection?.send(message);
        }
    } catch (error) {
      log.error({ err: error, terminals: terminals.length }, "office PCs could not be told of locks");
    }
  }
}
