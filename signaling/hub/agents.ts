/** The office PCs that are connected, one connection each, and since when those that left are away. */
import { CLOSE } from "../protocol/errors.ts";
import type { TerminalId } from "../protocol/ids.ts";
import type { Records } from "../records.ts";
import type { Wakes } from "../waking/wakes.ts";
import type { BackgroundWrite } from "./background-write.ts";
import { letGo } from "./let-go.ts";
import type { Agent } from "./presence.ts";

/** The store knows by then since when a terminal is offline: records are written within a second or two. */
const SEEN_IS_KEPT_MS = 60_000;

export interface AgentsOptions {
  readonly records: Pick<Records, "terminalSeen">;
  readonly write: BackgroundWrite;
  readonly now: () => number;
  readonly wakes: Pick<Wakes, "arrived" | "left">;
  /** Another connection of the same terminal has come: the one before is to be closed. */
  readonly replaced: (before: Agent, agent: Agent) => void;
  /** Nobody speaks for this terminal any longer. */
  readonly lost: (id: TerminalId) => void;
  /** What pages show of this terminal changed. */
  readonly changed: (id: TerminalId) => void;
}

export class Agents {
  readonly #options: AgentsOptions;
  readonly #present = new Map<TerminalId, Agent>();
  /** To go to another server. */
  readonly #told = new WeakSet<object>();
  readonly #offlineSince = new Map<TerminalId, number>();

  constructor(options: AgentsOptions) {
    this.#options = options;
  }

  get present(): ReadonlyMap<TerminalId, Agent> {
    return this.#present;
  }

  add(agent: Agent): void {
    const { records, write, now, wakes, changed } = this.#options;
    const { id, name, organisation } = agent.terminal;
    const before = this.#present.get(id);
    if (before) wakes.left(before);
    this.#present.set(id, agent);
    if (before) this.#options.replaced(before, agent);
    wakes.arrived(id);
    this.#offlineSince.delete(id);
    agent.connection.send({ type: "welcome", terminal: id, name, organisation: organisation.name });
    write(records.terminalSeen(id, now()));
    changed(id);
  }

  remove(agent: Agent): void {
    const { records, write, now, wakes, lost, changed } = this.#options;
    const { id } = agent.terminal;
    if (this.#present.get(id) !== agent) return; // replaced by a newer connection
    this.#present.delete(id);
    wakes.left(agent);
    this.#offlineSince.set(id, now());
    write(records.terminalSeen(id, now()));
    lost(id);
    changed(id);
  }

  /** Epoch ms, of one that left lately; the store knows it of all others. */
  offlineSince(id: TerminalId): number | undefined {
    return this.#offlineSince.get(id);
  }

  /** What the store knows by now need not be known here. */
  forgetOld(now: number): void {
    for (const [id, since] of this.#offlineSince) if (now - since > SEEN_IS_KEPT_MS) this.#offlineSince.delete(id);
  }

  /** Closes so many: another server is there for them. */
  letGo(count: number): void {
    letGo([...this.#present.values()], count, this.#told);
  }

  close(): void {
    for (const { connection } of this.#present.values()) connection.close(CLOSE.restarting, "server is restarting");
    this.#present.clear();
  }

  /** Entries that are kept, for the figures. */
  get size(): number {
    return this.#present.size + this.#offlineSince.size;
  }
}
