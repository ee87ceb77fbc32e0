/** What resolved rules mean at one moment: whether a session may be, and until when. Pure. */
import type { EndReason } from "../protocol/errors.ts";
import type { PolicyRules, SessionPolicy } from "../protocol/policy.ts";
import { hoursAt } from "./policy-hours.ts";
import { isPlaceAllowed } from "./policy-resolve.ts";

/** A session as policy sees it. */
export interface Ongoing {
  /** When it was asked for. Epoch ms. */
  readonly since: number;
  /** Where its page is; undefined while that is not known. */
  readonly from: string | undefined;
}

/** Epoch ms. */
export interface SessionEnd {
  readonly at: number;
  readonly by: NonNullable<SessionPolicy["endsBy"]>;
}

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
