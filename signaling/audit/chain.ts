/**
 * The audit is a chain of records for each organisation, and one for what belongs to none: each record's hash covers the record
 * and the hash before it. Changing, removing or reordering one breaks the chain at that place (verify.ts). Each hash, and where
 * each chain ends, is sealed with a key that is not in the database (ENGAWA_AUDIT_KEY_FILE): whoever may write the database but
 * has no key cannot write a chain of his own, nor cut one off.
 *
 * Until version 23 there was one chain for the whole server, "legacy". Nothing is added to it any more; every other chain begins
 * with its head, and so vouches for it.
 */
import { hash } from "node:crypto";
import type { OrganisationId } from "../protocol/ids.ts";
import type { Queries } from "../store/queries.ts";
import type { AuditChainRow, AuditRow, ChainId } from "../store/rows/audit.ts";
import type { AuditEvent } from "./events.ts";

export interface AuditHead {
  readonly chain: ChainId;
  readonly number: number;
  readonly hash: string;
}

/** Adds one record. Part of the write it records: either both are kept or neither is. */
export const appendAudit = (queries: Queries, event: AuditEvent): Promise<void> => appendAudits(queries, [event]);

/** All that a write adds goes in at its end, in one statement, and it is the end of each chain that writers queue for. */
export async function appendAudits(queries: Queries, events: readonly AuditEvent[]): Promise<void> {
  if (events.length > 0) queries.atEnd.collect(writeRecords, events);
}

async function writeRecords(q: Queries, events: readonly AuditEvent[]): Promise<void> {
  const byChain = Map.groupBy(events, (event): ChainId => event.organisation ?? "server");
  const ends = new Map((await q.audit.ends([...byChain.keys(), "legacy"])).map((end) => [end.chain, end]));
  const legacy = ends.get("legacy");
  // always in this order: of two writers one waits for the other, never both
  const chains = [...byChain].sort(([a], [b]) => (a < b ? -1 : 1));
  const heads = new Map<ChainId, AuditHead>();
  for (const [chain] of chains)
    heads.set(chain, ends.get(chain) ?? { chain, number: 0, hash: originOf(chain, legacy) });
  const rows = events.map((event) => {
    const chain = event.organisation ?? "server";
    const before = heads.get(chain);
    if (!before) throw new Error(`no chain ${chain}`);
    const { row, head } = linked(q, event, before);
    heads.set(chain, head);
    return row;
  });
  await q.audit.insert(...rows);
  const now = [...heads.values()].map((head): AuditChainRow => {
    const { chain, number, hash: last } = head;
    return { chain, number, hash: last, mac: q.audit.sealEnd(head) };
  });
  await q.audit.putEnds(now);
}

function linked(q: Queries, event: AuditEvent, before: AuditHead): { row: Omit<AuditRow, "seq">; head: AuditHead } {
  const { chain } = before;
  const record = {
    chain,
    number: before.number + 1,
    organisationId: event.organisation,
    at: event.at,
    event: event.event,
    actor: event.actor,
    about: JSON.stringify(event.about, Object.keys(event.about).sort()),
  };
  const own = hashOf(before.hash, record);
  return { row: { ...record, hash: own, mac: q.audit.seal(own) }, head: { chain, number: record.number, hash: own } };
}

/** Null: of none. */
export const organisationOf = (chain: ChainId): OrganisationId | null =>
  chain === "server" || chain === "legacy" ? null : (chain as OrganisationId);

type Hashed = Pick<AuditRow, "number" | "organisationId" | "at" | "event" | "actor" | "about">;

export const hashOf = (before: string, row: Hashed): string =>
  hash("sha256", JSON.stringify([before, row.number, row.organisationId, row.at, row.event, row.actor, row.about]));

/** The hash before the first record of a chain. `legacy`: where the one for all ended, if there was one. */
export function originOf(chain: ChainId, legacy: AuditHead | undefined): string {
  if (chain === "legacy") return "0".repeat(64);
  return hash("sha256", JSON.stringify(["engawa audit chain", chain, legacy?.number ?? 0, legacy?.hash ?? null]));
}
