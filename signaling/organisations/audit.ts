/** Reading the record of what happened. */
import { type AuditHead, type AuditVerdict, verifyAudit } from "../audit/chain.ts";
import { ROOT } from "../auth/principal.ts";
import type { Queries } from "../store/queries.ts";
import type { AuditRow } from "../store/rows/tables.ts";
import { type Asking, type Desk, look } from "./desk.ts";
import { Places } from "./places.ts";

/** The last ones of the organisations in reach; of all for who may look at the server as a whole. In order. */
export function auditRecords(desk: Desk, limit: number): Promise<ListedRecord[]> {
  return look(desk, async (q, ask) => {
    ask.mustSomewhere("audit.read");
    const places = await Places.read(q);
    const codeOf = ({ organisationId: id }: AuditRow) => (id && places.organisation(id)?.code) || null;
    return (await recordsFor(q, ask, places, limit)).map((row) => ({ ...row, organisationCode: codeOf(row) }));
  });
}

export interface ListedRecord extends AuditRow {
  /** Null: of no organisation. */
  readonly organisationCode: string | null;
}

async function recordsFor(q: Queries, ask: Asking, places: Places, limit: number): Promise<AuditRow[]> {
  if (ask.may("audit.read", ROOT)) return q.audit.after(((await q.audit.last())?.seq ?? 0) - limit, limit);
  const own = (await q.organisations.list()).filter(({ id }) =>
    ask.may("audit.read", places.of({ organisationId: id })),
  );
  const ids = own.map(({ id }) => id);
  return ids.length === 0 ? [] : (await q.audit.lastOf(ids, limit)).reverse();
}

/** Recomputes the whole chain (audit/chain.ts). */
export async function verifyRecords(desk: Desk, ...noted: readonly (AuditHead | undefined)[]): Promise<AuditVerdict> {
  await look(desk, async (_q, ask) => ask.must("audit.verify", ROOT));
  return verifyAudit(desk.store, ...noted);
}
