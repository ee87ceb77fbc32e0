/**
 * The rules that hold for one person today, with their numbers: as this server is set, and as policy says for them. The one place
 * that says so to them; the page puts it into words.
 */
import { MAX_SIGN_INS } from "../auth/sign-in.ts";
import type { SignInLimits } from "../auth/token.ts";
import type { PolicyPlace } from "../protocol/console-policy.ts";
import { HOLIDAYS, RULES, type Rule, type RuleName } from "../protocol/own.ts";
import type { Calendar, PolicyRule, PolicyRules } from "../protocol/policy.ts";
import type { SessionLimits } from "../session-limits.ts";
import type { Resolved } from "./policy-resolve.ts";

export interface RuleSettings {
  readonly signIn: SignInLimits;
  readonly sessions: Pick<SessionLimits, "perPerson">;
  /** A code by mail can reach them: there is a mail server, an address, and no duty that asks for the app. */
  readonly mail: boolean;
}

type Said = Omit<Rule, "rule">;

/** By which rule of policy each is decided. Where policy says nothing, those in ONLY_BY_POLICY are not there at all. */
const BY_POLICY: Readonly<Partial<Record<RuleName, PolicyRule>>> = {
  hours: "hours",
  "days-off": "calendar",
  "hours-grace": "endNotices",
  places: "from",
  "session-hours": "sessionHours",
  wake: "wake",
  "sign-in-hours": "signInHours",
  "one-time-code": "signInWays",
  "view-only": "viewOnly",
  "office-idle": "idleMinutes",
  "office-lock-before": "lockBefore",
  "office-lock": "lockOn",
  "office-cover": "cover",
  "office-power": "shutDown",
  bandwidth: "kbps",
};
const ONLY_BY_POLICY: ReadonlySet<RuleName> = new Set([
  ...(["days-off", "hours-grace", "office-power"] as const),
  ...(["hours", "places", "session-hours", "wake", "view-only", "office-lock-before", "bandwidth"] as const),
]);

export function rulesFor({ signIn, sessions, mail }: RuleSettings, { inForce, from }: Resolved<PolicyPlace>): Rule[] {
  const limit = Math.round(signIn.absoluteMs / 3_600_000);
  const counts: Partial<Record<RuleName, number>> = {
    "sign-in-idle": Math.round(signIn.idleMs / 60_000),
    "sign-in-hours": limit,
    "sign-ins-at-once": MAX_SIGN_INS,
    "sessions-at-once": sessions.perPerson,
  };
  // the server's own limit stays the upper one, and is said where it is the one that holds
  const { signInHours = limit, signInWays, ...others } = inForce;
  const decided: PolicyRules = {
    ...others,
    ...(signInHours < limit && { signInHours }),
    ...(signInWays !== undefined && (mail || signInWays === "app") && { signInWays }),
  };
  const all: readonly RuleName[] = Object.values(RULES).flat();
  return all.flatMap((rule): Rule[] => {
    const said = saidOf(decided, from, BY_POLICY[rule]);
    if (said) return [{ rule, ...said }];
    const count = counts[rule];
    return ONLY_BY_POLICY.has(rule) ? [] : [{ rule, ...(count !== undefined && { count }) }];
  });
}

function saidOf(
  rules: PolicyRules,
  from: Resolved<PolicyPlace>["from"],
  name: PolicyRule | undefined,
): Said | undefined {
  const value = decidedOf(rules, name);
  const place = name && from[name];
  if (value === undefined || place === undefined) return undefined;
  const where = { level: place.level, name: place.name };
  return typeof value === "number" ? { count: value, from: where } : { value: value as Said["value"], from: where };
}

/** What a person has to know of it; undefined: nothing. That input counts, or that a PC stays on, needs no sentence. */
function decidedOf(rules: PolicyRules, name: PolicyRule | undefined): unknown {
  if (name === "calendar") return daysOff(rules.calendar);
  if (name === "endNotices") return rules.endNotices?.graceMin || undefined;
  if (name === "viewOnly" && !rules.viewOnly) return undefined;
  if (name === "shutDown" && rules.shutDown === "never") return undefined;
  return name && rules[name];
}

/** Without hours. */
function daysOff({ holidays, days }: Calendar = { holidays: false, days: [] }): string[] | undefined {
  const own = days
    .filter(({ hours }) => hours === null)
    .map(({ on, to, name }) => `${to ? `${on}～${to}` : on} ${name}`);
  const all = [...(holidays ? [HOLIDAYS] : []), ...own];
  return all.length > 0 ? all : undefined;
}
