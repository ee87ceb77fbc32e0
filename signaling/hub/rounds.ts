/**
 * Rounds of office PCs that are to be told what stands in the store: those that have just come, all of them after a change, and all once in a
 * while. In slices, one look at the store each, and between two of these everything else of this process gets its turn.
 */
import { setImmediate } from "node:timers/promises";
import type { Log } from "../log.ts";
import type { TerminalId } from "../protocol/ids.ts";
import { slices } from "../slices.ts";
import type { Agent } from "./presence.ts";

export interface RoundsOptions {
  readonly agents: ReadonlyMap<TerminalId, Agent>;
  /** What they are told, for the log. */
  readonly of: string;
  readonly tell: (terminals: readonly TerminalId[]) => Promise<void>;
  /** In one look; left out: as many as elsewhere (slices.ts). */
  readonly atOnce?: number;
  /** After so long all are told again, ms. */
  readonly everyMs: number;
  readonly log: Log;
  readonly now: () => number;
}

export class Rounds {
  readonly #options: RoundsOptions;
  readonly #waiting = new Set<TerminalId>();
  #working: Promise<void> | undefined;
  #toldAllAt: number;
  #isClosed = false;

  constructor(options: RoundsOptions) {
    this.#options = options;
    this.#toldAllAt = options.now();
  }

  arrived(terminal: TerminalId): void {
    this.#waiting.add(terminal);
    this.#work();
  }

  /** Returns whether it is away: another connection of the same office PC may speak for it by now. */
  left({ terminal: { id } }: Agent): boolean {
    if (this.#options.agents.has(id)) return false;
    this.#waiting.delete(id);
    return true;
  }

  all(): void {
    this.#toldAllAt = this.#options.now();
    for (const id of this.#options.agents.keys()) this.#waiting.add(id);
    this.#work();
  }

  /** The clock may have been set. */
  isDue(now: number): boolean {
    return Math.abs(now - this.#toldAllAt) > this.#options.everyMs;
  }

  /** Those that wait. */
  get size(): number {
    return this.#waiting.size;
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
      const [slice = []] = slices([...this.#waiting], this.#options.atOnce);
      for (const id of slice) this.#waiting.delete(id);
      await this.#tell(slice);
      await setImmediate();
    }
    // here, not after a turn of the loop: whoever comes next begins anew
    this.#working = undefined;
  }

  async #tell(terminals: readonly TerminalId[]): Promise<void> {
    const { tell, log, of } = this.#options;
    try {
      await tell(terminals);
    } catch (error) {
      log.error({ err: error, terminals: terminals.length }, `office PCs could not be told of ${of}`);
    }
  }
}
