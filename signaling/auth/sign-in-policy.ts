/** What a sign-in asks of policy (organisations/policy-answers.ts): from where, when, by which codes, and for how long. */
import type { PersonId } from "../protocol/ids.ts";
import type { Queries } from "../store/queries.ts";

export type SignInPolicy = (
  q: Queries,
  person: PersonId,
  now: {
    readonly address: string;
    readonly at: number;
    /** Whether somebody has set a policy at all, for whomever, where that is known. */
    readonly areSet?: boolean;
  },
) => Promise<{
  readonly isPlaceAllowed: boolean;
  /** Sessions may be opened at this moment. */
  readonly isOpen: boolean;
  /** A code that came by mail counts. */
  readonly isMailAllowed: boolean;
  /** Undefined: as long as the server's configuration says. */
  readonly hours: number | undefined;
}>;
