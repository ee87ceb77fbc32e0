/**
 * Devices that office PCs are to forget, because somebody has lost them or has left. What is owed stands in the store: an office PC
 * hears it when it comes, and at once when it is here; it is told again until its own word says that it has forgotten.
 */
import type { Log } from "../log.ts";
import type { PersonId, TerminalId } from "../protocol/ids.ts";
import { MAX_FORGOTTEN } from "../protocol/limits.ts";
import type { Records } from "../records.ts";
import type { Agent } from "./presence.ts";

export interface ForgetsOptions {
  readonly records: Pick<Records, "devicesToForget">;
  readonly agents: ReadonlyMap<TerminalId, Agent>;
  readonly log: Log;
}

export class Forgets {
  readonly #options: ForgetsOptions;

  constructor(options: ForgetsOptions) {
    this.#options = options;
  }

  /** An office PC is here, or has done a part. */
  async tell({ terminal: { id } }: Agent): Promise<void> {
    await this.#send({ terminal: id });
  }

  /** Something about these people was changed. Never rejects: what is not told now is told when the office PC comes again. */
  async changed(persons: readonly PersonId[] | "everybody"): Promise<void> {
    if (persons.length > 0) await this.#send(persons === "everybody" ? persons : { persons });
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
