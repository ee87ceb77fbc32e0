import { beforeEach, describe, expect, test } from "vitest";
import { Policies } from "../../agent/trust/policies.ts";
import {
  type AgentRules,
  agentPolicyId,
  MAX_AGENT_POLICIES,
  PolicyId,
  type ToldPolicy,
} from "../../signaling/protocol/policy.ts";
import { parseMessage, ToAgent } from "../../signaling/protocol/signal.ts";

let said: unknown[];
let policies: Policies;
beforeEach(() => {
  said = [];
  policies = new Policies({ warn: (...words: unknown[]) => void said.push(words) });
});

const named = async (rules: AgentRules) => ({ id: await agentPolicyId(rules), rules });
/** As the line to the server hands them over. */
const heard = (sets: readonly object[]): readonly ToldPolicy[] => {
  const parsed = parseMessage(ToAgent, JSON.stringify({ type: "policies", policies: sets }));
  if (!parsed.ok || parsed.message.type !== "policies") throw new Error("not heard");
  return parsed.message.policies;
};

describe("sets of rules that the server tells", () => {
  test("are kept by the name of their content, and answered with all there are", async () => {
    const [look, short] = [await named({ viewOnly: true }), await named({ idleMinutes: 5 })];
    expect(policies.use(look.id)).toBeUndefined();
    expect(await policies.keep(heard([look]))).toEqual([look.id]);
    expect(await policies.keep(heard([short]))).toEqual([look.id, short.id]);
    expect(policies.use(look.id)).toEqual({ viewOnly: true });
    expect(said).toEqual([]);
  });

  test("are not kept by another name", async () => {
    const { id } = await named({ viewOnly: true });
    expect(await policies.keep(heard([{ id, rules: { viewOnly: false } }]))).toEqual([]);
    expect(policies.use(id)).toBeUndefined();
    expect(said).toHaveLength(1);
  });

  test.each([
    ["of a rule", { viewOnly: true, watermark: "large" }],
    ["of a word", { cover: "always" }],
    ["of a number", { idleMinutes: 500 }],
  ])("are not kept by a version that does not know them: %s; the others of the message are", async (_, rules) => {
    const unknown = PolicyId.parse("A".repeat(22));
    const known = await named({ lockOn: "end" });
    expect(await policies.keep(heard([{ id: unknown, rules }, known]))).toEqual([known.id]);
    expect(policies.use(unknown)).toBeUndefined();
    expect(said).toHaveLength(1);
  });

  test("give way when there are too many: those first that were used longest ago", async () => {
    const sets = await Promise.all(Array.from({ length: MAX_AGENT_POLICIES + 1 }, (_, n) => named({ kbps: 30 + n })));
    const [first, second, third] = sets as [ToldPolicy, ToldPolicy, ToldPolicy];
    await policies.keep(sets.slice(0, -1));
    policies.use(first.id);
    await policies.keep([second]); // told again: wanted again
    const kept = await policies.keep(sets.slice(-1));
    expect(kept).toHaveLength(MAX_AGENT_POLICIES);
    expect([first, second, third].map(({ id }) => kept.includes(id))).toEqual([true, true, false]);
    expect(policies.use(third.id)).toBeUndefined();
  });

  test("keep others waiting while they are looked at", async () => {
    expect(policies.keeping).toBeUndefined();
    const kept = policies.keep([await named({ lockOn: "end" })]);
    expect(policies.keeping).toBe(kept);
    await kept;
    expect(policies.keeping).toBeUndefined();
  });
});
