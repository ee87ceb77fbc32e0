/**
 * The rules that hold for one person today, with their numbers: as this server is set, and as policy says for them. The one place
 * that says so to them; the page puts it into words.
 */
import { MAX_SIGN_INS } from "../auth/sign-in.ts";
import type { SignInLimits } from "../auth/token.ts";
import type { PolicyPlace } from "../protocol/console-policy.ts";
import { RULES, type Rule, type RuleName } from "../protocol/own.ts";
import type { PolicyRule, PolicyRules } from "../protocol/policy.ts";
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
  bandwidth: "kbps",
};
const ONLY_BY_POLICY: ReadonlySet<RuleName> = new Set([
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
  const value = name && rules[name];
  const place = name && from[name];
  // that input counts needs no sentence
  if (value === undefined || place === undefined || (name === "viewOnly" && value === false)) return undefined;
  const where = { level: place.level, name: place.name };
  return typeof value === "number" ? { count: value, from: where } : { value: value as Said["value"], from: where };
}
