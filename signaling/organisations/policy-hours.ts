/**
 * Hours by the clock of this server, and in its time zone: the one place that knows what time of day it is. Moments are found from
 * the day and its minutes, not by adding to the last one, so that a day of 23 or 25 hours is none the longer for it. Pure.
 */
import type { Calendar, DayHours, PolicyRules, WeekHours } from "../protocol/policy.ts";
import { isHoliday } from "./holidays.ts";

/** The rules that say when. */
export type HourRules = Pick<PolicyRules, "hours" | "calendar">;

/** Within: until when (undefined: there is no end). Outside: when they begin next (undefined: never). Epoch ms. */
export type HoursNow =
  | { readonly open: true; readonly until: number | undefined }
  | { readonly open: false; readonly next: number | undefined };

/** Beyond the days that an office is closed at a time. */
const DAYS = 21;
const A_WEEK = 7;
/** Where only a calendar says anything. */
const ALWAYS: WeekHours = Array.from({ length: A_WEEK }, () => ({ from: 0, to: 1_440 }));

/** `extendedUntil`: the end that was approved for today where hours end before it, see `extended`. Without hours, and days off, there is no end. */
export function hoursAt({ hours: decided, calendar }: HourRules, now: number, extendedUntil?: number): HoursNow {
  if (!decided && !calendar) return { open: true, until: undefined };
  const hours = decided ?? ALWAYS;
  const spans = extended(spansAround({ hours, calendar }, now), extendedUntil).filter(({ to }) => to > now);
  const [first] = spans;
  if (!first || now < first.from) return { open: false, next: first?.from };
  let until = first.to;
  // one that ends at midnight may go on with the next day
  for (const { from, to } of spans.slice(1)) if (from <= until) until = Math.max(until, to);
  return { open: true, until: until > startOf(now, A_WEEK) ? undefined : until };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

interface Days {
  readonly hours: WeekHours;
  readonly calendar: Calendar | undefined;
}

/** Those of yesterday, today and some weeks on. */
function spansAround(days: Days, now: number): Span[] {
  const spans: Span[] = [];
  for (let day = -1; day <= DAYS; day += 1) {
    const today = hoursOn(days, startOf(now, day));
    if (today) spans.push({ from: startOf(now, day, today.from), to: startOf(now, day, today.to) });
  }
  return spans;
}

/** Of the day that begins then. */
function hoursOn({ hours, calendar }: Days, at: number): DayHours | null | undefined {
  const usual = hours[weekday(at)];
  if (!calendar) return usual;
  const day = nameOf(at);
  const named = calendar.days.find(({ on, to = on }) => isWithin(day, on, to));
  if (named) return named.hours === "weekday" ? usual : named.hours;
  return calendar.holidays && isHoliday(day) ? null : usual;
}

/** `on` and `to` of a year, or of every one; these may go over its end. */
function isWithin(day: string, on: string, to: string): boolean {
  const one = day.slice(-on.length);
  return on <= to ? on <= one && one <= to : on <= one || one <= to;
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

/** 2026-11-03 */
function nameOf(at: number): string {
  const time = new Date(at);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

function minuteOf(at: number): number {
  const time = new Date(at);
  return time.getHours() * 60 + time.getMinutes();
}

/** Monday is 0. */
const weekday = (at: number): number => (new Date(at).getDay() + 6) % 7;
