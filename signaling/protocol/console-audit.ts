/** Writing the record of what happened out to a file, at the console. */
import { z } from "zod";

export const EXPORT_FORMS = ["csv", "json"] as const;
export type ExportForm = (typeof EXPORT_FORMS)[number];

/** A day of the server's calendar. */
const Day = z.iso.date();

/** All that the reader may read, of these days: `from` and `to` belong to it. */
export const AuditExportQuery = z.strictObject({
  form: z.enum(EXPORT_FORMS),
  from: Day.optional(),
  to: Day.optional(),
});
export type AuditExportQuery = z.infer<typeof AuditExportQuery>;
