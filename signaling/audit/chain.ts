/**
 * The audit is a chain: each record's hash covers the record and the hash before it. Changing, removing or reordering one
 * breaks the chain at that place. Cutting off the end does not: for that, note the head (`audit verify` prints it) outside,
 * and hand it to the next `verify`.
 */
import { createHash } from "node:crypto";
import type { Queries } from "../store/queries.ts";
import type { Store } from "../store/store.ts";
import type { AuditRow } from "../store/tables.ts";
import type { AuditEvent } from "./events.ts";

/** The hash before the first record. */
const GENESIS = "0".repeat(64);
const BATCH = 2_000;

/** Adds one record. Part of the write it records: either both are kept or neither is. */
export async function appendAudit(queries: Queries, event: AuditEvent): Promise<void> {
  const last = await queries.audit.last();
  const record = {
    seq: (last?.seq ?? 0) + 1,
    organisationId: event.organisation,
    at: event.at,
    event: event.event,
    actor: event.actor,
    about: JSON.stringify(event.about, Object.keys(event.about).sort()),
  };
  await queries.audit.insert({ ...record, hash: hashOf(last?.hash ?? GENESIS, record), mac: null });
}

export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

export type AuditVerdict = { ok: true; records: number; head: AuditHead } | { ok: false; seq: number; problem: string };

/** Recomputes the whole chain. `noted`: a head written down earlier, which must still be part of it. */
export async function verifyAudit(store: Store, noted?: AuditHead): Promise<AuditVerdict> {
  let head: AuditHead = { seq: 0, hash: GENESIS };
  for (;;) {
    const rows = await store.read((q) => q.audit.after(head.seq, BATCH));
    for (const row of rows) {
      const problem = problemWith(row, head, noted);
      if (problem) return { ok: false, seq: head.seq + 1, problem };
      head = { seq: row.seq, hash: row.hash };
    }
    if (rows.length < BATCH) break;
  }
  if (noted && noted.seq > head.seq) {
    return { ok: false, seq: head.seq + 1, problem: `the record ends here, but ${noted.seq} was noted earlier` };
  }
  return { ok: true, records: head.seq, head };
}

function problemWith(row: AuditRow, before: AuditHead, noted: AuditHead | undefined): string | undefined {
  if (row.seq !== before.seq + 1) return "a record is missing";
  if (row.hash !== hashOf(before.hash, row)) return "the record was changed";
  if (noted?.seq === row.seq && noted.hash !== row.hash) return "the record differs from the one noted earlier";
  return undefined;
}

function hashOf(before: string, row: Omit<AuditRow, "hash" | "mac">): string {
  const text = JSON.stringify([before, row.seq, row.organisationId, row.at, row.event, row.actor, row.about]);
  return createHash("sha256").update(text).digest("hex");
}
