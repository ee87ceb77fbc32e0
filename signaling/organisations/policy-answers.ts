/** What policy says to those who run things: a sign-in, a session, office PCs. Questions about many at once, one look at the store each. */
import type { SignInPolicy } from "../auth/sign-in-policy.ts";
import type { EndReason } from "../protocol/errors.ts";
import type { PersonId, SessionId, TerminalId } from "../protocol/ids.ts";
import type { AgentPolicy, PolicyRules } from "../protocol/policy.ts";
import type { PolicyAnswer, SessionAsked, SessionRules } from "../records.ts";
import type { PersonStanding } from "../store/queries/policies.ts";
import type { Queries } from "../store/queries.ts";
import { hoursAt } from "./policy-hours.ts";
import { answerOf, verdictOf } from "./policy-now.ts";
import { agentPolicyOf, isPlaceAllowed } from "./policy-resolve.ts";
import { PolicyTree } from "./policy-tree.ts";

const NOTHING: PolicyRules = {};

/** The rules that hold for each of them. Where nobody has set any, nobody is looked up. */
async function rulesFor(q: Queries, people: readonly PersonId[]): Promise<(person: PersonId) => PolicyRules> {
  if (!(await q.policies.areSet())) return () => NOTHING;
  return rulesOfStandings(q, await q.policies.people(people));
}

async function rulesOfStandings(
  q: Queries,
  standings: readonly PersonStanding[],
): Promise<(person: PersonId) => PolicyRules> {
  const tree = await PolicyTree.around(q, standings);
  const found = new Map(standings.map((one) => [one.personId, tree.of(one).inForce]));
  return (person) => found.get(person) ?? NOTHING;
}

/** To who asks for a session. */
export async function policyFor(q: Queries, asked: SessionAsked, now: number): Promise<PolicyAnswer> {
  return answerOf((await rulesFor(q, [asked.person]))(asked.person), asked, now);
}

export const mayWake = async (q: Queries, person: PersonId): Promise<boolean> =>
  (await rulesFor(q, [person]))(person).wake ?? true;

/** Why each of these sessions has to end; or what holds for it now. */
export async function sessionsUnderPolicy(
  q: Queries,
  sessions: ReadonlyMap<SessionId, SessionAsked>,
  now: number,
): Promise<Map<SessionId, SessionRules | EndReason>> {
  const rulesOf = await rulesFor(
    q,
    [...sessions.values()].map(({ person }) => person),
  );
  const answers = new Map<SessionId, SessionRules | EndReason>();
  for (const [id, asked] of sessions) answers.set(id, await verdictOf(rulesOf(asked.person), asked, now));
  return answers;
}

/** The sets of rules that sessions on these office PCs may name: those of everybody who may use them now. */
export async function policiesOf(
  q: Queries,
  terminals: readonly TerminalId[],
  now: number,
): Promise<Map<TerminalId, AgentPolicy[]>> {
  const found = new Map<TerminalId, AgentPolicy[]>();
  if (!(await q.policies.areSet())) return found;
  const users = await q.policies.usersOf(terminals, now);
  const rulesOf = await rulesOfStandings(q, users);
  for (const [terminal, some] of Map.groupBy(users, ({ terminalId }) => terminalId)) {
    const sets = new Map<string, AgentPolicy>();
    for (const { personId } of some) {
      const policy = await agentPolicyOf(rulesOf(personId));
      if (Object.keys(policy.rules).length > 0) sets.set(policy.id, policy);
    }
    if (sets.size > 0) found.set(terminal, [...sets.values()]);
  }
  return found;
}

/** To who signs in. */
export const signInPolicy: SignInPolicy = async (q, person, { address, at }) => {
  const rules = (await rulesFor(q, [person]))(person);
  return {
    isPlaceAllowed: isPlaceAllowed(rules, address),
    isOpen: hoursAt(rules, at).open,
    isMailAllowed: rules.signInWays === "app-or-mail",
    hours: rules.signInHours,
  };
};
