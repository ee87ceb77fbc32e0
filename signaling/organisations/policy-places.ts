/** Where one may look at policy: the tree of organisations and divisions, as far as one's duties reach. */
import { ROOT } from "../auth/principal.ts";
import type { PolicyPlace, PolicyPlaces } from "../protocol/console-policy.ts";
import type { DivisionId } from "../protocol/ids.ts";
import { slices } from "../slices.ts";
import type { Reach } from "../store/queries/lists.ts";
import type { Queries } from "../store/queries.ts";
import type { DivisionRow, OrganisationRow } from "../store/rows/tables.ts";
import { type Asking, type Desk, look } from "./desk.ts";
import { Places } from "./places.ts";
import { rulesOf, SERVER } from "./policy-tree.ts";

type Listed = PolicyPlaces["places"][number];

/** Where there are more divisions, only those are listed that have rules of their own: the others are come to from their drawer. */
const MAX_DIVISIONS = 2_000;
/** All municipalities of the country and their prefectures are 1,788. */
const MAX_ORGANISATIONS = 5_000;

/** From above to below, each with what stands below it right behind it. */
export function policyPlaces(desk: Desk): Promise<PolicyPlaces> {
  return look(desk, async (q, ask) => {
    const reach = await ask.mustReach(q, "policy.read");
    const organisations = await q.organisations.page({ reach }, { limit: MAX_ORGANISATIONS });
    const divisions = await divisionsIn(q, ask, reach);
    const standings = divisions.map(({ id, organisationId }) => ({ organisationId, divisionId: id }));
    const above = await Places.around(q, [...standings, ...organisations.map(({ id }) => ({ organisationId: id }))]);
    const ids = [SERVER, ...organisations, ...divisions].map(({ id }) => id);
    const counts = await countsOf(q, ids);
    const entry = (place: PolicyPlace, at: Parameters<Asking["may"]>[1], depth: number): Listed => ({
      ...{ ...place, depth, count: counts.get(place.id) ?? 0, maySet: ask.may("policy.set", at) },
      hasDocuments: place.level !== "division" && ask.may("document.read", at),
    });
    const listed = inOrder(organisations, divisions).map(({ row, depth }) =>
      "kind" in row
        ? entry({ level: "organisation", id: row.id, name: row.name }, above.of({ organisationId: row.id }), depth)
        : entry({ level: "division", id: row.id, name: row.name }, above.of({ ...row, divisionId: row.id }), depth),
    );
    if (reach !== "everywhere") return { places: listed };
    const below = listed.map((one) => ({ ...one, depth: one.depth + 1 }));
    return { places: [entry({ ...SERVER, name: "" }, ROOT, 0), ...below] };
  });
}

async function divisionsIn(q: Queries, ask: Asking, reach: Reach): Promise<DivisionRow[]> {
  const some = await q.organisations.divisionsPage({ reach }, { limit: MAX_DIVISIONS + 1 });
  if (some.length <= MAX_DIVISIONS) return some;
  const ids = await q.policies.placesAt<DivisionId>("division");
  const rows = ids.length === 0 ? [] : await q.organisations.divisionsByIds(ids);
  const places = await Places.around(q, rows);
  return rows.filter((row) => ask.may("policy.read", places.of({ ...row, divisionId: row.id })));
}

/** How many rules each has of its own. */
async function countsOf(q: Queries, ids: readonly string[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const some of slices(ids, 500))
    for (const row of await q.policies.newest(some)) counts.set(row.place, Object.keys(rulesOf(row)).length);
  return counts;
}

type Row = OrganisationRow | DivisionRow;

/** An organisation's divisions come before the organisations below it. */
function inOrder(
  organisations: readonly OrganisationRow[],
  divisions: readonly DivisionRow[],
): { row: Row; depth: number }[] {
  const known = new Set<string>([...organisations, ...divisions].map(({ id }) => id));
  // what stands below nothing that is listed is a beginning of its own
  const upper = (row: Row): string => {
    const id = row.parentId ?? ("kind" in row ? null : row.organisationId);
    return id !== null && known.has(id) ? id : "";
  };
  const below = Map.groupBy<string, Row>([...divisions, ...organisations], upper);
  const from = (id: string, depth: number): { row: Row; depth: number }[] =>
    (below.get(id) ?? []).flatMap((row) => [{ row, depth }, ...from(row.id, depth + 1)]);
  return from("", 0);
}
