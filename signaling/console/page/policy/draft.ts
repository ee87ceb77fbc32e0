/** What somebody has changed, rule by rule, and not saved yet. It outlives what others save meanwhile. Pure. */
import { POLICY_RULES, type PolicyRule, type PolicyRules } from "../../../protocol/policy.ts";

export type RuleValue = NonNullable<PolicyRules[PolicyRule]>;
/** Null: inherited from now on. */
export type Changes = Readonly<Partial<Record<PolicyRule, RuleValue | null>>>;

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

export const differing = (a: PolicyRules, b: PolicyRules): PolicyRule[] =>
  POLICY_RULES.filter((rule) => !isSame(a[rule], b[rule]));

/** What would be set here, in the order in which rules always stand. */
export function rulesWith(here: PolicyRules, changes: Changes): PolicyRules {
  const rules: Record<string, unknown> = {};
  for (const rule of POLICY_RULES) {
    const change = changes[rule];
    const value = change === undefined ? here[rule] : (change ?? undefined);
    if (value !== undefined) rules[rule] = value;
  }
  return rules;
}

/** Without what is so already. */
export function withChange(here: PolicyRules, changes: Changes, rule: PolicyRule, value: RuleValue | null): Changes {
  const { [rule]: _, ...others } = changes;
  return isSame(here[rule], value ?? undefined) ? others : { ...others, [rule]: value };
}

/** What a version changed; undefined where the one before it is not known. */
export function changedBy(
  history: ReadonlyArray<{ readonly version: number; readonly rules: PolicyRules }>,
  index: number,
): { readonly rule: PolicyRule; readonly before: PolicyRules; readonly after: PolicyRules }[] | undefined {
  const [one, older] = [history[index], history[index + 1]];
  if (!one || (!older && one.version > 1)) return undefined;
  const [before, after] = [older?.rules ?? {}, one.rules];
  return differing(before, after).map((rule) => ({ rule, before, after }));
}
