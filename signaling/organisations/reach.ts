/** Whose rows a list may show: the table (auth/permissions.ts), asked for every organisation and division one has a duty in. */
import { type Action, allows, organisationsOf } from "../auth/permissions.ts";
import { type Principal, ROOT } from "../auth/principal.ts";
import type { OrganisationId } from "../protocol/ids.ts";
import type { Reach } from "../store/queries/lists.ts";
import type { Queries } from "../store/queries.ts";
import type { OrganisationRow } from "../store/rows/tables.ts";
import { MAX_DEPTH, Places } from "./places.ts";

export async function reachOf(q: Queries, principal: Principal, action: Action): Promise<Reach> {
  if (allows(principal, action, ROOT)) return "everywhere";
  const tops = organisationsOf(principal, action);
  const organisations = await withThoseBelow(q, tops);
  const bare = new Places(organisations, []);
  const whole = organisations.filter(({ id }) => allows(principal, action, bare.of({ organisationId: id })));
  const ids = whole.map(({ id }) => id);
  const parts = tops.filter((id) => !ids.includes(id));
  const divisions = parts.length === 0 ? [] : await q.organisations.divisionsIn(parts);
  const places = new Places(organisations, divisions);
  const inReach = divisions.filter(({ id, organisationId }) =>
    allows(principal, action, places.of({ organisationId, divisionId: id })),
  );
  return { organisations: ids, divisions: inReach.map(({ id }) => id) };
}

/** These organisations and all below them. */
export async function withThoseBelow(q: Queries, tops: readonly OrganisationId[]): Promise<OrganisationRow[]> {
  const found: OrganisationRow[] = tops.length === 0 ? [] : await q.organisations.byIds(tops);
  const known = new Set(found.map(({ id }) => id));
  let level = found;
  for (let depth = 0; level.length > 0 && depth < MAX_DEPTH; depth += 1) {
    const below = await q.organisations.rightBelow(level.map(({ id }) => id));
    level = below.filter(({ id }) => !known.has(id));
    for (const row of level) known.add(row.id);
    found.push(...level);
  }
  return found;
}
