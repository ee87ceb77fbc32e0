/** The rules that hold for a person, in words: each a sentence, and its reason. */
import { RULES, type Rule, type RuleName } from "../../signaling/protocol/own.ts";
import { el } from "../dom.ts";
import type { TextKey } from "../words/dictionary.ts";
import type { Words } from "../words/strings.ts";

const SENTENCES: Readonly<Record<RuleName, { readonly what: TextKey; readonly why: TextKey }>> = {
  "sign-in-idle": { what: "ruleIdle", why: "ruleIdleWhy" },
  "sign-in-hours": { what: "ruleHours", why: "ruleHoursWhy" },
  "sign-ins-at-once": { what: "ruleSignIns", why: "ruleSignInsWhy" },
  "sessions-at-once": { what: "ruleSessions", why: "ruleSessionsWhy" },
  "own-browser": { what: "ruleBrowser", why: "ruleBrowserWhy" },
  "one-time-code": { what: "ruleCode", why: "ruleCodeWhy" },
  "office-idle": { what: "ruleOfficeIdle", why: "ruleOfficeIdleWhy" },
  "office-lock": { what: "ruleOfficeLock", why: "ruleOfficeLockWhy" },
  "office-cover": { what: "ruleOfficeCover", why: "ruleOfficeCoverWhy" },
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
    const sentences = here.map(({ rule, count = 0 }) =>
      el(
        "li",
        { testId: `rule-${rule}` },
        el("p", { class: "own-rule" }, words.text(SENTENCES[rule].what, { count })),
        el("p", { class: "hint" }, words.text(SENTENCES[rule].why)),
      ),
    );
    return [el("h3", {}, words.text(GROUPS[group])), el("ul", { class: "own-rules" }, ...sentences)];
  });
}
