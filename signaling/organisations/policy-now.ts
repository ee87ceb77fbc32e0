/** What resolved rules mean at one moment: whether a session may be, what holds for it, and until when. Pure. */
import type { EndReason } from "../protocol/errors.ts";
import type { PolicyRules } from "../protocol/policy.ts";
import type { PolicyAnswer, SessionAsked, SessionRules } from "../records.ts";
import { hoursAt } from "./policy-hours.ts";
import { agentPolicyOf, isPlaceAllowed } from "./policy-resolve.ts";

type Ongoing = Omit<SessionAsked, "person">;
type SessionEnd = NonNullable<SessionRules["end"]>;

const HOUR_MS = 3_600_000;

/** Undefined: it has no end of this kind. */
export function sessionEnd(rules: PolicyRules, since: number, now: number): SessionEnd | undefined {
  const ends: SessionEnd[] = [];
  if (rules.hours) {
    const hours = hoursAt(rules.hours, now);
    const at = hours.open ? hours.until : now;
    if (at !== undefined) ends.push({ at, by: "hours" });
  }
  if (rules.sessionHours !== undefined) ends.push({ at: since + rules.sessionHours * HOUR_MS, by: "session-hours" });
  return ends.sort((one, other) => one.at - other.at)[0];
}

const REASONS: Readonly<Record<SessionEnd["by"], EndReason>> = {
  hours: "hours-over",
  "session-hours": "session-too-long",
};

/** Why a session has to end now. */
export function whySessionEnds(rules: PolicyRules, { since, from }: Ongoing, now: number): EndReason | undefined {
  if (from !== undefined && !isPlaceAllowed(rules, from)) return "place-not-allowed";
  const end = sessionEnd(rules, since, now);
  return end && end.at <= now ? REASONS[end.by] : undefined;
}

/** To who asks for a session. */
export async function answerOf(rules: PolicyRules, { since, from }: Ongoing, now: number): Promise<PolicyAnswer> {
  const held = await heldBy(rules, since, now);
  return { ...held, refusal: refusalOf(rules, from, now) };
}

/** Of a session that there is. */
export async function verdictOf(rules: PolicyRules, asked: Ongoing, now: number): Promise<SessionRules | EndReason> {
  return whySessionEnds(rules, asked, now) ?? (await heldBy(rules, asked.since, now));
}

const heldBy = async (rules: PolicyRules, since: number, now: number): Promise<SessionRules> => ({
  policy: await agentPolicyOf(rules),
  end: sessionEnd(rules, since, now),
});

function refusalOf(rules: PolicyRules, from: string | undefined, now: number): PolicyAnswer["refusal"] {
  if (from !== undefined && !isPlaceAllowed(rules, from)) return { kind: "place" };
  const hours = rules.hours && hoursAt(rules.hours, now);
  return hours?.open === false ? { kind: "hours", next: hours.next } : undefined;
}
