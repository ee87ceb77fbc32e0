/** Reading the record of what happened. */
import { type AuditHead, type AuditVerdict, verifyAudit } from "../audit/chain.ts";
import { ROOT } from "../auth/principal.ts";
import type { AuditRow } from "../store/rows/tables.ts";
import { type Desk, look } from "./desk.ts";
import type { Listing } from "./listing.ts";
import { Places } from "./places.ts";

export interface ListedRecord extends AuditRow {
  /** Null: of no organisation. */
  readonly organisationCode: string | null;
}

/** Newest first: of the organisations in reach; all for who may look at the server as a whole. */
export const auditRecords: Listing<ListedRecord, number> = {
  action: "audit.read",
  async page(q, filter, page) {
    const rows = await q.audit.page(filter, page);
    const places = await Places.around(q, rows);
    const codeOf = ({ organisationId: id }: AuditRow) => (id && places.organisation(id)?.code) || null;
    return rows.map((row) => ({ ...row, organisationCode: codeOf(row) }));
  },
  count: (q, filter) => q.audit.count(filter),
  afterOf: ({ seq }) => seq,
};

/** Recomputes the whole chain (audit/chain.ts). */
export async function verifyRecords(desk: Desk, ...noted: readonly (AuditHead | undefined)[]): Promise<AuditVerdict> {
  await look(desk, async (_q, ask) => ask.must("audit.verify", ROOT));
  return verifyAudit(desk.store, ...noted);
}
