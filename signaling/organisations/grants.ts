/** Who may use which office PC, and until when. */
import type { TerminalId } from "../protocol/ids.ts";
import type { Whose } from "../store/queries/lists.ts";
import type { GrantListed, OfGrant } from "../store/queries/terminals.ts";
import { type Desk, DeskError, perform, personFor, type Who } from "./desk.ts";
import { type Listing, loginProblem } from "./listing.ts";
import { withWhose } from "./places.ts";
import { terminalFor } from "./terminals.ts";

/** `until`: epoch ms; null is without end. A grant that exists gets the new end. Person and PC have both to be in reach. */
export function addGrant(desk: Desk, who: Who, terminal: TerminalId, until: number | null): Promise<void> {
  return perform(desk, "grant.added", async (q, ask, at) => {
    const person = await personFor(q, ask, "grant.add", who);
    const { organisationId } = await terminalFor(q, ask, "grant.add", terminal);
    if (organisationId !== person.organisationId) {
      throw new DeskError("grant-elsewhere", { login: who, terminal });
    }
    if (until !== null && until <= at) throw new DeskError("grant-ends-before", {});
    await q.terminals.putGrant({ organisationId, personId: person.id, terminalId: terminal, createdAt: at, until });
    return { organisation: organisationId, about: { login: person.login, terminal, until }, result: undefined };
  });
}

/** A running server ends the session that rests on it. */
export function removeGrant(desk: Desk, who: Who, terminal: TerminalId): Promise<void> {
  return perform(desk, "grant.removed", async (q, ask) => {
    const person = await personFor(q, ask, "grant.remove", who);
    if (!(await q.terminals.removeGrant(person.id, terminal))) {
      throw new DeskError("grant-missing", { login: who, terminal });
    }
    return { organisation: person.organisationId, about: { login: person.login, terminal }, result: undefined };
  });
}

/** Those of the people, and those for the office PCs, that are in reach. */
export const grants: Listing<GrantListed & { readonly whose: Whose }, OfGrant> = {
  action: "grant.read",
  page: async (q, filter, page) => withWhose(q, await q.terminals.grantsPage(filter, page)),
  count: (q, filter) => q.terminals.countGrants(filter),
  afterOf: ({ whose, terminalId }) => [whose, terminalId],
  problem: (q, _ask, [whose]) => loginProblem(q, whose),
};
