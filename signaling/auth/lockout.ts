/** Whether somebody is kept out at this moment, and until when. Pure: the locks in force are handed in (store/queries/locks.ts). */
import { RequestError } from "../protocol/errors.ts";
import type { DivisionId, KeyCode, OrganisationId, PersonId, TerminalId } from "../protocol/ids.ts";
import type { LockInForce } from "../store/queries/locks.ts";
import type { Door } from "../store/rows/tables.ts";

export interface Whereabouts {
  readonly organisationId: OrganisationId;
  readonly divisionId: DivisionId | null;
}

export interface Comer {
  readonly person: Whereabouts & { readonly id: PersonId };
  /** Undefined: not known, or registered no longer. */
  readonly device: KeyCode | undefined;
  /** Where they want to go; undefined: no further than to sign in. */
  readonly terminal?: (Whereabouts & { readonly id: TerminalId }) | undefined;
}

/**
 * The one that holds for longest; undefined: nothing stands in the way. At the console only locks on the person and the device count:
 * who locks a town may still lift it.
 */
export function lockOver(locks: readonly LockInForce[], comer: Comer, door: Door = "page"): LockInForce | undefined {
  const [first, ...others] = locks.filter((lock) => holds(lock, comer, door));
  return others.reduce((longest, lock) => (endOf(lock) > endOf(longest ?? lock) ? lock : longest), first);
}

/** What they are told. */
export const lockedOut = (until: number | null | undefined): RequestError =>
  new RequestError("LOCKED_OUT", "an administrator locked this out", { details: until ? { until } : {} });

const endOf = ({ until }: LockInForce): number => until ?? Number.POSITIVE_INFINITY;

function holds(lock: LockInForce, { person, device, terminal }: Comer, door: Door): boolean {
  const standing = door === "page" ? [person, ...(terminal ? [terminal] : [])] : [];
  switch (lock.kind) {
    case "person":
      return lock.personId === person.id;
    case "device":
      // whose it is in another organisation, nobody of this one decides
      return lock.deviceCode === device && lock.organisationId === person.organisationId;
    case "terminal":
      return lock.terminalId === terminal?.id;
    case "session":
      return lock.personId === person.id && lock.terminalId === terminal?.id;
    case "division":
      return standing.some(({ divisionId }) => divisionId !== null && lock.divisions.has(divisionId));
    case "organisation":
      return standing.some(({ organisationId }) => lock.organisations.has(organisationId));
  }
}
