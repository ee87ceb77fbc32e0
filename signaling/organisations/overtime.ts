/** Overtime of today: from when, and until when it can be asked for, by policy and the clock. Pure. */
import { DEFAULT_OVERTIME_UNTIL, type PolicyRules } from "../protocol/policy.ts";
import { DeskError } from "./desk.ts";
import { type HourRules, hoursAt } from "./policy-hours.ts";

type Rules = HourRules & Pick<PolicyRules, "overtimeUntil" | "endNotices">;

const MINUTE_MS = 60_000;

/** `extendedUntil`: the end that was approved already. */
interface Then {
  readonly now: number;
  readonly extendedUntil?: number | undefined;
}

/**
 * What can be asked for now. `from`: today's hours end then, or did, in the grace after it; or now. Undefined: hours never end, there are none
 * today that could go on, or it is too late.
 */
export function overtimeAt(rules: Rules, { now, extendedUntil }: Then): { from: number; latest: number } | undefined {
  const latest = latestOf(rules, now);
  const hours = hoursAt(rules, now, extendedUntil);
  const from = hours.open ? hours.until : (endInGrace(rules, { now, extendedUntil }) ?? now);
  return from !== undefined && from < latest && whyNoOvertime(rules, latest, { now, extendedUntil }) === undefined
    ? { from, latest }
    : undefined;
}

/** Why this end cannot be asked for; undefined: it can. */
export function whyNoOvertime(rules: Rules, until: number, { now, extendedUntil = 0 }: Then): DeskError | undefined {
  if (rules.hours === undefined) return new DeskError("request-no-hours", {});
  if (until > latestOf(rules, now)) return new DeskError("request-too-late", { hour: hourOf(rules) });
  const extended = hoursAt(rules, now, until);
  if (!extended.open) return new DeskError("request-day-off", {});
  return extended.until === until && until > extendedUntil ? undefined : new DeskError("request-needless", {});
}

/** In the grace after hours sessions go on: what is asked for there begins where hours ended, too. */
function endInGrace(rules: Rules, { now, extendedUntil }: Then): number | undefined {
  const before = hoursAt(rules, now - (rules.endNotices?.graceMin ?? 0) * MINUTE_MS, extendedUntil);
  return before.open && before.until !== undefined && before.until <= now ? before.until : undefined;
}

const hourOf = ({ overtimeUntil = DEFAULT_OVERTIME_UNTIL }: Rules): number => overtimeUntil;

/** Found by the hour, as hours are: a day may have 23 or 25. */
function latestOf(rules: Rules, now: number): number {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate(), hourOf(rules)).getTime();
}
