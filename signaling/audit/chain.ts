/**
 * The audit is a chain: each record's hash covers the record and the hash before it. Changing, removing or reordering one
 * breaks the chain at that place. Each hash is sealed with a key that is not in the database (ENGAWA_AUDIT_KEY_FILE): whoever
 * may write the database but has no key cannot write a chain of his own. Cutting off the end breaks nothing: for that, keep
 * the heads that the server says in its log (heads.ts), and hand one to `audit verify`.
 */
import { createHash } from "node:crypto";
import type { Queries } from "../store/queries.ts";
import type { AuditRow } from "../store/rows/tables.ts";
import type { Store } from "../store/store.ts";
import type { AuditEvent } from "./events.ts";

/** The hash before the first record. */
const GENESIS = "0".repeat(64);
const BATCH = 2_000;

/** Adds one record. Part of the write it records: either both are kept or neither is. */
export const appendAudit = (queries: Queries, event: AuditEvent): Promise<void> => appendAudits(queries, [event]);

/** Adds some hundred at most, in one statement. */
export async function appendAudits(queries: Queries, events: readonly AuditEvent[]): Promise<void> {
  const last = await queries.audit.last();
  let head: AuditHead = { seq: last?.seq ?? 0, hash: last?.hash ?? GENESIS };
  const rows = events.map((event): AuditRow => {
    const record = {
      seq: head.seq + 1,
      organisationId: event.organisation,
      at: event.at,
      event: event.event,
      actor: event.actor,
      about: JSON.stringify(event.about, Object.keys(event.about).sort()),
    };
    head = { seq: record.seq, hash: hashOf(head.hash, record) };
    return { ...record, hash: head.hash, mac: queries.audit.seal(head.hash) };
  });
  await queries.audit.insert(...rows);
}

export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

/** `sealedFrom`: the first record with a seal, which covers those before it. */
export type AuditVerdict =
  | { ok: true; records: number; head: AuditHead; sealedFrom: number | undefined }
  | { ok: false; seq: number; problem: string };

/** Recomputes the whole chain. `noted`: heads written down earlier, which must still be part of it. Seals are looked at where the store has the key. */
export async function verifyAudit(store: Store, ...noted: readonly (AuditHead | undefined)[]): Promise<AuditVerdict> {
  let head: AuditHead = { seq: 0, hash: GENESIS };
  let isSealed = false;
  let sealedFrom: number | undefined;
  const heads = noted.filter((one) => one !== undefined);
  const seal = await store.read(async (q) => (hash: string) => q.audit.seal(hash));
  for (;;) {
    const rows = await store.read((q) => q.audit.after(head.seq, BATCH));
    for (const row of rows) {
      const problem = problemWith(row, head, heads) ?? problemWithSeal(row, seal(row.hash), isSealed);
      if (problem) return { ok: false, seq: head.seq + 1, problem };
      head = { seq: row.seq, hash: row.hash };
      isSealed = row.mac !== null;
      if (isSealed) sealedFrom ??= row.seq;
    }
    if (rows.length < BATCH) break;
  }
  const last = Math.max(0, ...heads.map(({ seq }) => seq));
  if (last > head.seq) {
    return { ok: false, seq: head.seq + 1, problem: `the record ends here, but ${last} was noted earlier` };
  }
  if (head.seq > 0 && !isSealed && seal(head.hash) !== null) {
    const problem = "the end is not sealed: it was written without the key, or the server has not run since it has one";
    return { ok: false, seq: head.seq, problem };
  }
  return { ok: true, records: head.seq, head, sealedFrom };
}

function problemWith(row: AuditRow, before: AuditHead, noted: readonly AuditHead[]): string | undefined {
  if (row.seq !== before.seq + 1) return "a record is missing";
  if (row.hash !== hashOf(before.hash, row)) return "the record was changed";
  if (noted.some(({ seq, hash }) => seq === row.seq && hash !== row.hash))
    return "the record differs from the one noted earlier";
  return undefined;
}

/** `expected`: null where there is no key to look with. */
function problemWithSeal({ mac }: AuditRow, expected: string | null, isSealedBefore: boolean): string | undefined {
  if (expected === null) return undefined;
  if (mac === null) return isSealedBefore ? "the record is not sealed, but the one before it is" : undefined;
  return mac === expected ? undefined : "the record's seal was not made with this key";
}

function hashOf(before: string, row: Omit<AuditRow, "hash" | "mac">): string {
  const text = JSON.stringify([before, row.seq, row.organisationId, row.at, row.event, row.actor, row.about]);
  return createHash("sha256").update(text).digest("hex");
}
