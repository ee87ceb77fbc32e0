/** The table, asked for a person who is signed in to their own page. */
import { RequestError } from "../protocol/errors.ts";
import type { OrganisationId } from "../protocol/ids.ts";
import type { SignedIn } from "../records.ts";
import { type Action, allows } from "./permissions.ts";
import { staffOf } from "./principal.ts";

/** `where`: the organisation of what it is done with; their own otherwise. */
export function mayOwn(signedIn: SignedIn, action: Action, where: OrganisationId = signedIn.organisation.id): boolean {
  return allows(staffOf(signedIn), action, { organisations: [where], divisions: [], person: signedIn.person });
}

/** Throws FORBIDDEN. */
export function mustOwn(signedIn: SignedIn, action: Action): void {
  if (!mayOwn(signedIn, action)) throw new RequestError("FORBIDDEN", "this is not allowed");
}
