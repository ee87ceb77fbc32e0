import { randomUUID } from "node:crypto";
import { OrganisationId } from "../protocol/ids.ts";
import type { Queries } from "../store/queries.ts";
import type { OrganisationRow } from "../store/rows/tables.ts";
import { type Desk, DeskError, perform } from "./desk.ts";
import type { Listing } from "./listing.ts";

/** Names that one sentence lists. */
const NAMED_AT_ONCE = 20;

export function addOrganisation(desk: Desk, name: string): Promise<OrganisationRow> {
  return perform(desk, "organisation.added", async (q, at) => {
    if (await q.organisations.byName(name)) throw new DeskError(`there is an organisation named ${name} already`);
    const row = { id: OrganisationId.parse(randomUUID()), name, createdAt: at };
    await q.organisations.insert(row);
    return { organisation: row.id, about: { name }, result: row };
  });
}

export const organisations: Listing<OrganisationRow, string> = {
  page: (q, filter, page) => q.organisations.page(filter, page),
  count: (q, filter) => q.organisations.count(filter),
  afterOf: ({ name }) => name,
};

/** By name; without one, the only organisation there is. */
export async function organisationNamed(q: Queries, name: string | undefined): Promise<OrganisationRow> {
  if (name !== undefined) {
    const named = await q.organisations.byName(name);
    if (named) return named;
  }
  const some = await q.organisations.page({}, { limit: NAMED_AT_ONCE + 1 });
  const [only, ...more] = some;
  if (!only) throw new DeskError('there is no organisation yet; make one with "organisation add NAME"');
  if (name !== undefined) throw new DeskError(`there is no organisation named ${name}; "organisation list" shows all`);
  if (more.length === 0) return only;
  const names = some.slice(0, NAMED_AT_ONCE).map((one) => one.name);
  const others = some.length > NAMED_AT_ONCE ? ' … ("organisation list" shows all)' : "";
  throw new DeskError(`say which organisation with --organisation: ${names.join(", ")}${others}`);
}
