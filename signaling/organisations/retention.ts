/** How long what is over is kept, where policy says so (retentionDays); the audit is kept whatever it says. */
import type { Retention } from "../housekeeping.ts";
import type { OrganisationId } from "../protocol/ids.ts";
import { EVERYTHING } from "../store/queries/lists.ts";
import type { Queries } from "../store/queries.ts";
import { PolicyTree } from "./policy-tree.ts";

/** All municipalities of the country and their prefectures are 1,788. */
const MAX_ORGANISATIONS = 5_000;

/** Every organisation once, those with the same days together. Empty: nobody has set any. */
export async function retention(q: Queries): Promise<Retention[]> {
  if ((await q.policies.withRule("retentionDays", ["server", "organisation"])).length === 0) return [];
  const organisations = await q.organisations.page(EVERYTHING, { limit: MAX_ORGANISATIONS });
  const standings = organisations.map(({ id }) => ({ organisationId: id }));
  const tree = await PolicyTree.around(q, standings);
  const groups = Map.groupBy(standings, (one) => tree.of(one).inForce.retentionDays);
  return [...groups].map(([days, some]) => ({
    days,
    organisations: some.map(({ organisationId }): OrganisationId => organisationId),
  }));
}
