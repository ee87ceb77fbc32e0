/** How the command line names a place of policy: nothing is the server; a person by their login. */
import type { PolicyPlaceId } from "../protocol/console-policy.ts";
import { type Desk, look, personFor, type Who } from "./desk.ts";
import { type DivisionName, standingNamed } from "./divisions.ts";
import { SERVER } from "./policy-tree.ts";

export interface PolicyPlaceName extends DivisionName {
  readonly person?: Who | undefined;
}

export function policyPlaceNamed(
  desk: Desk,
  { person, organisation, division }: PolicyPlaceName,
): Promise<PolicyPlaceId> {
  return look(desk, async (q, ask): Promise<PolicyPlaceId> => {
    ask.mustSomewhere("policy.read");
    if (person !== undefined) return { level: "person", id: (await personFor(q, ask, "policy.read", person)).id };
    if (organisation === undefined && division === undefined) return SERVER;
    const found = await standingNamed(q, ask, "policy.read", { organisation, division });
    return found.divisionId === null
      ? { level: "organisation", id: found.organisation.id }
      : { level: "division", id: found.divisionId };
  });
}
