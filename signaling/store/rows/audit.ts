/** What is kept of what happened, as tables.ts says: the record, receipts of sessions, and who is told. */
import type { AuditKey } from "../../protocol/audit.ts";
import type { OrganisationId, PersonId, PublicKey, SessionId, Signature, TerminalId } from "../../protocol/ids.ts";

/** Whose chain of records: an organisation's, that of what belongs to none, or the one there was before each had its own. */
export type ChainId = OrganisationId | "server" | "legacy";

/** Where a chain ends. Whoever adds to it writes this row in the same write. */
export interface AuditChainRow {
  chain: ChainId;
  /** Of its last record. */
  number: number;
  hash: string;
  /** HMAC of all that with the audit key, hex. Null: written without it. */
  mac: string | null;
}

/** A head that the server signed (protocol/audit.ts). */
export interface AuditHeadRow {
  chain: ChainId;
  number: number;
  hash: string;
  at: number;
  sinceNumber: number;
  sinceHash: string;
  key: AuditKey;
  signature: Signature;
}

/** A head that an office PC signed, with the key that it had then. */
export interface AuditCosignatureRow {
  chain: OrganisationId;
  number: number;
  hash: string;
  terminalId: TerminalId;
  publicKey: PublicKey;
  /** By the office PC's clock. */
  at: number;
  signature: Signature;
}

/** How far a chain has gone to the collector: its records and its heads. */
export interface AuditShippedRow {
  chain: ChainId;
  number: number;
  head: number;
}

/** The old part of a chain that became a file (audit/segments.ts): a signed head, from the one before it. */
export interface AuditSegmentRow extends AuditHeadRow {
  /** Of its first record; that of its last is its own. */
  first: number;
}

export interface AuditRow {
  /** In the order in which they came, of all chains. There may be gaps. */
  seq: number;
  chain: ChainId;
  /** In its chain: 1, 2, 3 … without gaps. */
  number: number;
  organisationId: OrganisationId | null;
  at: number;
  event: string;
  /** Who did it (audit/events.ts). */
  actor: string;
  /** JSON object, keys sorted. */
  about: string;
  /** SHA-256 over the hash before and this record, hex. */
  hash: string;
  /** HMAC of the hash with the audit key, hex. Null: written before there was one. */
  mac: string | null;
}

/** What an office PC said of a session that was over, with the key that it had then. */
export interface ReceiptRow {
  sessionId: SessionId;
  organisationId: OrganisationId;
  terminalId: TerminalId;
  publicKey: PublicKey;
  text: string;
  signature: Signature;
  at: number;
}

/** Which mails of notice a person wants. */
export interface NoticeRow {
  personId: PersonId;
  digest: 0 | 1;
  atOnce: 0 | 1;
  /** Of the last morning's: year-month-day. */
  digestDay: string | null;
}
