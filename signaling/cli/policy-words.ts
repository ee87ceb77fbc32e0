/**
 * Rules as they are typed and shown: `rule=value`.
 *
 *   hours=mon-fri:08:30-17:15,sat:09:00-12:00      days that are not named have none; `daily`, `never`
 *   places=庁内:10.1.0.0/16+2001:db8:1::/48,窓口:192.0.2.7
 *   from=庁内,elsewhere
 *   calendar=holidays,12-29..01-03:年末年始,2026-11-03@09:00-12:00:臨時開庁,2026-10-12@weekday:祝日の移動
 *   endNotices=90/30/10+30                         minutes: first, every, last, and the grace after the end
 *   viewOnly=yes   idleMinutes=10   lockOn=end
 */

import {
  type Calendar,
  type DayHours,
  type Place,
  POLICY_RULES,
  type PolicyRule,
  PolicyRules,
  type WeekHours,
} from "../protocol/policy.ts";
import { CommandError } from "./command-line.ts";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** Throws CommandError, which says what is wrong and how it is written. */
export function parseRules(words: readonly string[]): PolicyRules {
  const all: Record<string, unknown> = {};
  for (const word of words) {
    const [name = "", ...rest] = word.split("=");
    if (rest.length === 0) throw new CommandError(`write it as rule=value: ${word}`);
    const rule = ruleNamed(name);
    if (rule in all) throw new CommandError(`${rule} is said twice`);
    all[rule] = parseValue(rule, rest.join("=").trim());
    const { error } = PolicyRules.safeParse({ [rule]: all[rule] });
    if (error) throw new CommandError(`${rule} cannot be ${rest.join("=")}: ${error.issues[0]?.message}`);
  }
  return PolicyRules.parse(all);
}

/** In any case of letters. */
export function ruleNamed(name: string): PolicyRule {
  const rule = POLICY_RULES.find((one) => one.toLowerCase() === name.trim().toLowerCase());
  if (!rule) throw new CommandError(`there is no rule ${name}; there are: ${POLICY_RULES.join(", ")}`);
  return rule;
}

function parseValue(rule: PolicyRule, text: string): unknown {
  if (rule === "hours") return parseHours(text);
  if (rule === "places") return parsePlaces(text);
  if (rule === "from") return listOf(text);
  if (rule === "calendar") return parseCalendar(text);
  if (rule === "endNotices") return parseNotices(text);
  if (text === "yes" || text === "no") return text === "yes";
  return /^\d+$/.test(text) ? Number(text) : text;
}

const listOf = (text: string): string[] => text.split(",").flatMap((part) => (part.trim() === "" ? [] : [part.trim()]));

function parsePlaces(text: string): Place[] {
  return listOf(text).map((part) => {
    const [, name = "", networks = ""] = /^([^:]+):(.+)$/.exec(part) ?? [];
    if (name === "") throw new CommandError(`write a place as NAME:NETWORK+NETWORK, e.g. 庁内:10.1.0.0/16: ${part}`);
    return { name: name.trim(), networks: networks.split("+").map((network) => network.trim()) };
  });
}

function parseHours(text: string): WeekHours {
  const week: (DayHours | null)[] = DAYS.map(() => null);
  if (text === "never") return week;
  for (const part of listOf(text)) {
    const [, days = "", from = "", to = ""] = /^([a-z-]+):(\d{1,2}:\d{2})-(\d{1,2}:\d{2})$/i.exec(part) ?? [];
    if (days === "") throw new CommandError(`write hours as mon-fri:08:30-17:15,sat:09:00-12:00: ${part}`);
    for (const day of daysOf(days.toLowerCase())) {
      if (week[day]) throw new CommandError(`the hours of ${DAYS[day]} are said twice`);
      week[day] = { from: minutesOf(from), to: minutesOf(to) };
    }
  }
  return week;
}

function parseCalendar(text: string): unknown {
  const parts = listOf(text);
  const days = parts.filter((part) => part !== "holidays" && part !== "none").map(parseDay);
  return { holidays: parts.includes("holidays"), days };
}

function parseDay(part: string): unknown {
  const [, on, to, how, name] =
    /^([\d-]+)(?:\.\.([\d-]+))?(?:@(weekday|\d{1,2}:\d{2}-\d{1,2}:\d{2}))?:(.+)$/.exec(part) ?? [];
  if (name === undefined)
    throw new CommandError(`write a day as 12-29..01-03:NAME or 2026-11-03@09:00-12:00:NAME: ${part}`);
  const [from = "", until = ""] = how?.split("-") ?? [];
  const hours = until ? { from: minutesOf(from), to: minutesOf(until) } : how === "weekday" ? how : null;
  return { name, on, ...(to && { to }), hours };
}

function parseNotices(text: string): unknown {
  const [, ...minutes] = /^(\d+)\/(\d+)\/(\d+)\+(\d+)$/.exec(text) ?? [];
  if (minutes.length === 0)
    throw new CommandError("write notices as FIRST/EVERY/LAST+GRACE in minutes, e.g. 90/30/10+30");
  const [firstMin, everyMin, lastMin, graceMin] = minutes.map(Number);
  return { firstMin, everyMin, lastMin, graceMin };
}

/** `sat-mon` goes over the end of the week. */
function daysOf(text: string): number[] {
  if (text === "daily") return DAYS.map((_, day) => day);
  const [first = "", last = first] = text.split("-");
  const [from, to] = [first, last].map((day) => DAYS.indexOf(day as (typeof DAYS)[number])) as [number, number];
  if (from < 0 || to < 0) throw new CommandError(`there is no day ${text}; days are ${DAYS.join(", ")}, daily`);
  return Array.from({ length: ((to - from + 7) % 7) + 1 }, (_, i) => (from + i) % 7);
}

function minutesOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  if (minutes > 59) throw new CommandError(`there is no time ${text}`);
  return hours * 60 + minutes;
}

/** As it is typed. */
export function formatRule(rules: PolicyRules, rule: PolicyRule): string {
  const value = rules[rule];
  if (value === undefined) return "";
  if (rule === "hours" && rules.hours) return formatHours(rules.hours);
  if (rule === "places" && rules.places)
    return rules.places.map(({ name, networks }) => `${name}:${networks.join("+")}`).join(",");
  if (rule === "calendar" && rules.calendar) return formatCalendar(rules.calendar);
  if (rule === "endNotices" && rules.endNotices) {
    const { firstMin, everyMin, lastMin, graceMin } = rules.endNotices;
    return `${firstMin}/${everyMin}/${lastMin}+${graceMin}`;
  }
  if (Array.isArray(value)) return value.join(",");
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}

function formatCalendar({ holidays, days }: Calendar): string {
  const named = days.map(({ on, to, hours, name }) => {
    const how = hours === null ? "" : `@${hours === "weekday" ? hours : `${clock(hours.from)}-${clock(hours.to)}`}`;
    return `${on}${to ? `..${to}` : ""}${how}:${name}`;
  });
  return [...(holidays ? ["holidays"] : []), ...named].join(",") || "none";
}

function formatHours(week: WeekHours): string {
  const runs: { first: number; last: number; text: string }[] = [];
  for (const [day, hours] of week.entries()) {
    if (!hours) continue;
    const text = `${clock(hours.from)}-${clock(hours.to)}`;
    const before = runs.at(-1);
    if (before?.last === day - 1 && before.text === text) before.last = day;
    else runs.push({ first: day, last: day, text });
  }
  if (runs.length === 0) return "never";
  return runs.map(({ first, last, text }) => `${daysText(first, last)}:${text}`).join(",");
}

const daysText = (first: number, last: number): string =>
  first === 0 && last === 6 ? "daily" : first === last ? `${DAYS[first]}` : `${DAYS[first]}-${DAYS[last]}`;

const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
