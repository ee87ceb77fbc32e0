/** Who may use which office PC, and until when. */
import type { Login, TerminalId } from "../protocol/ids.ts";
import type { GrantListed, OfGrant } from "../store/queries/terminals.ts";
import { type Desk, DeskError, perform, personNamed } from "./desk.ts";
import type { Listing } from "./listing.ts";
import { terminalWithId } from "./terminals.ts";

/** `until`: epoch ms; null is without end. A grant that exists gets the new end. */
export function addGrant(desk: Desk, login: Login, terminal: TerminalId, until: number | null): Promise<void> {
  return perform(desk, "grant.added", async (q, at) => {
    const person = await personNamed(q, login);
    const { organisationId } = await terminalWithId(q, terminal);
    if (organisationId !== person.organisationId) {
      throw new DeskError(`${login} and ${terminal} belong to different organisations`);
    }
    if (until !== null && until <= at) throw new DeskError("the end of the grant lies in the past");
    await q.terminals.putGrant({ organisationId, personId: person.id, terminalId: terminal, createdAt: at, until });
    return { organisation: organisationId, about: { login, terminal, until }, result: undefined };
  });
}

/** A running server ends the session that rests on it. */
export function removeGrant(desk: Desk, login: Login, terminal: TerminalId): Promise<void> {
  return perform(desk, "grant.removed", async (q) => {
    const person = await personNamed(q, login);
    if (!(await q.terminals.removeGrant(person.id, terminal))) {
      throw new DeskError(`${login} has no grant for ${terminal}; "grant list" shows all`);
    }
    return { organisation: person.organisationId, about: { login, terminal }, result: undefined };
  });
}

export const grants: Listing<GrantListed, OfGrant> = {
  page: (q, filter, page) => q.terminals.grantsPage(filter, page),
  count: (q, filter) => q.terminals.countGrants(filter),
  afterOf: ({ login, terminalId }) => [login, terminalId],
};
