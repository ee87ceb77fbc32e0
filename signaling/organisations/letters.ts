/**
 * First letters: a new password and a new seed for who never came in, in one write each. What was handed out before counts no
 * more. As adding somebody does, it needs no second person: their browser has to be let in all the same.
 */
import type { Login, OrganisationCode, OrganisationId, PersonId } from "../protocol/ids.ts";
import type { Queries } from "../store/queries.ts";
import type { PersonRow } from "../store/rows/tables.ts";
import { type Desk, DeskError, perform, personFor, type Who } from "./desk.ts";
import { type Credentials, renewSeed } from "./people.ts";

export interface Letter extends Credentials {
  readonly person: { readonly id: PersonId; readonly login: Login; readonly name: string };
  readonly organisation: { readonly id: OrganisationId; readonly code: OrganisationCode; readonly name: string };
}

/** Whoever came in has a password and an authenticator of their own, which a letter would take from them. */
export async function needsLetter(q: Queries, { id, disabledAt }: PersonRow): Promise<boolean> {
  return disabledAt === null && !(await q.devices.everUsed(id));
}

export async function makeLetter(desk: Desk, who: Who): Promise<Letter> {
  const { password, hash } = await desk.passwords.generate();
  return perform(desk, "person.letter-made", async (q, ask, at) => {
    const person = await personFor(q, ask, "people.letters", who);
    const { id, login, name, organisationId } = person;
    const organisation = await q.organisations.byId(organisationId);
    if (!organisation) throw new Error("a person without an organisation");
    if (!(await needsLetter(q, person))) throw new DeskError("letter-late", { login });
    await q.people.setPassword(id, { hash, mustChange: 1 }, at);
    const otpauth = await renewSeed(desk, q, person, at);
    const { code, name: called } = organisation;
    return {
      organisation: organisationId,
      about: { login },
      result: {
        ...{ person: { id, login, name }, organisation: { id: organisationId, code, name: called } },
        ...{ password, otpauth },
      },
    };
  });
}
