/**
 * Two office PCs with one key: somebody cloned a disk with the agent's identity on it. Each pushes the other's connection out, and a
 * session could be opened on the wrong one of them.
 *
 * A PC whose line breaks, sleeps or changes its network has let go of its old connection before it makes a new one. So a connection
 * that still answers a ping sent after its successor had proved itself is somebody else's. Where that is seen twice within some
 * minutes, this terminal is set aside: nobody is let in until IT has decided.
 */
import type { Log } from "../log.ts";
import { CLOSE } from "../protocol/errors.ts";
import type { TerminalId } from "../protocol/ids.ts";
import type { Records } from "../records.ts";
import type { Agent } from "./presence.ts";

/** An agent answers a ping at once; twice the slowest line. */
const ANSWER_MS = 3_000;
const TOGETHER_MS = 10 * 60_000;

export interface TwinsOptions {
  readonly records: Pick<Records, "terminalTwins">;
  readonly log: Log;
  readonly now: () => number;
  readonly setAside: (id: TerminalId) => void;
}

export class Twins {
  readonly #options: TwinsOptions;
  /** When two were last here at once. */
  readonly #seen = new Map<TerminalId, number>();

  constructor(options: TwinsOptions) {
    this.#options = options;
  }

  /** Closes the one that was there before, after a look whether it is somebody else's. Never rejects. */
  async replaced(before: Agent, agent: Agent): Promise<void> {
    const { connection } = before;
    const isAlive = connection.answers === undefined ? false : await connection.answers(ANSWER_MS);
    connection.close(CLOSE.replaced, "another connection of this terminal");
    if (isAlive) await this.#both(before, agent);
  }

  async #both(before: Agent, agent: Agent): Promise<void> {
    const { records, log, now, setAside } = this.#options;
    const { id, organisation } = agent.terminal;
    const at = now();
    const last = this.#seen.get(id) ?? Number.NEGATIVE_INFINITY;
    this.#seen.set(id, at);
    const addresses = [before.connection.remoteAddress, agent.connection.remoteAddress] as const;
    log.warn({ terminal: id, addresses }, "two office PCs prove themselves with one key");
    if (at - last > TOGETHER_MS) return;
    this.#seen.delete(id);
    try {
      await records.terminalTwins({ terminal: id, organisation: organisation.id, at, addresses });
      setAside(id);
    } catch (error) {
      log.error({ err: error, terminal: id }, "an office PC could not be set aside");
    }
  }

  /** What was long ago proves nothing. */
  forgetOld(now: number): void {
    for (const [id, at] of this.#seen) if (now - at > TOGETHER_MS) this.#seen.delete(id);
  }

  get size(): number {
    return this.#seen.size;
  }
}
