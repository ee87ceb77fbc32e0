/**
 * Which office PCs are asked to sign the head of their organisation's record (audit-witnesses.ts): now and then, where something was
 * added, some of those that are here. An office PC that signs says so when it comes, with what it signed last.
 */
import { setImmediate } from "node:timers/promises";
import type { Log } from "../log.ts";
import type { AuditPosition, CosignedHead } from "../protocol/audit.ts";
import type { OrganisationId, TerminalId } from "../protocol/ids.ts";
import type { Witnesses } from "../records.ts";
import { slices } from "../slices.ts";
import type { Agent } from "./presence.ts";

const EVERY_MS = 5 * 60_000;
/** Of one organisation in one round: more say no more. */
const ASKED_EACH = 3;

export interface WitnessRoundsOptions {
  readonly witnesses: Witnesses;
  readonly agents: ReadonlyMap<TerminalId, Agent>;
  readonly log: Log;
  readonly now: () => number;
}

/** The record that it signed last, and the one that it is asked to sign. */
interface Standing {
  readonly signed: number;
  readonly asked?: number;
}

export class WitnessRounds {
  readonly #options: WitnessRoundsOptions;
  /** Those that sign, longest not asked first. */
  readonly #ready = new Map<OrganisationId, Map<Agent, Standing>>();
  #askedAt: number;
  #asking: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: WitnessRoundsOptions) {
    this.#options = options;
    this.#askedAt = options.now();
  }

  /** It signs, and has signed these. One that contradicts is asked no more on this connection. */
  async ready(agent: Agent, heads: readonly CosignedHead[]): Promise<void> {
    const { witnesses, agents } = this.#options;
    const { id, organisation } = agent.terminal;
    if (!(await witnesses.agrees(agent.terminal, heads)) || agents.get(id) !== agent) return;
    this.#put(agent, { signed: heads.find(({ chain }) => chain === organisation.id)?.number ?? 0 });
  }

  /** Only what it was asked for counts. */
  async cosigned(agent: Agent, head: CosignedHead): Promise<void> {
    const standing = this.#standing(agent);
    if (!standing || standing.asked !== head.number) return;
    this.#put(agent, { signed: standing.signed });
    if (await this.#options.witnesses.cosigned(agent.terminal, head)) {
      if (this.#standing(agent)) this.#put(agent, { signed: head.number });
    } else this.left(agent);
  }

  async contradicted(agent: Agent, kept: CosignedHead, head: AuditPosition): Promise<void> {
    if (this.#standing(agent)?.asked !== head.number) return;
    this.left(agent);
    await this.#options.witnesses.contradicted(agent.terminal, kept, head);
  }

  left(agent: Agent): void {
    const { id } = agent.terminal.organisation;
    const ready = this.#ready.get(id);
    ready?.delete(agent);
    if (ready?.size === 0) this.#ready.delete(id);
  }

  /** The clock may have been set. */
  tick(now: number): void {
    if (Math.abs(now - this.#askedAt) >= EVERY_MS) void this.ask();
  }

  /** Never rejects. */
  ask(): Promise<void> {
    this.#askedAt = this.#options.now();
    this.#asking ??= this.#askAll()
      .catch((err: unknown) => this.#options.log.error({ err }, "office PCs were not asked to sign the audit's heads"))
      .finally(() => {
        this.#asking = undefined;
      });
    return this.#asking;
  }

  /** Entries that are kept, for the figures. */
  get size(): number {
    return [...this.#ready.values()].reduce((sum, { size }) => sum + size, 0);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#asking;
  }

  async #askAll(): Promise<void> {
    const chosen = [...this.#ready].flatMap(([chain, ready]) =>
      [...ready].slice(0, ASKED_EACH).map(([agent, { signed }]) => ({ chain, agent, since: signed })),
    );
    for (const some of slices(chosen)) {
      const heads = await this.#options.witnesses.headsFor(some);
      for (const [i, { agent, since }] of some.entries()) {
        const head = heads[i];
        if (!head || this.#standing(agent)?.signed !== since) continue;
        this.#put(agent, { signed: since, asked: head.number });
        agent.connection.send({ type: "audit-head", head });
      }
      await setImmediate();
      if (this.#isClosed) return;
    }
  }

  #standing(agent: Agent): Standing | undefined {
    return this.#ready.get(agent.terminal.organisation.id)?.get(agent);
  }

  /** At the end: the next time others come first. */
  #put(agent: Agent, standing: Standing): void {
    const { id } = agent.terminal.organisation;
    const ready = this.#ready.get(id) ?? new Map<Agent, Standing>();
    this.#ready.set(id, ready);
    ready.delete(agent);
    ready.set(agent, standing);
  }
}
