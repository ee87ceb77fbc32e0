/**
 * Who acts, from where, and with which duties. Made by the door through which they come (command line, page, WebSocket); what
 * they may do stands in permissions.ts and nowhere else.
 */
import type { Actor } from "../audit/events.ts";
import type { DivisionId, OrganisationId, PersonId } from "../protocol/ids.ts";
import type { SignedIn } from "../records.ts";
import type { DutyRole } from "../store/rows/tables.ts";

/** Everybody who is registered is staff; the others are duties given to some. */
export type Role = DutyRole | "staff";

/** Where somebody or something stands in the tree: from its own up to the root. */
export interface Place {
  /** Its own organisation first, then those above it. Empty: the server as a whole. */
  readonly organisations: readonly OrganisationId[];
  /** Its own division first, then those above it. Empty: of the organisation as a whole. */
  readonly divisions: readonly DivisionId[];
}

/** The server as a whole. */
export const ROOT: Place = { organisations: [], divisions: [] };

export interface Duty {
  readonly role: DutyRole;
  /** The organisation or division it is for. */
  readonly at: Place;
}

export interface Principal {
  /** As the audit names them. */
  readonly who: Actor;
  /** Undefined: nobody who signs in, but whoever may open the store. */
  readonly person: PersonId | undefined;
  readonly home: Place | undefined;
  readonly duties: readonly Duty[];
}

/** Whoever may open the store: the administrators' command line, and what the server does by itself. */
export const operatorAs = (who: Actor): Principal => ({
  who,
  person: undefined,
  home: undefined,
  duties: [{ role: "operator", at: ROOT }],
});

/** A person in front of their own page: whatever their duties are, there they are staff. */
export const staffOf = ({ login, person, organisation }: SignedIn): Principal => ({
  who: `person:${login}`,
  person,
  home: { organisations: [organisation.id], divisions: [] },
  duties: [],
});
