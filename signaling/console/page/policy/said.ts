/** The words of policy, once they are loaded; and what rules say, in words. */
import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { PolicyPlace } from "../../../protocol/console-policy.ts";
import {
  type DayHours,
  ELSEWHERE,
  type PolicyRule,
  type PolicyRules,
  type WeekHours,
} from "../../../protocol/policy.ts";
import { useDesk } from "../state/desk.ts";
import type { PolicyTextKey, PolicyWords } from "../words/policy-words.ts";
import { filled, type Language } from "../words/words.ts";

/** Only the one that is spoken is loaded. */
export const POLICY_DICTIONARIES: Readonly<Record<Language, () => Promise<PolicyWords>>> = {
  ja: async () => (await import("../words/policy-ja.ts")).policyJa,
  en: async () => (await import("../words/policy-en.ts")).policyEn,
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
      case "signInWays":
      case "lockBefore":
      case "lockOn":
      case "cover":
      case "viewOnly":
      case "wake": {
        const choices: Readonly<Record<string, string>> = this.words.choices[rule];
        return choices[`${rules[rule]}`];
      }
      default:
        return filled(this.words.units[rule], { count: `${rules[rule]}` });
    }
  }

  /** Days one behind the other with the same hours are said at once. */
  hours(week: WeekHours): string {
    const runs: { first: number; last: number; day: DayHours }[] = [];
    for (const [index, day] of week.entries()) {
      const run = runs.at(-1);
      if (!day) continue;
      if (run && run.last === index - 1 && run.day.from === day.from && run.day.to === day.to) run.last = index;
      else runs.push({ first: index, last: index, day });
    }
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
export const clockOf = (minutes: number): string =>
  `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;

export const SaidContext = createContext<Said | undefined>(undefined);

export function useSaid(): Said {
  const said = useContext(SaidContext);
  if (!said) throw new Error("outside of policy");
  return said;
}

/** Undefined while they are on their way. */
export function useLoadedSaid(): Said | undefined {
  const { language } = useDesk().words;
  const [said, setSaid] = useState<Said>();
  useEffect(() => void POLICY_DICTIONARIES[language]().then((words) => setSaid(new Said(words))), [language]);
  return said;
}
