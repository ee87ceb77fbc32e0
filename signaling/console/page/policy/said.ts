/** The words of policy, once they are loaded; and what rules say, in words. */
import { createContext } from "preact";
import { useContext, useMemo } from "preact/hooks";
import type { PolicyPlace } from "../../../protocol/console-policy.ts";
import {
  type Calendar,
  ELSEWHERE,
  type PolicyRule,
  type PolicyRules,
  type WeekHours,
} from "../../../protocol/policy.ts";
import { weekRuns } from "../../../protocol/week-runs.ts";
import { type Loaded, useSpoken } from "../state/loaded.ts";
import type { PolicyTextKey, PolicyWords } from "../words/policy-words.ts";
import { filled } from "../words/words.ts";
import { typedDays } from "./typed-days.ts";

const DICTIONARIES = {
  ja: async (): Promise<PolicyWords> => (await import("../words/policy-ja.ts")).policyJa,
  en: async (): Promise<PolicyWords> => (await import("../words/policy-en.ts")).policyEn,
};

type Facts = Readonly<Record<string, string | number>>;

export class Said {
  readonly words: PolicyWords;

  constructor(words: PolicyWords) {
    this.words = words;
  }

  text(key: PolicyTextKey, facts: Facts = {}): string {
    return filled(this.words.text[key], facts);
  }

  name(rule: PolicyRule): string {
    return this.words.rules[rule].name;
  }

  place({ level, name }: Pick<PolicyPlace, "level" | "name">): string {
    return level === "server" ? this.text("server") : name;
  }

  /** A place where people may be, by its name in rules. */
  where(name: string): string {
    return name === ELSEWHERE ? this.text("elsewhere") : name;
  }

  /** What these rules say of it; undefined where they say nothing. */
  value(rule: PolicyRule, rules: PolicyRules): string | undefined {
    const list = (all: readonly string[]): string => all.join(this.text("list"));
    if (rules[rule] === undefined) return undefined;
    switch (rule) {
      case "places":
        return list((rules.places ?? []).map(({ name, networks }) => `${name}（${networks.join(" ")}）`));
      case "from":
        return list((rules.from ?? []).map((name) => this.where(name)));
      case "hours":
        return this.hours(rules.hours ?? []);
      case "calendar":
        return this.calendar(rules.calendar);
      case "endNotices":
        return this.text("noticesSaid", { ...rules.endNotices });
      case "signInWays":
      case "lockBefore":
      case "lockOn":
      case "cover":
      case "viewOnly":
      case "wake":
      case "shutDown": {
        const choices: Readonly<Record<string, string>> = this.words.choices[rule];
        return choices[`${rules[rule]}`];
      }
      default:
        return filled(this.words.units[rule], { count: `${rules[rule]}` });
    }
  }

  calendar({ holidays, days }: Calendar = { holidays: false, days: [] }): string {
    const own =
      days.length === 0 ? [] : [typedDays(days, this.text("calendarAsWeekday")).replaceAll("\n", this.text("list"))];
    return [this.text(holidays ? "calendarClosed" : "calendarOpen"), ...own].join(this.text("list"));
  }

  /** Days with the same hours are said at once. */
  hours(week: WeekHours): string {
    const runs = weekRuns(week);
    if (runs.length === 0) return this.text("hoursNever");
    const { days } = this.words;
    return runs
      .map(({ first, last, day: { from, to } }) => {
        const day = first === last ? days[first] : `${days[first]}～${days[last]}`;
        return this.text("dayHours", { day: day ?? "", from: clockOf(from), to: clockOf(to) });
      })
      .join(this.text("list"));
  }
}

/** `8:30`, and 24:00 for midnight at the end of a day. */
const clockOf = (minutes: number): string => `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;

export const SaidContext = createContext<Said | undefined>(undefined);

export function useSaid(): Said {
  const said = useContext(SaidContext);
  if (!said) throw new Error("outside of policy");
  return said;
}

export function useLoadedSaid(): Loaded<Said> {
  const { part: words, ...rest } = useSpoken(DICTIONARIES);
  return { ...rest, part: useMemo(() => words && new Said(words), [words]) };
}
