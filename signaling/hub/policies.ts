/**
 * What office PCs are told of policy. The sets of rules that sessions on one may name are told when it connects, when policy changes, and from time to
 * time, because people are granted, moved and transferred (rounds.ts). Before a session opens, the set that
 * it names is told in any case, on the same connection. A session that runs hears when another set holds for it, or another end.
 *
 * A connection knows what was told on it: an office PC that comes anew is told anew.
 */
import type { Log } from "../log.ts";
import type { TerminalId } from "../protocol/ids.ts";
import { type AgentPolicy, MAX_AGENT_POLICIES, type PolicyId, type SessionPolicy } from "../protocol/policy.ts";
import type { Records, SessionRules } from "../records.ts";
import type { Agent, Session } from "./presence.ts";
import { Rounds } from "./rounds.ts";

/** What changed besides policy itself is heard of so often. */
const AGAIN_MS = 10 * 60_000;
/** Whom they concern is looked up along the way up of each person, so that a look is about fewer than others are. */
const AT_ONCE = 25;
/** The longest that an end can be away (protocol/policy.ts): it is told anew long before. */
const MAX_END_MS = 7 * 86_400_000;

export interface PoliciesOptions {
  readonly records: Pick<Records, "policiesOf">;
  readonly agents: ReadonlyMap<TerminalId, Agent>;
  readonly log: Log;
  readonly now: () => number;
}

/** Of one connection. */
interface Told {
  /** Whether it has said that it has them; those told or used longest ago come first, and are the ones it lets go. */
  readonly sets: Map<PolicyId, boolean>;
  /** Those that sessions there may name, as they were looked up last; undefined: not since they changed. */
  needed: readonly PolicyId[] | undefined;
}

export class Policies {
  readonly #options: PoliciesOptions;
  readonly #told = new WeakMap<Agent, Told>();
  readonly #rounds: Rounds;

  constructor(options: PoliciesOptions) {
    this.#options = options;
    const how = { of: "policy", everyMs: AGAIN_MS, atOnce: AT_ONCE };
    this.#rounds = new Rounds({ ...options, ...how, tell: (some) => this.#tell(some) });
  }

  arrived(terminal: TerminalId): void {
    this.#rounds.arrived(terminal);
  }

  left(agent: Agent): void {
    this.#rounds.left(agent);
  }

  /** Policy was set somewhere: whom that concerns is looked up for all. */
  changed(): void {
    for (const agent of this.#options.agents.values()) this.#of(agent).needed = undefined;
    this.#rounds.all();
  }

  /** It has these. Of what was never told nothing is kept. */
  kept(agent: Agent, ids: readonly PolicyId[]): void {
    const { sets } = this.#of(agent);
    for (const id of ids) if (sets.has(id)) sets.set(id, true);
  }

  /** It has refused a session because it does not have the set: it is told anew what it needs. */
  lost(agent: Agent): void {
    this.#of(agent).sets.clear();
    this.arrived(agent.terminal.id);
  }

  tick(now: number): void {
    if (this.#rounds.isDue(now)) this.#rounds.all();
  }

  /** What a session that opens now names; it is told first. Undefined: there are no rules, and no end. */
  forOpening(agent: Agent, session: Session): SessionPolicy | undefined {
    const { rules } = session;
    session.toldRules = undefined;
    if (!rules || isNothing(rules)) return undefined;
    session.toldRules = { ...rules, agent };
    return this.#say(agent, rules);
  }

  /** What holds for a session from now on: its office PC hears where that is something else. */
  hold(session: Session, rules: SessionRules): void {
    session.rules = rules;
    const agent = this.#options.agents.get(session.record.terminal);
    // one that was away says first whether it runs it still
    if (!agent || session.state.kind === "unconfirmed") return;
    const before = session.toldRules;
    const isKnown = before ? before.agent === agent && isSame(before, rules) : isNothing(rules);
    if (isKnown) return;
    session.toldRules = { ...rules, agent };
    agent.connection.send({ type: "session-policy", session: session.record.id, policy: this.#say(agent, rules) });
  }

  // ── for who looks at policy ──────────────────────────────────────────────────────────────────

  get online(): Iterable<TerminalId> {
    return this.#options.agents.keys();
  }

  /** It has said that it has all that sessions there may name. */
  has(terminal: TerminalId): boolean {
    const agent = this.#options.agents.get(terminal);
    const told = agent && this.#told.get(agent);
    return told?.needed?.every((id) => told.sets.get(id) === true) ?? false;
  }

  /** Entries that are kept, for the figures. */
  get size(): number {
    return this.#rounds.size;
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }

  #of(agent: Agent): Told {
    const known = this.#told.get(agent);
    if (known) return known;
    const told: Told = { sets: new Map(), needed: undefined };
    this.#told.set(agent, told);
    return told;
  }

  /** Tells the set first, where it was not told. */
  #say(agent: Agent, { policy, end }: SessionRules): SessionPolicy {
    this.#tellSets(agent, [policy]);
    const { sets } = this.#of(agent);
    const isKept = sets.get(policy.id) ?? false;
    sets.delete(policy.id);
    sets.set(policy.id, isKept);
    if (!end) return { id: policy.id };
    const endsInMs = Math.min(MAX_END_MS, Math.max(0, Math.round(end.at - this.#options.now())));
    return { id: policy.id, endsInMs, endsBy: end.by };
  }

  #tellSets(agent: Agent, policies: readonly AgentPolicy[]): void {
    const { sets } = this.#of(agent);
    const unknown = policies.filter(({ id }) => !sets.has(id));
    for (const { id } of unknown) sets.set(id, false);
    for (const id of sets.keys()) if (sets.size > MAX_AGENT_POLICIES) sets.delete(id);
    if (unknown.length > 0) agent.connection.send({ type: "policies", policies: unknown });
  }

  async #tell(terminals: readonly TerminalId[]): Promise<void> {
    const { records, agents } = this.#options;
    const found = await records.policiesOf(terminals);
    for (const terminal of terminals) {
      const agent = agents.get(terminal);
      if (!agent) continue;
      // beyond these each is told when a session needs it
      const policies = (found.get(terminal) ?? []).slice(0, MAX_AGENT_POLICIES);
      this.#tellSets(agent, policies);
      this.#of(agent).needed = policies.map(({ id }) => id);
    }
  }
}

const isNothing = ({ policy, end }: SessionRules): boolean => !end && Object.keys(policy.rules).length === 0;

const isSame = (one: Partial<SessionRules>, other: SessionRules): boolean =>
  one.policy?.id === other.policy.id && one.end?.at === other.end?.at && one.end?.by === other.end?.by;
