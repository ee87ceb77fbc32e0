/**
 * The rules that hold for one person today, with their numbers. The one place that says so: what is decided for an organisation
 * or a person later comes in here, and the page says it.
 */
import { MAX_SIGN_INS } from "../auth/sign-in.ts";
import type { SignInLimits } from "../auth/token.ts";
import { RULES, type Rule, type RuleName } from "../protocol/own.ts";
import type { SessionLimits } from "../session-limits.ts";

export interface RuleSettings {
  readonly signIn: SignInLimits;
  readonly sessions: Pick<SessionLimits, "perPerson">;
}

export function rulesFor({ signIn, sessions }: RuleSettings): Rule[] {
  const counts: Partial<Record<RuleName, number>> = {
    "sign-in-idle": Math.round(signIn.idleMs / 60_000),
    "sign-in-hours": Math.round(signIn.absoluteMs / 3_600_000),
    "sign-ins-at-once": MAX_SIGN_INS,
    "sessions-at-once": sessions.perPerson,
  };
  return Object.values(RULES)
    .flat()
    .map((rule) => ({ rule, ...(counts[rule] !== undefined && { count: counts[rule] }) }));
}
