/** What resolved rules mean at one moment: whether a session may be, what holds for it, and until when. Pure. */
import type { EndReason } from "../protocol/errors.ts";
import type { PolicyRules } from "../protocol/policy.ts";
import type { PolicyAnswer, SessionAsked, SessionRules } from "../records.ts";
import { hoursAt } from "./policy-hours.ts";
import { agentPolicyOf, isPlaceAllowed } from "./policy-resolve.ts";

/** `extendedUntil`: the end approved for its person today, epoch ms, see policy-hours.ts. */
type Ongoing = Omit<SessionAsked, "person"> & { readonly extendedUntil?: number | undefined };
type SessionEnd = NonNullable<SessionRules["end"]>;

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Undefined: it has no end of this kind. */
export function sessionEnd(rules: PolicyRules, asked: Ongoing, now: number): SessionEnd | undefined {
  const ends: SessionEnd[] = [];
  const at = hoursEnd(rules, asked, now);
  if (at !== undefined) ends.push({ at, by: "hours" });
  if (rules.sessionHours !== undefined)
    ends.push({ at: asked.since + rules.sessionHours * HOUR_MS, by: "session-hours" });
  return ends.sort((one, other) => one.at - other.at)[0];
}

/** When hours end it: now, where it is outside of them. One that began within them has the grace after their end. */
function hoursEnd(rules: PolicyRules, { since, extendedUntil }: Ongoing, now: number): number | undefined {
  const graceMs = (rules.endNotices?.graceMin ?? 0) * MINUTE_MS;
  const hours = hoursAt(rules, now, extendedUntil);
  if (hours.open) return hours.until === undefined ? undefined : hours.until + graceMs;
  const before = hoursAt(rules, now - graceMs, extendedUntil);
  return before.open && before.until !== undefined && since < before.until ? before.until + graceMs : now;
}

const REASONS: Readonly<Record<SessionEnd["by"], EndReason>> = {
  hours: "hours-over",
  "session-hours": "session-too-long",
};

/** Why a session has to end now. */
export function whySessionEnds(rules: PolicyRules, asked: Ongoing, now: number): EndReason | undefined {
  if (asked.from !== undefined && !isPlaceAllowed(rules, asked.from)) return "place-not-allowed";
  const end = sessionEnd(rules, asked, now);
  return end && end.at <= now ? REASONS[end.by] : undefined;
}

/** To who asks for a session. */
export async function answerOf(rules: PolicyRules, asked: Ongoing, now: number): Promise<PolicyAnswer> {
  const held = await heldBy(rules, asked, now);
  return { ...held, refusal: refusalOf(rules, asked, now) };
}

/** Of a session that there is. */
export async function verdictOf(rules: PolicyRules, asked: Ongoing, now: number): Promise<SessionRules | EndReason> {
  return whySessionEnds(rules, asked, now) ?? (await heldBy(rules, asked, now));
}

const heldBy = async (rules: PolicyRules, asked: Ongoing, now: number): Promise<SessionRules> => ({
  policy: await agentPolicyOf(rules),
  end: sessionEnd(rules, asked, now),
});

function refusalOf(rules: PolicyRules, asked: Ongoing, now: number): PolicyAnswer["refusal"] {
  const { from, extendedUntil } = asked;
  if (from !== undefined && !isPlaceAllowed(rules, from)) return { kind: "place" };
  const end = hoursEnd(rules, asked, now);
  if (end === undefined || end > now) return undefined;
  const hours = hoursAt(rules, now, extendedUntil);
  return { kind: "hours", next: hours.open ? undefined : hours.next };
}
