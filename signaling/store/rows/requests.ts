/** A request, as it is kept (tables.ts). */
import type { OrganisationId, PersonId, RequestId, TerminalId } from "../../protocol/ids.ts";
import type { RequestKind } from "../../protocol/requests.ts";

/** What somebody asks of their managers (organisations/requests.ts). */
export interface RequestRow {
  id: RequestId;
  organisationId: OrganisationId;
  personId: PersonId;
  kind: RequestKind;
  /** 用務: for what it is needed. */
  purpose: string;
  /** The office PC. Null: of overtime, which is for every one of theirs. */
  terminalId: TerminalId | null;
  /** Of overtime: when hours end without it, or when it was asked for after their end. */
  since: number;
  until: number;
  /** When nobody has answered by then, nobody does any more. */
  expiresAt: number;
  /** So many managers have to approve. */
  needed: number;
  /** JSON: RequestAnswer[], the first one first. */
  answers: string;
  state: "waiting" | "approved" | "refused" | "withdrawn" | "lapsed" | "taken-back" | "given-up";
  askedAt: number;
  /** When it stopped waiting; of what was approved and is so no more, when that ended. */
  decidedAt: number | null;
}
