/** Who is behind a sign-in. */
import type { SignedIn } from "../records.ts";
import type { LiveSignIn } from "../store/queries/sign-ins.ts";

/** Who holds a cookie. */
export interface Holder extends SignedIn {
  /** What there was before this sign-in: their last one, and who was refused under their login since. */
  readonly before: Before;
  /** Nothing of this sign-in is admitted until the person has chosen a password of their own (password-change.ts). */
  readonly mustChange: boolean;
}

export interface Before {
  /** Epoch ms. Undefined: it is the first one that is known of. */
  readonly at: number | undefined;
  readonly refusals: number;
  /** The last of them came from another place than this sign-in. */
  readonly elsewhere: boolean;
}

export function holderOf(row: LiveSignIn): Holder {
  const { beforeAt, refusals, refusedFrom, address } = row;
  const before = { at: beforeAt ?? undefined, refusals, elsewhere: refusedFrom !== null && refusedFrom !== address };
  return { ...signedInOf(row), before, mustChange: row.mustChange === 1 };
}

export function signedInOf(row: LiveSignIn): SignedIn {
  return {
    signInId: row.id,
    person: row.personId,
    login: row.login,
    name: row.name,
    organisation: { id: row.organisationId, name: row.organisationName },
    deviceKey: row.deviceKey,
    endsAt: row.endsAt,
  };
}
