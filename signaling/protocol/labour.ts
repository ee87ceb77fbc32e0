/**
 * 労務管理: for each person and day what was asked for outside of regular hours, and what was worked. Regular hours end where policy said
 * so when a session began, without what was approved for its person; what has no such end counts for nothing here. Times are epoch ms.
 *
 *   GET /api/console/labour?month=2026-11          Labour; looking at it is a record
 *   GET /api/console/labour?month=2026-11&as=csv   the same, to be taken along: a record of its own
 */
import { z } from "zod";
import { OrganisationRef, PersonRef } from "./console.ts";

/**
 * `as-approved`: what was worked was approved. `over`: more than was approved. `unapproved`: nothing was. `unused`: approved, and
 * nothing was worked. Left out: neither was anything approved nor worked, or the day goes on.
 */
export const LABOUR_MARKS = ["as-approved", "over", "unapproved", "unused"] as const;
export type LabourMark = (typeof LABOUR_MARKS)[number];

const Time = z.number();
const Ms = z.number().min(0);

export const LabourDay = z.strictObject({
  /** `2026-11-30`, by the clock of the server. */
  day: z.string(),
  /** 用務 of what was asked for. */
  purposes: z.array(z.string()),
  /** Until when it was asked for, and approved, at the latest. */
  requestedUntil: Time.optional(),
  approvedUntil: Time.optional(),
  approvedMs: Ms,
  /** When the last session outside of regular hours ended; of one that goes on, now. */
  workedUntil: Time.optional(),
  workedMs: Ms,
  /** Of what was worked. */
  unapprovedMs: Ms,
  mark: z.enum(LABOUR_MARKS).optional(),
});
export type LabourDay = z.infer<typeof LabourDay>;

export const Labour = z.strictObject({
  month: z.string(),
  at: Time,
  /** Those who worked outside of regular hours or asked to, by division and login. */
  people: z.array(
    z.strictObject({
      person: PersonRef,
      organisation: OrganisationRef,
      /** 総務部/総務課; empty: of the organisation as a whole. */
      division: z.string(),
      days: z.array(LabourDay),
    }),
  ),
  /** There was more than is read at once: only who looks after many organisations meets it. */
  isCut: z.literal(true).optional(),
});
export type Labour = z.infer<typeof Labour>;

export const LabourQuery = z.strictObject({
  month: z.string().regex(/^20\d\d-(0[1-9]|1[0-2])$/),
  as: z.literal("csv").optional(),
});
