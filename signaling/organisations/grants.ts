/** Who may use which office PC, and until when. */
import type { Login, TerminalId } from "../protocol/ids.ts";
import type { GrantRow } from "../store/rows/tables.ts";
import { type Desk, DeskError, look, perform, personFor, type Who } from "./desk.ts";
import { Places } from "./places.ts";
import { terminalFor } from "./terminals.ts";

/** `until`: epoch ms; null is without end. A grant that exists gets the new end. Person and PC have both to be in reach. */
export function addGrant(desk: Desk, who: Who, terminal: TerminalId, until: number | null): Promise<void> {
  return perform(desk, "grant.added", async (q, ask, at) => {
    const person = await personFor(q, ask, "grant.add", who);
    const { organisationId } = await terminalFor(q, ask, "grant.add", terminal);
    if (organisationId !== person.organisationId) {
      throw new DeskError(`${who} and ${terminal} belong to different organisations`);
    }
    if (until !== null && until <= at) throw new DeskError("the end of the grant lies in the past");
    await q.terminals.putGrant({ organisationId, personId: person.id, terminalId: terminal, createdAt: at, until });
    return { organisation: organisationId, about: { login: person.login, terminal, until }, result: undefined };
  });
}

/** A running server ends the session that rests on it. */
export function removeGrant(desk: Desk, who: Who, terminal: TerminalId): Promise<void> {
  return perform(desk, "grant.removed", async (q, ask) => {
    const person = await personFor(q, ask, "grant.remove", who);
    if (!(await q.terminals.removeGrant(person.id, terminal))) {
      throw new DeskError(`${who} has no grant for ${terminal}; "grant list" shows all`);
    }
    return { organisation: person.organisationId, about: { login: person.login, terminal }, result: undefined };
  });
}

export interface ListedGrant extends GrantRow {
  readonly login: Login;
  /** The login, with the organisation's code where the server has several. */
  readonly whose: string;
  readonly terminalName: string;
}

/** Those of the people, and those for the office PCs, that are in reach. */
export function grants(desk: Desk): Promise<ListedGrant[]> {
  return look(desk, async (q, ask) => {
    ask.mustSomewhere("grant.read");
    const places = await Places.read(q);
    return (await q.terminals.grants())
      .filter(({ organisationId, personDivisionId, terminalDivisionId }) =>
        [personDivisionId, terminalDivisionId].some((divisionId) =>
          ask.may("grant.read", places.of({ organisationId, divisionId })),
        ),
      )
      .map((row) => ({ ...row, whose: places.who(row) }));
  });
}
