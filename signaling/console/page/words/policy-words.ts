/** The shape of what is said on the page of policy. */

import type { EndNotices, PolicyLevel, PolicyRule, SIGN_IN_WAYS } from "../../../protocol/policy.ts";
import type { COVER, LOCK_BEFORE, LOCK_ON, SHUT_DOWN } from "../../../protocol/protection.ts";
import type { policyJa } from "./policy-ja.ts";

type Same<T> = { readonly [K in keyof T]: string };

interface RuleWords {
  readonly name: string;
  /** What it does, and for what it is good. */
  readonly hint: string;
  /** Where nobody has decided anything. */
  readonly unset: string;
}

export interface PolicyWords {
  readonly text: Same<(typeof policyJa)["text"]>;
  readonly levels: Readonly<Record<PolicyLevel, string>>;
  readonly rules: Readonly<Record<PolicyRule, RuleWords>>;
  /** From Monday to Sunday. */
  readonly days: readonly [string, string, string, string, string, string, string];
  readonly choices: {
    readonly signInWays: Readonly<Record<(typeof SIGN_IN_WAYS)[number], string>>;
    readonly lockBefore: Readonly<Record<(typeof LOCK_BEFORE)[number], string>>;
    readonly lockOn: Readonly<Record<(typeof LOCK_ON)[number], string>>;
    readonly cover: Readonly<Record<(typeof COVER)[number], string>>;
    readonly viewOnly: Readonly<Record<"true" | "false", string>>;
    readonly wake: Readonly<Record<"true" | "false", string>>;
    readonly shutDown: Readonly<Record<(typeof SHUT_DOWN)[number], string>>;
  };
  /** What each number of `endNotices` is. */
  readonly notices: Readonly<Record<keyof EndNotices, string>>;
  readonly presets: Readonly<Record<"neyagawa" | "yabu", { readonly name: string; readonly hint: string }>>;
  /** With `{count}`. */
  readonly units: Readonly<
    Record<
      "approvals" | "overtimeUntil" | "idleMinutes" | "sessionHours" | "signInHours" | "kbps" | "retentionDays",
      string
    >
  >;
}
export type PolicyTextKey = keyof PolicyWords["text"];
