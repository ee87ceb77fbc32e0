/** The shape of a language. */
import type { PasswordProblem } from "../../../protocol/api.ts";
import type { List, STATES, Today } from "../../../protocol/console.ts";
import type { ActType } from "../../../protocol/console-acts.ts";
import type { EndReason, ErrorCode } from "../../../protocol/errors.ts";
import type { textJa } from "./text-ja.ts";

export type TextKey = keyof typeof textJa;

/** What happened, and what the person can do next. */
export interface Explanation {
  readonly what: string;
  readonly todo: string;
}

export interface Dictionary {
  readonly text: Readonly<Record<TextKey, string>>;
  readonly lists: Readonly<Record<List, string>>;
  readonly states: { readonly [L in List]: Readonly<Record<(typeof STATES)[L][number], string>> };
  readonly columns: Readonly<Record<string, string>>;
  readonly figures: Readonly<Record<Today["figures"][number]["kind"], string>>;
  /** On their buttons; what their dialog says is loaded with it (act-ja.ts). */
  readonly acts: Readonly<Record<ActType, string>>;
  /** The first halves of their names. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly roles: Readonly<Record<string, string>>;
  /** Who is no person. */
  readonly actors: Readonly<Record<"server" | "unknown" | "administrator", string>>;
  readonly reasons: Readonly<Record<EndReason, string>>;
  readonly passwords: Readonly<Record<PasswordProblem, string>>;
  readonly errors: Readonly<Record<ErrorCode | "unreachable", Explanation>>;
}

/** Of the audit: loaded where its records are shown (parts/with-records.tsx). */
export interface RecordWords {
  readonly events: Readonly<Record<string, string>>;
  /** Names of facts in a record. */
  readonly facts: Readonly<Record<string, string>>;
  /** What can be wrong in an attempt. */
  readonly faults: Readonly<Record<string, string>>;
}
