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
async function rulesFor(
  q: Queries,
  people: readonly PersonId[],
  areSet?: boolean,
): Promise<(person: PersonId) => PolicyRules> {
  if (!(areSet ?? (await q.policies.areSet()))) return () => NOTHING;
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
  const rules = await rulesOfPerson(q, asked.person);
  return answerOf(rules, { ...asked, extendedUntil: await extensionOf(q, asked.person, rules, now) }, now);
}

export const rulesOfPerson = async (q: Queries, person: PersonId, areSet?: boolean): Promise<PolicyRules> =>
  (await rulesFor(q, [person], areSet))(person);

/** The end that was approved for today. */
export const extensionOf = async (
  q: Queries,
  person: PersonId,
  { hours }: PolicyRules,
  now: number,
): Promise<number | undefined> => hours && (await q.requests.extensions([person], now)).get(person);

/** When the hours of a session that begins now end, without what was approved: now where they are over. Null: they have no end. */
export async function regularEndOf(q: Queries, person: PersonId, now: number): Promise<number | null> {
  const hours = hoursAt(await rulesOfPerson(q, person), now);
  return hours.open ? (hours.until ?? null) : now;
}

export const mayWake = async (q: Queries, person: PersonId): Promise<boolean> =>
  (await rulesOfPerson(q, person)).wake ?? true;

/** Why each of these sessions has to end; or what holds for it now. */
export async function sessionsUnderPolicy(
  q: Queries,
  sessions: ReadonlyMap<SessionId, SessionAsked>,
  now: number,
): Promise<Map<SessionId, SessionRules | EndReason>> {
  const people = [...sessions.values()].map(({ person }) => person);
  const rulesOf = await rulesFor(q, people);
  const limited = people.filter((person) => rulesOf(person).hours !== undefined);
  const extensions = await q.requests.extensions(limited, now);
  const answers = new Map<SessionId, SessionRules | EndReason>();
  for (const [id, asked] of sessions) {
    const extendedUntil = extensions.get(asked.person);
    answers.set(id, await verdictOf(rulesOf(asked.person), { ...asked, extendedUntil }, now));
  }
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
export const signInPolicy: SignInPolicy = async (q, person, { address, at, areSet }) => {
  const rules = await rulesOfPerson(q, person, areSet);
  return {
    isPlaceAllowed: isPlaceAllowed(rules, address),
    isOpen: hoursAt(rules, at, await extensionOf(q, person, rules, at)).open,
    isMailAllowed: rules.signInWays === "app-or-mail",
    hours: rules.signInHours,
  };
};
