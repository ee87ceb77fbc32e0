/**
 * What a write changed of somebody's rights: whose. Every question that changes rights notes it (queries/), the store keeps it
 * in the same transaction, and whoever runs sessions looks at these and at nobody else.
 *
 *   person     disabled or enabled, moved, a device of theirs removed or to be forgotten, a grant of theirs made, changed or removed
 *   terminal   enrolled, disabled, enabled, moved, set aside
 *   sign-in    ended
 *   session    ended
 *   lock       set or lifted, or who stands below one on a division may be others now: of whom is asked about everybody
 *   policy     set at a place, or another one is above it: whom it concerns, the same
 *   event      ended, or ends at another time: whom it concerns, the same
 */
import { z } from "zod";

const Id = z.string().min(1).max(64);
export const Change = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("person"), subject: Id }),
  z.strictObject({ kind: z.literal("terminal"), subject: Id }),
  z.strictObject({ kind: z.literal("sign-in"), subject: Id }),
  z.strictObject({ kind: z.literal("session"), subject: Id }),
  z.strictObject({ kind: z.literal("lock"), subject: Id }),
  z.strictObject({ kind: z.literal("policy"), subject: Id }),
  z.strictObject({ kind: z.literal("event"), subject: Id }),
]);
export type Change = z.infer<typeof Change>;

/** `everything`: it is not known what; ask about everybody. */
export type Changes = readonly Change[] | "everything";

/** The subject of locks, where somebody or something stands elsewhere now. */
export const MOVED = "moved";

/** More subjects at once than this are "everything": asking about everybody is then the cheaper question. */
export const MAX_CHANGES = 1_000;

/** What one write notes, each subject once. */
export class ChangeNotes {
  readonly #noted = new Map<string, Change>();

  readonly note = (kind: Change["kind"], subject: string): void => {
    this.#noted.set(`${kind} ${subject}`, { kind, subject });
  };

  all(): Change[] {
    return [...this.#noted.values()];
  }
}

export type Note = ChangeNotes["note"];

/** A read changes nothing. */
export const NO_NOTE: Note = (kind) => {
  throw new Error(`a ${kind} was changed outside a write`);
};
