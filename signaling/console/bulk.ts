/** The same act on many: each is looked at and done by itself, and what cannot be done stops none of the others. */
import { parseBody } from "../doors/routes/answer.ts";
import type { Desk } from "../organisations/desk.ts";
import { Act } from "../protocol/console-acts.ts";
import { BULK, type BulkAct, type BulkDone } from "../protocol/console-bulk.ts";
import { RequestError } from "../protocol/errors.ts";
import type { Change } from "../store/rows/changes.ts";
import { type Office, perform } from "./acts.ts";
import { type Subject, subjectOf } from "./subjects.ts";

type Outcome = BulkDone["outcomes"][number];
/** One that can be done as far as one sees, or why not. */
type Judged = { readonly act: Act; readonly subject: Subject } | { readonly refused: Outcome };

/** Throws BAD_REQUEST for what names no subjects of this act, or one twice. */
export function actsOf({ type, subjects, division, reason }: BulkAct): Act[] {
  if (new Set(subjects).size !== subjects.length) throw new RequestError("BAD_REQUEST", "subjects: one is there twice");
  const names: readonly string[] = BULK[type];
  return subjects.map((subject) => {
    const parts = subject.split(".");
    if (parts.length !== names.length) throw new RequestError("BAD_REQUEST", "subjects: they are named otherwise");
    const named = Object.fromEntries(names.map((name, i) => [name, parts[i]]));
    return parseBody(Act, { type, ...named, ...(division && { division }), reason });
  });
}

/** Before a code is used up: what is not there, or not allowed, is refused. */
export function judge(
  { store, principal }: Pick<Desk, "store" | "principal">,
  acts: readonly Act[],
): Promise<Judged[]> {
  return store.read(async (q) => {
    const judged: Judged[] = [];
    for (const act of acts)
      judged.push(
        await subjectOf(q, principal, act).then(
          (subject) => ({ act, subject }),
          (error) => ({ refused: refusedAs(error) }),
        ),
      );
    return judged;
  });
}

export const canAnyBeDone = (all: readonly Judged[]): boolean => all.some((one) => "act" in one);

/** `changed` is told after each: whatever becomes of the others, this one is done. */
export async function performAll(
  office: Office,
  all: readonly Judged[],
  changed: (changes: readonly Change[]) => Promise<void>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const one of all) {
    if ("refused" in one) {
      outcomes.push(one.refused);
      continue;
    }
    const { act, subject } = one;
    const outcome = await perform({ ...office, desk: { ...office.desk, reason: act.reason } }, act, subject).then(
      async ({ changes }) => {
        await changed(changes);
        return "done" as const;
      },
      refusedAs,
    );
    outcomes.push(outcome);
  }
  return outcomes;
}

/** Throws what is no refusal. */
function refusedAs(error: unknown): Outcome {
  if (error instanceof RequestError) return { code: error.code, ...(error.refusal && { refusal: error.refusal }) };
  throw error;
}
