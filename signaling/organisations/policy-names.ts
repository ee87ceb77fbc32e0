/** Where rules come from, by name. */
import type { PolicyPlace, PolicyPlaceId } from "../protocol/console-policy.ts";
import type { DivisionId, OrganisationId, PersonId } from "../protocol/ids.ts";
import type { PolicyRule } from "../protocol/policy.ts";
import type { Queries } from "../store/queries.ts";
import type { Resolved } from "./policy-resolve.ts";
import { PolicyTree } from "./policy-tree.ts";

/** What holds for one person, and by whom it was decided. */
export async function policyOf(q: Queries, person: PersonId): Promise<Resolved<PolicyPlace>> {
  const [standing] = (await q.policies.areSet()) ? await q.policies.people([person]) : [];
  if (!standing) return { inForce: {}, from: {} };
  const tree = await PolicyTree.around(q, [standing]);
  return withNames(q, tree, tree.of(standing));
}

export async function withNames(
  q: Queries,
  tree: PolicyTree,
  { inForce, from }: Resolved<PolicyPlaceId>,
): Promise<Resolved<PolicyPlace>> {
  const named: Partial<Record<PolicyRule, PolicyPlace>> = {};
  for (const [rule, place] of Object.entries(from)) named[rule as PolicyRule] = await withName(q, tree, place);
  return { inForce, from: named };
}

async function withName(q: Queries, tree: PolicyTree, place: PolicyPlaceId): Promise<PolicyPlace> {
  const { level, id } = place;
  if (level === "organisation") return { ...place, name: tree.places.organisation(id as OrganisationId)?.name ?? "" };
  if (level === "division") return { ...place, name: tree.places.path(id as DivisionId) };
  return { ...place, name: level === "person" ? ((await q.people.byId(id as PersonId))?.name ?? "") : "" };
}
