/**
 * The sets of rules that the server has told this PC, each by the name that its content gives it. A session names one of them; what
 * comes of it beside this PC's own settings says session-rules.ts. Kept in memory: each server tells them anew.
 */
import {
  type AgentRules,
  agentPolicyId,
  MAX_AGENT_POLICIES,
  type PolicyId,
  type ToldPolicy,
} from "../../signaling/protocol/policy.ts";
import type { Log } from "../log.ts";

export class Policies {
  readonly #log: Pick<Log, "warn">;
  /** Used longest ago first. */
  readonly #kept = new Map<PolicyId, AgentRules>();
  #keeping: Promise<unknown> | undefined;

  constructor(log: Pick<Log, "warn">) {
    this.#log = log;
  }

  /** While sets are looked at: what came behind them may name one. */
  get keeping(): Promise<unknown> | undefined {
    return this.#keeping;
  }

  /** Returns the names of all that are kept now. One call after another. */
  keep(told: readonly ToldPolicy[]): Promise<PolicyId[]> {
    const keeping = this.#keep(told).finally(() => {
      this.#keeping = undefined;
    });
    this.#keeping = keeping;
    return keeping;
  }

  /** Undefined: this PC was not told of it, or has forgotten it for others. */
  use(id: PolicyId): AgentRules | undefined {
    const rules = this.#kept.get(id);
    if (rules) this.#put(id, rules);
    return rules;
  }

  async #keep(told: readonly ToldPolicy[]): Promise<PolicyId[]> {
    for (const { id, rules } of told) {
      if (rules === null) this.#log.warn({ policy: id }, "this version does not know a rule of this policy: not kept");
      else if ((await agentPolicyId(rules)) !== id)
        this.#log.warn({ policy: id }, "the policy's name is not that of its content: not kept");
      else this.#put(id, rules);
    }
    return [...this.#kept.keys()];
  }

  #put(id: PolicyId, rules: AgentRules): void {
    this.#kept.delete(id);
    this.#kept.set(id, rules);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_AGENT_POLICIES && oldest) this.#kept.delete(oldest);
  }
}
