/**
 * Office PCs that connect here become this node's, and those that leave nobody's. As many as come in one turn are one write: a
 * thousand that return at once cost a few fsyncs.
 */
import { setImmediate } from "node:timers/promises";
import type { Bus } from "../bus/bus.ts";
import { RequestError } from "../protocol/errors.ts";
import type { NodeId, TerminalId } from "../protocol/ids.ts";
import type { OwnedSession } from "../store/queries/nodes.ts";
import type { Store } from "../store/store.ts";

/** Some 20 ms of the store. */
const TOGETHER = 100;

export interface ClaimsOptions {
  readonly store: Pick<Store, "write">;
  readonly bus: Pick<Bus, "publish">;
  readonly now: () => number;
  readonly node: () => NodeId | undefined;
  /** It lives. */
  readonly beaten: () => void;
  /** It was taken for dead. */
  readonly lost: () => void;
  /** These are nobody's, as far as the store knows. */
  readonly released: (terminals: readonly TerminalId[]) => void;
  readonly failed: (error: unknown) => void;
}

interface Waiting {
  readonly terminal: TerminalId;
  readonly done: (session: OwnedSession | undefined) => void;
  readonly failed: (error: unknown) => void;
}

export class Claims {
  readonly #options: ClaimsOptions;
  readonly #epochs = new Map<TerminalId, number>();
  readonly #left = new Set<TerminalId>();
  #waiting: Waiting[] = [];
  #working: Promise<void> | undefined;

  constructor(options: ClaimsOptions) {
    this.#options = options;
  }

  /** Its session, where one is open. Throws SERVER_BUSY. */
  claim(terminal: TerminalId): Promise<OwnedSession | undefined> {
    return new Promise((done, failed) => {
      this.#left.delete(terminal);
      this.#waiting.push({ terminal, done, failed });
      this.#work();
    });
  }

  left(terminal: TerminalId): void {
    this.#left.add(terminal);
    this.#work();
  }

  /** By which epoch it is this node's; undefined: it is not. */
  epochOf(terminal: TerminalId): number | undefined {
    return this.#epochs.get(terminal);
  }

  /** It is another node's. */
  lose(terminal: TerminalId): void {
    this.#epochs.delete(terminal);
    this.#left.delete(terminal);
  }

  /** None of them is this node's. */
  clear(): void {
    this.#epochs.clear();
    this.#left.clear();
  }

  get size(): number {
    return this.#epochs.size + this.#left.size + this.#waiting.length;
  }

  async close(): Promise<void> {
    await this.#working;
  }

  #work(): void {
    this.#working ??= this.#all();
  }

  async #all(): Promise<void> {
    await setImmediate(); // what comes in the same turn is one write
    while (this.#waiting.length + this.#left.size > 0) {
      await this.#release([...this.#left].slice(0, TOGETHER));
      await this.#claim(this.#waiting.splice(0, TOGETHER));
      await setImmediate();
    }
    this.#working = undefined;
  }

  async #release(terminals: readonly TerminalId[]): Promise<void> {
    const node = this.#options.node();
    for (const terminal of terminals) {
      this.#left.delete(terminal);
      this.#epochs.delete(terminal);
    }
    if (terminals.length === 0 || node === undefined) return;
    try {
      await this.#options.store.write((q) => q.nodes.release(node, terminals));
      this.#options.released(terminals);
    } catch (error) {
      this.#options.failed(error); // whoever has it next claims it all the same
    }
  }

  async #claim(some: readonly Waiting[]): Promise<void> {
    if (some.length === 0) return;
    try {
      const sessions = await this.#write([...new Set(some.map(({ terminal }) => terminal))]);
      for (const { terminal, done } of some) done(sessions.find(({ terminalId }) => terminalId === terminal));
    } catch (error) {
      for (const { failed } of some) failed(error);
    }
  }

  async #write(terminals: readonly TerminalId[]): Promise<readonly OwnedSession[]> {
    const { store, bus, now, lost, failed } = this.#options;
    const node = this.#options.node();
    const done =
      node === undefined
        ? undefined
        : await store.write(async (q) => {
            if (!(await q.nodes.beat(node))) return undefined;
            const rows = await q.nodes.claim(node, terminals, now());
            return { rows, sessions: await q.nodes.takeSessionsOn(node, terminals) };
          });
    if (!done || node === undefined || this.#options.node() !== node) {
      if (!done && node !== undefined) lost();
      throw new RequestError("SERVER_BUSY", "this node begins anew", { details: { retryAfterS: 1 } });
    }
    this.#options.beaten();
    for (const { terminalId, epoch } of done.rows) this.#epochs.set(terminalId, Number(epoch));
    const claims = done.rows.map(({ terminalId, epoch }): [TerminalId, number] => [terminalId, Number(epoch)]);
    bus.publish({ type: "node", from: node, notice: { kind: "claimed", claims } }).catch(failed);
    return done.sessions;
  }
}
