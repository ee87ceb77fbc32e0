/** What the audit says of each person whom an import, or its undoing, was about. */
import { appendAudits } from "../audit/chain.ts";
import type { AuditEvent } from "../audit/events.ts";
import type { Queries } from "../store/queries.ts";
import type { PersonRow } from "../store/rows/tables.ts";
import type { Desk } from "./desk.ts";

interface Importing {
  readonly desk: Pick<Desk, "principal">;
  readonly q: Queries;
  readonly at: number;
  readonly import: string;
}

export function record(
  { desk, q, at, import: id }: Importing,
  people: readonly PersonRow[],
  event: AuditEvent["event"],
  about: (person: PersonRow) => AuditEvent["about"],
): Promise<void> {
  const actor = desk.principal.who;
  return appendAudits(
    q,
    people.map((person): AuditEvent => {
      return { event, at, actor, organisation: person.organisationId, about: { ...about(person), import: id } };
    }),
  );
}
