/** Reading the record of what happened. */
import { type AuditHead, organisationOf } from "../audit/chain.ts";
import { isRowSigned } from "../audit/head-signer.ts";
import { type AuditVerdict, type NotedHead, verifyAudit } from "../audit/verify.ts";
import { ROOT } from "../auth/principal.ts";
import { verifyNow } from "../auth/terminal-proof.ts";
import { auditCosignText } from "../protocol/signed.ts";
import type { AuditRow, ChainId } from "../store/rows/audit.ts";
import type { Store } from "../store/store.ts";
import { type Desk, look, perform } from "./desk.ts";
import type { Listing } from "./listing.ts";
import { organisationNamed } from "./organisation-named.ts";
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

/** That somebody reads it at the machine of the server is in it, too. Returns the number before which there is what they are shown. */
export function recordReading(desk: Desk, { organisation: named, search = "" }: ReadingWish): Promise<number> {
  return perform(desk, "audit.read", async (q, ask) => {
    await ask.mustReach(q, "audit.read");
    const organisation = named === undefined ? undefined : await organisationNamed(q, ask, "audit.read", named);
    const last = (await q.audit.last())?.seq ?? 0;
    return { organisation: organisation?.id ?? null, about: { name: search }, result: last + 1 };
  });
}

/** `organisation`: code or name. */
interface ReadingWish {
  readonly organisation?: string | undefined;
  readonly search?: string | undefined;
}

/** `name`: the code of whose it is. */
export type VerifiedChain = AuditVerdict["chains"][number] & { readonly name: string };

export interface VerifiedRecords extends Omit<AuditVerdict, "chains"> {
  readonly chains: readonly VerifiedChain[];
  /** Signatures under heads of the chains: the server's own, office PCs', and those that are neither. */
  readonly signed: number;
  readonly cosigned: number;
  readonly falselySigned: number;
}

/** Recomputes all chains (audit/verify.ts), and compares them with the heads that were signed. */
export async function verifyRecords(desk: Desk, ...noted: readonly AuditHead[]): Promise<VerifiedRecords> {
  await look(desk, async (_q, ask) => ask.must("audit.verify", ROOT));
  const kept = await keptHeads(desk.store);
  const given = noted.map((head) => ({ ...head, by: "noted earlier" }));
  const verdict = await verifyAudit(desk.store, ...given, ...kept.heads);
  const ids = verdict.chains.flatMap(({ chain }) => organisationOf(chain) ?? []);
  const rows = await desk.store.read((q) => q.rows.organisations(ids));
  const codes = new Map<ChainId, string>(rows.map(({ id, code }) => [id, code]));
  const { signed, cosigned, falselySigned } = kept;
  const ok = verdict.ok && falselySigned === 0;
  const counted = { ...verdict, ok, signed, cosigned, falselySigned };
  return { ...counted, chains: verdict.chains.map((one) => ({ ...one, name: codes.get(one.chain) ?? one.chain })) };
}

/** The heads that the server and office PCs signed; what has no true signature says nothing but that somebody put it there. */
async function keptHeads(store: Store) {
  const heads: NotedHead[] = [];
  const counts = { signed: 0, cosigned: 0, falselySigned: 0 };
  const take = (head: AuditHead, isTrue: boolean, who: "signed" | "cosigned", by: string) => {
    counts[isTrue ? who : "falselySigned"] += 1;
    if (isTrue) heads.push({ chain: head.chain, number: head.number, hash: head.hash, by });
  };
  for (const { chain } of await store.read((q) => q.audit.allEnds())) {
    for (const row of await store.read((q) => q.auditHeads.ofChain(chain)))
      take(row, isRowSigned(row), "signed", "signed by the server");
    const organisation = organisationOf(chain);
    const rows = organisation ? await store.read((q) => q.auditHeads.cosignaturesOf(organisation)) : [];
    for (const row of rows) {
      const text = auditCosignText({ ...row, terminal: row.terminalId });
      take(row, verifyNow(row.publicKey, row.signature, text), "cosigned", `signed by the office PC ${row.terminalId}`);
    }
  }
  return { heads, ...counts };
}
