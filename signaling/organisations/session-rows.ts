/** A session as its row has it, and whose row it is where several nodes share the store. */
import type { EndReason } from "../protocol/errors.ts";
import type { SessionId } from "../protocol/ids.ts";
import type { SessionRecord } from "../records.ts";
import type { Queries } from "../store/queries.ts";
import type { SessionRow } from "../store/rows/tables.ts";

/**
 * What a node may write of sessions. Asked within the write itself, so that one that slept, or was taken for dead, changes nothing
 * that is another's by now.
 */
export interface SessionFence {
  /** Throws TERMINAL_OFFLINE where the office PC is another node's, TOO_MANY_SESSIONS. */
  mayOpen(q: Queries, session: SessionRecord): Promise<void>;
  opened(q: Queries, id: SessionId): Promise<void>;
  owns(q: Queries, id: SessionId): Promise<boolean>;
}

/** Ends that nobody wished: a node concludes them from what it does not hear, and may be the one that does not hear. */
const INFERRED: readonly EndReason[] = ["unconfirmed", "negotiation-timeout", "resume-expired", "agent-left"];
export const isInferred = (reason: EndReason): boolean => INFERRED.includes(reason);

export function recordOf(row: SessionRow): SessionRecord {
  return {
    id: row.id,
    terminal: row.terminalId,
    organisation: row.organisationId,
    person: row.personId,
    login: row.login,
    personName: row.personName,
    deviceKey: row.deviceKey,
    requestedAt: row.requestedAt,
    signInId: row.signInId ?? undefined,
  };
}
