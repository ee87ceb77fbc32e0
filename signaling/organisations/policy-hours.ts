/**
 * Hours by the clock of this server, and in its time zone: the one place that knows what time of day it is. Moments are found from
 * the day and its minutes, not by adding to the last one, so that a day of 23 or 25 hours is none the longer for it. Pure.
 */
import type { WeekHours } from "../protocol/policy.ts";

/** Within: until when (undefined: there is no end). Outside: when they begin next (undefined: never). Epoch ms. */
export type HoursNow =
  | { readonly open: true; readonly until: number | undefined }
  | { readonly open: false; readonly next: number | undefined };

const DAYS = 7;

export function hoursAt(hours: WeekHours, now: number): HoursNow {
  const spans = spansFrom(hours, now);
  const [first] = spans;
  if (!first || now < first.from) return { open: false, next: first?.from };
  let until = first.to;
  // one that ends at midnight may go on with the next day
  for (const { from, to } of spans.slice(1)) if (from <= until) until = to;
  return { open: true, until: until > startOf(now, DAYS) ? undefined : until };
}

/** Those that are not over, of today and a week on. */
function spansFrom(hours: WeekHours, now: number): { from: number; to: number }[] {
  const spans: { from: number; to: number }[] = [];
  for (let day = 0; day <= DAYS; day += 1) {
    const today = hours[weekday(startOf(now, day))];
    if (!today) continue;
    const span = { from: startOf(now, day, today.from), to: startOf(now, day, today.to) };
    if (span.to > now) spans.push(span);
  }
  return spans;
}

/** So many days after the day of `now`, so many minutes after midnight. */
function startOf(now: number, days: number, minutes = 0): number {
  const at = new Date(now);
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() + days, 0, minutes).getTime();
}

/** Monday is 0. */
const weekday = (at: number): number => (new Date(at).getDay() + 6) % 7;
