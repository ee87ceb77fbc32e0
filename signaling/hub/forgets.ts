/**
 * Devices that office PCs are to forget, because somebody has lost them or has left. What is owed stands in the store: an office PC
 * hears it when it comes, and at once when it is here; it is told again until its own word says that it has forgotten.
 */
import type { Log } from "../log.ts";
import type { PersonId, TerminalId } from "../protocol/ids.ts";
import { MAX_FORGOTTEN } from "../protocol/limits.ts";
import type { Records } from "../records.ts";
import type { Agent } from "./presence.ts";
import { Rounds } from "./rounds.ts";

export interface ForgetsOptions {
  readonly records: Pick<Records, "devicesToForget">;
  readonly agents: ReadonlyMap<TerminalId, Agent>;
  readonly log: Log;
  readonly now: () => number;
}

export class Forgets {
  readonly #options: ForgetsOptions;
  readonly #rounds: Rounds;

  constructor(options: ForgetsOptions) {
    this.#options = options;
    // what is owed anew is said by whose it is (changed)
    const how = { of: "devices to forget", everyMs: Number.POSITIVE_INFINITY };
    this.#rounds = new Rounds({ ...options, ...how, tell: (terminals) => this.#send({ terminals }) });
  }

  arrived(terminal: TerminalId): void {
    this.#rounds.arrived(terminal);
  }

  left(agent: Agent): void {
    this.#rounds.left(agent);
  }

  /** An office PC has done a part. */
  async tell({ terminal: { id } }: Agent): Promise<void> {
    await this.#send({ terminals: [id] });
  }

  /** Something about these people was changed. Never rejects: what is not told now is told when the office PC comes again. */
  async changed(persons: readonly PersonId[] | "everybody"): Promise<void> {
    if (persons.length > 0) await this.#send(persons === "everybody" ? persons : { persons });
  }

  /** Those that wait. */
  get size(): number {
    return this.#rounds.size;
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }

  async #send(of: Parameters<Records["devicesToForget"]>[0]): Promise<void> {
    const { records, agents, log } = this.#options;
    try {
      for (const [id, devices] of await records.devicesToForget(of)) {
        const told = devices.slice(0, MAX_FORGOTTEN);
        agents.get(id)?.connection.send({ type: "forget-devices", devices: told });
      }
    } catch (error) {
      log.error({ err: error }, "office PCs were not told which devices to forget");
    }
  }
}
