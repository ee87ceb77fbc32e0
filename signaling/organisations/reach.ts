/** Whose rows a list may show: the table (auth/permissions.ts), asked about every place that the duties are for and those below. */
import { type Action, allows, dutiesFor } from "../auth/permissions.ts";
import { type Principal, ROOT } from "../auth/principal.ts";
import type { Reach } from "../store/queries/lists.ts";
import type { Queries } from "../store/queries.ts";
import type { OrganisationRow } from "../store/rows/tables.ts";
import { MAX_DEPTH, Places } from "./places.ts";

export async function reachOf(q: Queries, principal: Principal, action: Action): Promise<Reach> {
  if (allows(principal, action, ROOT)) return "everywhere";
  const organisations = await organisationsFor(q, principal, action);
  const divisions = await withThoseBelow(
    dutiesFor(principal, action).flatMap(({ at }) => at.divisions.slice(0, 1)),
    (ids) => q.organisations.divisionsByIds(ids),
    (ids) => q.organisations.divisionsRightBelow(ids),
  );
  const places = new Places(organisations, divisions);
  const whole = organisations.filter(({ id }) => allows(principal, action, places.of({ organisationId: id })));
  const parts = divisions.filter(({ id, organisationId }) =>
    allows(principal, action, places.of({ organisationId, divisionId: id })),
  );
  return { organisations: whole.map(({ id }) => id), divisions: parts.map(({ id }) => id) };
}

/** Those for which, or for a division of which, there is a duty by which they may do it, and all below. */
export const organisationsFor = (q: Queries, principal: Principal, action: Action): Promise<OrganisationRow[]> =>
  withThoseBelow(
    dutiesFor(principal, action).flatMap(({ at }) => at.organisations.slice(0, 1)),
    (ids) => q.organisations.byIds(ids),
    (ids) => q.organisations.rightBelow(ids),
  );

/** Level by level. */
async function withThoseBelow<Id, Row extends { readonly id: Id }>(
  tops: readonly Id[],
  byIds: (ids: readonly Id[]) => Promise<Row[]>,
  rightBelow: (ids: readonly Id[]) => Promise<Row[]>,
): Promise<Row[]> {
  const found = new Map<Id, Row>();
  let level = tops.length === 0 ? [] : await byIds(tops);
  for (let depth = 0; level.length > 0 && depth < MAX_DEPTH; depth += 1) {
    for (const row of level) found.set(row.id, row);
    const below = await rightBelow(level.map(({ id }) => id));
    level = below.filter(({ id }) => !found.has(id));
  }
  return [...found.values()];
}
