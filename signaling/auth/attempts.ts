/** What attempts to sign in and requests for a code by mail have in common: what may be wrong with them, and the record of it. */
import type { AuditEvent } from "../audit/events.ts";
import { RequestError } from "../protocol/errors.ts";
import type { PersonAtDoor } from "../store/queries/door.ts";
import type { Queries } from "../store/queries.ts";
import type { DeviceRow, PersonRow } from "../store/rows/tables.ts";
import type { Claim } from "./claims.ts";
import type { Admitted } from "./throttle.ts";

export type Fault =
  | "organisation"
  | "person"
  | "disabled"
  | "locked"
  | "duty"
  | "place"
  | "hours"
  | "device"
  | "signature"
  | "password"
  | "code"
  | "code-of-another-time"
  | "code-used"
  | "changed-meanwhile"
  | "way"
  | "no-address"
  | "too-many-mails";

/** What a look at the claim alone shows. */
export function faultsOf({ organisation, person, proven, device }: Claim): Fault[] {
  const faults: Fault[] = [];
  if (!organisation) faults.push("organisation");
  if (!person) faults.push("person");
  if (person && person.disabledAt !== null) faults.push("disabled");
  if (!proven) faults.push("signature");
  else if (!device) faults.push("device");
  return faults;
}

/** Without a place in the queue nothing was looked at: that was no try. */
export async function notCounted(error: unknown, admitted: Admitted): Promise<never> {
  if (error instanceof RequestError && error.code === "SERVER_BUSY") await admitted.withdrawn();
  throw error;
}

/** The person at this moment, where nothing of what was looked at has changed since. */
export async function unchanged(
  q: Queries,
  { person, device, at }: { readonly person: PersonRow; readonly device: DeviceRow; readonly at: number },
): Promise<PersonAtDoor | undefined> {
  const now = await q.door.withDevice(person.id, device.id, at);
  const isSame =
    now?.disabledAt === null && now.passwordHash === person.passwordHash && now.totpSeed === person.totpSeed;
  return isSame ? now : undefined;
}

export function auditOf<Name extends AuditEvent["event"]>(
  claim: Claim,
  event: Name,
  about: AuditEvent["about"],
): AuditEvent & { readonly event: Name } {
  const { organisation: code } = claim.request;
  const typed = code === undefined ? {} : { organisation: code };
  return {
    event,
    at: claim.at,
    actor: claim.person ? `person:${claim.person.login}` : "unknown",
    organisation: claim.organisation?.id ?? null,
    about: { login: claim.request.login, ...typed, address: claim.source.address, ...about },
  };
}
