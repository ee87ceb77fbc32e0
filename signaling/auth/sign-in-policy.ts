/** What a sign-in asks of policy (organisations/policy-answers.ts): from where, and for how long. */
import type { PersonId } from "../protocol/ids.ts";
import type { Queries } from "../store/queries.ts";

export type SignInPolicy = (
  q: Queries,
  person: PersonId,
  address: string,
) => Promise<{
  readonly isPlaceAllowed: boolean;
  /** Undefined: as long as the server's configuration says. */
  readonly hours: number | undefined;
}>;
