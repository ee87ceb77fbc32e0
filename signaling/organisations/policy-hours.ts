/**
 * Hours by the clock of this server, and in its time zone: the one place that knows what time of day it is. Moments are found from
 * the day and its minutes, not by adding to the last one, so that a day of 23 or 25 hours is none the longer for it. Pure.
 */
import type { PolicyRules, WeekHours } from "../protocol/policy.ts";

/** The rules that say when. */
export type HourRules = Pick<PolicyRules, "hours">;

/** Within: until when (undefined: there is no end). Outside: when they begin next (undefined: never). Epoch ms. */
export type HoursNow =
  | { readonly open: true; readonly until: number | undefined }
  | { readonly open: false; readonly next: number | undefined };

const DAYS = 7;

/** `extendedUntil`: the end that was approved for today where hours end before it, see `extended`. Without hours there is no end. */
export function hoursAt({ hours }: HourRules, now: number, extendedUntil?: number): HoursNow {
  if (hours === undefined) return { open: true, until: undefined };
  const spans = extended(spansAround(hours, now), extendedUntil).filter(({ to }) => to > now);
  const [first] = spans;
  if (!first || now < first.from) return { open: false, next: first?.from };
  let until = first.to;
  // one that ends at midnight may go on with the next day
  for (const { from, to } of spans.slice(1)) if (from <= until) until = Math.max(until, to);
  return { open: true, until: until > startOf(now, DAYS) ? undefined : until };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Those of yesterday, today and a week on. */
function spansAround(hours: WeekHours, now: number): Span[] {
  const spans: Span[] = [];
  for (let day = -1; day <= DAYS; day += 1) {
    const today = hours[weekday(startOf(now, day))];
    if (today) spans.push({ from: startOf(now, day, today.from), to: startOf(now, day, today.to) });
  }
  return spans;
}

/**
 * With an end approved until then: of the hours that began last before it, at most a day before, so that it may lie past midnight. It
 * makes no hours shorter, and none where there are none: a day off stays one.
 */
function extended(spans: readonly Span[], until: number | undefined): readonly Span[] {
  if (until === undefined) return spans;
  const index = spans.findLastIndex(({ from }) => from < until && until <= startOf(from, 1, minuteOf(from)));
  return spans.map((span, at) => (at === index ? { from: span.from, to: Math.max(span.to, until) } : span));
}

/** So many days after the day of `now`, so many minutes after midnight. */
function startOf(now: number, days: number, minutes = 0): number {
  const at = new Date(now);
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() + days, 0, minutes).getTime();
}

function minuteOf(at: number): number {
  const time = new Date(at);
  return time.getHours() * 60 + time.getMinutes();
}

/** Monday is 0. */
const weekday = (at: number): number => (new Date(at).getDay() + 6) % 7;
