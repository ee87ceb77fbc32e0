/**
 * The end of the day as two cities have it, filled in where the rules of a place are drafted. Pure.
 *
 *   寝屋川型  90 minutes before the end of work a notice, then every 30; from 20 minutes after it each minute; off 10 minutes later
 *   養父型    on Wednesdays nobody works on: a notice 30 minutes before, off at 18:30
 *
 * An order of overtime lifts either. What a place has already stays as it is, where the city's way does not speak of it.
 */
import type { DayHours, PolicyRule, PolicyRules, WeekHours } from "../../../protocol/policy.ts";
import type { PolicyWords } from "../words/policy-words.ts";
import { type Changes, withChange } from "./draft.ts";

export type Preset = keyof PolicyWords["presets"];
export const PRESETS: readonly Preset[] = ["neyagawa", "yabu"];

const WEDNESDAY = 2;
const NO_OVERTIME_TO = 18 * 60 + 30;
const WORK: DayHours = { from: 8 * 60 + 30, to: 17 * 60 + 30 };
const WORKING_WEEK: WeekHours = [WORK, WORK, WORK, WORK, WORK, null, null];
const ALL_WEEK: WeekHours = Array.from({ length: 7 }, () => ({ from: 0, to: 1_440 }));

/** `inForce`: with what is drafted already. */
function rulesOf(preset: Preset, { hours }: PolicyRules): Pick<PolicyRules, "hours" | "endNotices" | "shutDown"> {
  if (preset === "neyagawa")
    return {
      hours: hours ?? WORKING_WEEK,
      endNotices: { firstMin: 90, everyMin: 30, lastMin: 10, graceMin: 30 },
      shutDown: "after-hours",
    };
  return {
    hours: (hours ?? ALL_WEEK).map((day, index) => (index === WEDNESDAY ? endingEarly(day) : day)),
    endNotices: { firstMin: 30, everyMin: 30, lastMin: 5, graceMin: 0 },
    shutDown: "after-hours",
  };
}

/** A day that begins later than that, or is none, stays. */
const endingEarly = (day: DayHours | null): DayHours | null =>
  day && day.from < NO_OVERTIME_TO ? { from: day.from, to: NO_OVERTIME_TO } : day;

export function withPreset(preset: Preset, here: PolicyRules, inForce: PolicyRules, changes: Changes): Changes {
  const rules = rulesOf(preset, inForce);
  return (Object.keys(rules) as PolicyRule[]).reduce(
    (all, rule) => withChange(here, all, rule, rules[rule as keyof typeof rules] ?? null),
    changes,
  );
}
