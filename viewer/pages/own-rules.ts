/** The rules that hold for a person, in words: each a sentence, its reason, and who decided it where policy did. */
import { HOLIDAYS, RULES, type Rule, type RuleName } from "../../signaling/protocol/own.ts";
import { ELSEWHERE, type WeekHours } from "../../signaling/protocol/policy.ts";
import { el } from "../dom.ts";
import type { TextKey } from "../words/dictionary.ts";
import type { Words } from "../words/strings.ts";

/** The sentence of a rule that is no number depends on what was decided. */
type Sentence = TextKey | ((rule: Rule) => TextKey);
/** What is let alone needs none. */
type Reason = TextKey | ((rule: Rule) => TextKey | undefined);
const unless =
  (lax: Rule["value"], why: TextKey): Reason =>
  ({ value }) =>
    value === lax ? undefined : why;

const SENTENCES: Readonly<Record<RuleName, { readonly what: Sentence; readonly why: Reason }>> = {
  hours: { what: ({ value }) => (hasHours(value) ? "ruleWork" : "ruleWorkNever"), why: "ruleWorkWhy" },
  "days-off": { what: "ruleDaysOff", why: "ruleDaysOffWhy" },
  "hours-grace": { what: "ruleGrace", why: "ruleGraceWhy" },
  places: { what: "rulePlaces", why: "rulePlacesWhy" },
  "session-hours": { what: "ruleSessionHours", why: "ruleSessionHoursWhy" },
  wake: {
    what: ({ value }) => (value === false ? "ruleWakeNot" : "ruleWake"),
    why: ({ value }) => (value === false ? "ruleWakeNotWhy" : "ruleWakeWhy"),
  },
  "sign-in-idle": { what: "ruleIdle", why: "ruleIdleWhy" },
  "sign-in-hours": { what: "ruleHours", why: "ruleHoursWhy" },
  "sign-ins-at-once": { what: "ruleSignIns", why: "ruleSignInsWhy" },
  "sessions-at-once": { what: "ruleSessions", why: "ruleSessionsWhy" },
  "own-browser": { what: "ruleBrowser", why: "ruleBrowserWhy" },
  "one-time-code": {
    what: ({ value }) => (value === "app-or-mail" ? "ruleCodeOrMail" : "ruleCode"),
    why: "ruleCodeWhy",
  },
  "view-only": { what: "ruleViewOnly", why: "ruleViewOnlyWhy" },
  "office-idle": { what: ({ from }) => (from ? "ruleOfficeIdleSet" : "ruleOfficeIdle"), why: "ruleOfficeIdleWhy" },
  "office-lock-before": {
    what: ({ value }) =>
      value === "required" ? "ruleLockBefore" : value === "never" ? "ruleLockBeforeNot" : "ruleLockBeforeWhere",
    why: unless("never", "ruleLockBeforeWhy"),
  },
  "office-lock": {
    what: ({ value }) =>
      value === "end"
        ? "ruleOfficeLockEnd"
        : value === "interrupted"
          ? "ruleOfficeLockBroken"
          : value === "never"
            ? "ruleOfficeLockNot"
            : "ruleOfficeLock",
    why: unless("never", "ruleOfficeLockWhy"),
  },
  "office-cover": {
    what: ({ value }) =>
      value === "required"
        ? "ruleCover"
        : value === "off"
          ? "ruleCoverNot"
          : value === "when-possible"
            ? "ruleCoverWhere"
            : "ruleOfficeCover",
    why: unless("off", "ruleOfficeCoverWhy"),
  },
  "office-power": { what: "ruleOfficePower", why: "ruleOfficePowerWhy" },
  bandwidth: { what: "ruleBandwidth", why: "ruleBandwidthWhy" },
  "no-copying": { what: "ruleNoCopying", why: "ruleNoCopyingWhy" },
  "no-files": { what: "ruleNoFiles", why: "ruleNoFilesWhy" },
};

const GROUPS: Readonly<Record<keyof typeof RULES, TextKey>> = {
  server: "ownRulesServer",
  "office-pc": "ownRulesOffice",
  absent: "ownRulesAbsent",
};

export function rulesOf(words: Words, rules: readonly Rule[]): HTMLElement[] {
  return (Object.keys(RULES) as (keyof typeof RULES)[]).flatMap((group) => {
    const names: readonly RuleName[] = RULES[group];
    const here = rules.filter(({ rule }) => names.includes(rule));
    if (here.length === 0) return [];
    const sentences = here.map((rule) => sentenceOf(words, rule, group === "office-pc"));
    return [el("h3", {}, words.text(GROUPS[group])), el("ul", { class: "own-rules" }, ...sentences)];
  });
}

function sentenceOf(words: Words, rule: Rule, isOfOffice: boolean): HTMLElement {
  const { what, why } = SENTENCES[rule.rule];
  const key = typeof what === "string" ? what : what(rule);
  const reason = typeof why === "string" ? why : why(rule);
  const facts = { count: rule.count ?? 0, value: valueText(words, rule.value) };
  const hints = [
    ...(reason === undefined ? [] : [words.text(reason)]),
    ...(rule.from ? [decidedText(words, rule.from, isOfOffice)] : []),
  ];
  return el(
    "li",
    { testId: `rule-${rule.rule}` },
    el("p", { class: "own-rule" }, words.text(key, facts)),
    ...hints.map((hint) => el("p", { class: "hint" }, hint)),
  );
}

const FROM = { server: "ruleFromServer", person: "ruleFromPerson" } as const;

/** An office PC keeps what IT has set on it, where that is stricter. */
function decidedText(words: Words, { level, name }: NonNullable<Rule["from"]>, isOfOffice: boolean): string {
  const by = level === "server" || level === "person" ? words.text(FROM[level]) : words.text("ruleFrom", { name });
  return isOfOffice ? `${by}${words.text("ruleOfficeStricter")}` : by;
}

const isHours = (value: Rule["value"]): value is WeekHours =>
  Array.isArray(value) && value.some((day) => typeof day !== "string");
const hasHours = (value: Rule["value"]): boolean => isHours(value) && value.some((day) => day !== null);

function valueText(words: Words, value: Rule["value"]): string {
  if (isHours(value)) return hoursText(words, value);
  if (!Array.isArray(value)) return "";
  const kept: Readonly<Record<string, TextKey>> = { [ELSEWHERE]: "rulePlaceElsewhere", [HOLIDAYS]: "ruleHolidays" };
  const names = value.map((name) => {
    const key = kept[String(name)];
    return key ? words.text(key) : String(name);
  });
  return words.list(names);
}

/** Days one behind the other with the same hours are said at once: 月～金 8:30～17:15、土 9:00～12:00. */
export function hoursText(words: Words, hours: WeekHours): string {
  const runs: { from: number; to: number; text: string }[] = [];
  for (const [day, span] of hours.entries()) {
    if (!span) continue;
    const text = words.text("ruleSpan", { from: clock(span.from), to: clock(span.to) });
    const last = runs.at(-1);
    if (last && last.to === day - 1 && last.text === text) last.to = day;
    else runs.push({ from: day, to: day, text });
  }
  const days = (from: number, to: number) => {
    const [first, last] = [words.weekday(from), words.weekday(to)];
    if (from === to) return first;
    return to === from + 1 ? words.list([first, last]) : words.text("ruleSpan", { from: first, to: last });
  };
  return words.list(runs.map(({ from, to, text }) => `${days(from, to)} ${text}`));
}

const clock = (minutes: number): string => `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
