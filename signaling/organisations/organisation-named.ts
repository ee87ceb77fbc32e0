/** How the command line and pages name an organisation. */
import type { Action } from "../auth/permissions.ts";
import { ROOT } from "../auth/principal.ts";
import type { OrganisationCode } from "../protocol/ids.ts";
import { EVERYTHING } from "../store/queries/lists.ts";
import type { Queries } from "../store/queries.ts";
import type { OrganisationRow } from "../store/rows/tables.ts";
import { type Asking, DeskError } from "./desk.ts";
import { placeOf } from "./places.ts";
import { organisationsFor } from "./reach.ts";

/** Codes that one sentence lists. */
const NAMED_AT_ONCE = 20;

/**
 * The organisation in which something is to be done, or in a division of which: by code or name; without one, the only one in
 * which this principal may do it. Who may not do it there is told that there is none; whether it is allowed at the very place
 * is asked by who knows that.
 */
export async function organisationNamed(
  q: Queries,
  ask: Asking,
  action: Action,
  name: string | undefined,
): Promise<OrganisationRow> {
  ask.mustSomewhere(action);
  if (name !== undefined) {
    const named = (await q.organisations.byCode(name as OrganisationCode)) ?? (await q.organisations.byName(name));
    if (named && (await isSeen(q, ask, action, named))) return named;
  }
  const seen = await someSeen(q, ask, action);
  const [only, ...more] = seen;
  if (!only) throw new DeskError("organisation-none", {});
  if (name !== undefined) throw new DeskError("organisation-unknown", { organisation: name });
  if (more.length === 0) return only;
  const codes = seen.slice(0, NAMED_AT_ONCE).map((one) => one.code);
  const others = seen.length > NAMED_AT_ONCE ? ' … ("organisation list" shows all)' : "";
  throw new DeskError("organisation-unsaid", { organisations: `${codes.join(", ")}${others}` });
}

const isSeen = async (q: Queries, ask: Asking, action: Action, { id }: OrganisationRow): Promise<boolean> =>
  ask.mayWithin(action, await placeOf(q, { organisationId: id }));

/** Those in which, or in a division of which, they may do it: by name, and hardly more than one sentence lists. */
async function someSeen(q: Queries, ask: Asking, action: Action): Promise<OrganisationRow[]> {
  const enough = NAMED_AT_ONCE + 1;
  if (ask.may(action, ROOT)) return q.organisations.page(EVERYTHING, { limit: enough });
  const seen: OrganisationRow[] = [];
  for (const row of await organisationsFor(q, ask.principal, action)) {
    if (await isSeen(q, ask, action, row)) seen.push(row);
    if (seen.length === enough) break;
  }
  return seen.sort((a, b) => (a.name < b.name ? -1 : 1));
}
