/** The shape of a language. */
import type { PasswordProblem } from "../../../protocol/api.ts";
import type { ActType, List, STATES, Today } from "../../../protocol/console.ts";
import type { EndReason, ErrorCode } from "../../../protocol/errors.ts";
import type { ja } from "./strings-ja.ts";

export type TextKey = keyof typeof ja.text;

/** What happened, and what the person can do next. */
export interface Explanation {
  readonly what: string;
  readonly todo: string;
}

export interface ActWords {
  /** On its button. */
  readonly label: string;
  /** The question, with `{name}` in it. */
  readonly title: string;
  /** What it does, and how it is undone. */
  readonly what: string;
}

/** Of all but the plain texts, which are known by the Japanese. */
export interface NamedWords {
  readonly lists: Readonly<Record<List, string>>;
  readonly states: { readonly [L in List]: Readonly<Record<(typeof STATES)[L][number], string>> };
  readonly columns: Readonly<Record<string, string>>;
  readonly figures: Readonly<Record<Today["figures"][number]["kind"], string>>;
  readonly acts: Readonly<Record<ActType, ActWords>>;
  /** Of the audit. */
  readonly events: Readonly<Record<string, string>>;
  /** The first halves of their names. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly roles: Readonly<Record<string, string>>;
  /** Names of facts in a record. */
  readonly facts: Readonly<Record<string, string>>;
  readonly reasons: Readonly<Record<EndReason, string>>;
  readonly passwords: Readonly<Record<PasswordProblem, string>>;
  readonly errors: Readonly<Record<ErrorCode | "unreachable", Explanation>>;
}

export type Dictionary = NamedWords & { readonly text: Readonly<Record<TextKey, string>> };
