/** What people may do beyond being staff, and where: given and taken by who may do it there. */

import { mayGive } from "../auth/permissions.ts";
import { type Duty, type Principal, ROOT } from "../auth/principal.ts";
import { type PersonId, QualifiedLogin } from "../protocol/ids.ts";
import type { DutyListed, OfDuty } from "../store/queries/duties.ts";
import type { Queries } from "../store/queries.ts";
import type { DutyRole, DutyRow, OrganisationRow } from "../store/rows/tables.ts";
import { type Desk, DeskError, NotAllowed, perform, personFor, type Who } from "./desk.ts";
import { type DivisionName, standingNamed } from "./divisions.ts";
import type { Listing } from "./listing.ts";
import { type Named, named, placeOf } from "./places.ts";

/** Roles for which only one kind of organisation will do. */
const KINDS: Partial<Record<DutyRole, OrganisationRow["kind"]>> = { operator: "operator", prefecture: "prefecture" };

/** `where`: left out, the only organisation in which one may give it. */
export function giveDuty(desk: Desk, who: Who, role: DutyRole, where: DivisionName): Promise<void> {
  return perform(desk, "duty.given", async (q, ask, at) => {
    const { organisation, divisionId } = await standingNamed(q, ask, "duty.give", where);
    const person = await personFor(q, ask, "people.read", who);
    const kind = KINDS[role];
    if (kind !== undefined && (organisation.kind !== kind || divisionId !== null))
      throw new DeskError("duty-misplaced", { role, kind });
    const duty = await dutyOf(q, { role, organisationId: organisation.id, divisionId });
    if (!mayGive(desk.principal, duty)) throw new NotAllowed("wider-duty-given", {});
    const key = { organisationId: organisation.id, divisionId, personId: person.id, role };
    if (!(await q.duties.insert({ ...key, since: at, givenBy: desk.principal.who })))
      throw new DeskError("duty-there", { login: who });
    return { organisation: organisation.id, about: await aboutOf(q, key), result: undefined };
  });
}

export function takeDuty(desk: Desk, who: Who, role: DutyRole, where: DivisionName): Promise<void> {
  return perform(desk, "duty.taken", async (q, ask) => {
    const { organisation, divisionId } = await standingNamed(q, ask, "duty.take", where);
    const person = await personFor(q, ask, "people.read", who);
    const duty = await dutyOf(q, { role, organisationId: organisation.id, divisionId });
    if (!mayGive(desk.principal, duty)) throw new NotAllowed("wider-duty-taken", {});
    const key = { organisationId: organisation.id, divisionId, personId: person.id, role };
    if (!(await q.duties.remove(key))) throw new DeskError("duty-missing", { login: who });
    return { organisation: organisation.id, about: await aboutOf(q, key), result: undefined };
  });
}

export type ListedDuty = DutyListed & Named;

export const duties: Listing<ListedDuty, OfDuty> = {
  action: "duty.read",
  page: async (q, filter, page) => named(q, await q.duties.page(filter, page)),
  count: (q, filter) => q.duties.count(filter),
  afterOf: ({ homeCode, login, role, organisationId, divisionId }) => [
    QualifiedLogin.parse(`${homeCode}/${login}`),
    role,
    organisationId,
    divisionId ?? "",
  ],
};

/** Who a person is with all their duties; undefined for who is not there or disabled. */
export async function principalOf(q: Queries, id: PersonId): Promise<Principal | undefined> {
  const person = await q.people.byId(id);
  const organisation = person && (await q.organisations.byId(person.organisationId));
  if (!person || !organisation || person.disabledAt !== null) return undefined;
  return {
    who: `person:${organisation.code}/${person.login}`,
    person: id,
    home: await placeOf(q, person),
    duties: await Promise.all((await q.duties.of(id)).map((row) => dutyOf(q, row))),
  };
}

/** Duties by which a request is answered from outside; who looks on from above does it at the console. */
const APPROVERS: ReadonlySet<DutyRole> = new Set(["manager", "administrator"]);

/** With the duties by which they answer requests on the page of staff, and no other; undefined: they answer none. */
export async function approverOf(q: Queries, id: PersonId): Promise<Principal | undefined> {
  const principal = await principalOf(q, id);
  const duties = principal?.duties.filter(({ role }) => APPROVERS.has(role)) ?? [];
  return principal && duties.length > 0 ? { ...principal, duties } : undefined;
}

async function dutyOf(
  q: Queries,
  { role, organisationId, divisionId }: Pick<DutyRow, "role" | "organisationId" | "divisionId">,
): Promise<Duty> {
  return { role, at: role === "operator" ? ROOT : await placeOf(q, { organisationId, divisionId }) };
}

async function aboutOf(
  q: Queries,
  { personId, role, divisionId }: Pick<DutyRow, "personId" | "role" | "divisionId">,
): Promise<Record<string, string | null>> {
  const person = await q.people.byId(personId);
  const home = person && (await q.organisations.byId(person.organisationId));
  return { person: `${home?.code}/${person?.login}`, role, division: divisionId };
}
