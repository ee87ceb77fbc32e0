/** Declared events and IDs of office PCs that are given in waves, row by row (tables.ts). */
import type { Generated } from "kysely";
import type { ApplicationState, EventBasis } from "../../protocol/console-waves.ts";
import type { AllotmentId, ApplicationId, EventId, OrganisationId } from "../../protocol/ids.ts";

/** An event that was declared, and for which IDs of office PCs are given for a time (organisations/events.ts). */
export interface EventRow {
  id: Generated<EventId>;
  name: string;
  basis: EventBasis;
  declaredAt: number;
  /** As the audit names them. */
  declaredBy: string;
  /** From this moment on its IDs count no more. */
  endsAt: number;
  /** When its end was on record with every organisation, and what they had not used went back. */
  closedAt: number | null;
}

/** Somebody applies for IDs, for themselves and for those below them; the number is its place in the queue. */
export interface ApplicationRow {
  id: Generated<ApplicationId>;
  /** Who applies. */
  organisationId: OrganisationId;
  /** Null: for IDs without an end. */
  eventId: EventId | null;
  because: string;
  appliedAt: number;
  appliedBy: string;
  state: ApplicationState;
  /** With those that were approved together with it. Null: it was not. */
  wave: number | null;
  decidedAt: number | null;
  decidedBy: string | null;
  /** Why it was refused. */
  word: string | null;
}

/** How many IDs one organisation is to have of an application; it has them once that is approved. */
export interface AllotmentRow {
  id: Generated<AllotmentId>;
  applicationId: ApplicationId;
  organisationId: OrganisationId;
  /** As the application's. */
  eventId: EventId | null;
  count: number;
  /** Not used when its event ended. */
  returned: number;
  /** When that was on record. */
  endedAt: number | null;
}

/** From which allotment an office PC has its ID. Null: from none, and without an end. */
export interface Allotted {
  allotmentId: Generated<AllotmentId | null>;
}
