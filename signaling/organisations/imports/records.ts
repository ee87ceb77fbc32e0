/** What the audit says of each thing that an import, or its undoing, was about. */
import { appendAudits } from "../../audit/chain.ts";
import type { AuditEvent } from "../../audit/events.ts";
import type { OrganisationId } from "../../protocol/ids.ts";
import type { Work } from "./kind.ts";

export function record<Row extends { readonly organisationId: OrganisationId }>(
  { desk, q, at, import: id }: Pick<Work, "desk" | "q" | "at" | "import">,
  rows: readonly Row[],
  event: AuditEvent["event"],
  about: (row: Row) => AuditEvent["about"],
): Promise<void> {
  const actor = desk.principal.who;
  return appendAudits(
    q,
    rows.map((row): AuditEvent => {
      return { event, at, actor, organisation: row.organisationId, about: { ...about(row), import: id } };
    }),
  );
}
