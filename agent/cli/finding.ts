/** One thing the doctor looked at. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  /** All is well enough, but somebody may want to know. */
  readonly hint?: true;
  /** What was found, and what to do about it. */
  readonly words: string;
}
