/** POST /api/console/bulk: the same act on many (console.ts). */
import { z } from "zod";
import { PAGE_ROWS } from "./console.ts";
import { type ActType, code, reason } from "./console-acts.ts";
import { ErrorCode, Refusal } from "./errors.ts";
import { DivisionId } from "./ids.ts";

/** What can be done to many at once, and by which of its parts each of them is named, joined by a dot. Nothing that is shown once. */
export const BULK = {
  "people.move": ["person"],
  "people.leave": ["person"],
  "people.disable": ["person"],
  "people.enable": ["person"],
  "people.unlock": ["person"],
  "people.sign-out": ["person"],
  "terminal.move": ["terminal"],
  "terminal.disable": ["terminal"],
  "terminal.enable": ["terminal"],
  "device.remove": ["person", "device"],
  "device.lost": ["person", "device"],
  "grant.remove": ["person", "terminal"],
  "session.end": ["session"],
} as const satisfies Partial<Record<ActType, readonly string[]>>;
export type BulkType = keyof typeof BULK;
const BULK_TYPES = Object.keys(BULK) as BulkType[];

/** One code is good for all of them. Each is one act of its own, with its own record; what fails stops none of the others. */
export const BulkAct = z.strictObject({
  type: z.enum(BULK_TYPES),
  subjects: z.array(z.string().max(80)).min(1).max(PAGE_ROWS),
  /** Where they go. */
  division: DivisionId.optional(),
  ...reason,
  ...code,
});
export type BulkAct = z.infer<typeof BulkAct>;

/** Of each, in the order in which they were named. */
export const BulkDone = z.strictObject({
  outcomes: z.array(z.union([z.literal("done"), z.strictObject({ code: ErrorCode, refusal: Refusal.optional() })])),
});
export type BulkDone = z.infer<typeof BulkDone>;
