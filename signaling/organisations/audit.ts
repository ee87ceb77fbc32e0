/** Reading the record of what happened. */
import { type AuditHead, organisationOf } from "../audit/chain.ts";
import { type AuditVerdict, verifyAudit } from "../audit/verify.ts";
import { ROOT } from "../auth/principal.ts";
import type { AuditRow, ChainId } from "../store/rows/tables.ts";
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

/** `name`: the code of whose it is. */
export type VerifiedChain = AuditVerdict["chains"][number] & { readonly name: string };

/** Recomputes all chains (audit/verify.ts). */
export async function verifyRecords(
  desk: Desk,
  ...noted: readonly AuditHead[]
): Promise<Omit<AuditVerdict, "chains"> & { readonly chains: readonly VerifiedChain[] }> {
  await look(desk, async (_q, ask) => ask.must("audit.verify", ROOT));
  const verdict = await verifyAudit(desk.store, ...noted);
  const ids = verdict.chains.flatMap(({ chain }) => organisationOf(chain) ?? []);
  const rows = await desk.store.read((q) => q.rows.organisations(ids));
  const codes = new Map<ChainId, string>(rows.map(({ id, code }) => [id, code]));
  return { ...verdict, chains: verdict.chains.map((one) => ({ ...one, name: codes.get(one.chain) ?? one.chain })) };
}
