/** The calendar as it stands in its box: one line for each day, or days, that are not like their weekday. Pure. */
import { type Calendar, NamedDay } from "../../../protocol/policy.ts";

/** `12-29〜01-03 年末年始`, `2026-10-01 9:00-12:00 臨時開庁`; between day and name nothing for no hours, or a word for the weekday's. */
const LINE =
  /^((?:\d{4}-)?\d{1,2}-\d{1,2})(?:\s*[~〜]\s*((?:\d{4}-)?\d{1,2}-\d{1,2}))?\s+(?:(\d{1,2}:\d{2})\s*[-~〜]\s*(\d{1,2}:\d{2})\s+|(平日どおり|as\s+weekday)\s+)?(\S.*)$/i;

const two = (n: number): string => String(n).padStart(2, "0");
const clockOf = (minutes: number): string => `${Math.floor(minutes / 60)}:${two(minutes % 60)}`;
const minutesOf = (time: string): number => {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
};
/** 10-1 is 10-01. */
const dayOf = (typed: string): string =>
  typed
    .split("-")
    .map((part) => part.padStart(2, "0"))
    .join("-");

/** `asWeekday`: the word for hours of the weekday. */
export function typedDays(days: Calendar["days"], asWeekday: string): string {
  const hoursOf = (hours: NamedDay["hours"]): string[] =>
    hours === null ? [] : [hours === "weekday" ? asWeekday : `${clockOf(hours.from)}-${clockOf(hours.to)}`];
  return days
    .map(({ on, to, hours, name }) => [to ? `${on}～${to}` : on, ...hoursOf(hours), name].join(" "))
    .join("\n");
}

/** The line that is wrong, or all. Digits and marks of any width, and days with slashes, are what people type. */
export function daysOf(text: string): Calendar["days"] | { readonly wrong: string } {
  const days: NamedDay[] = [];
  for (const line of text.split("\n").map((one) => one.trim())) {
    if (line === "") continue;
    const day = dayIn(line);
    if (!day) return { wrong: line };
    days.push(day);
  }
  return days;
}

function dayIn(line: string): NamedDay | undefined {
  const plain = line.normalize("NFKC").replaceAll(/(?<=\d)[/‐−–](?=\d)/g, "-");
  const [, on = "", to, from = "", until, weekday, name] = LINE.exec(plain) ?? [];
  const hours = until ? { from: minutesOf(from), to: minutesOf(until) } : weekday ? "weekday" : null;
  return NamedDay.safeParse({ name, on: dayOf(on), ...(to && { to: dayOf(to) }), hours }).data;
}
