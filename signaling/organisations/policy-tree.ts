/** The rules that hold for people and places, for as many of them at once as one look at the store takes. */

import type { PolicyPlaceId } from "../protocol/console-policy.ts";
import type { DivisionId, OrganisationId, PersonId } from "../protocol/ids.ts";
import type { PolicyRules } from "../protocol/policy.ts";
import type { Queries } from "../store/queries.ts";
import type { PolicyRow } from "../store/rows/tables.ts";
import { Places } from "./places.ts";
import { type Layer, type Resolved, resolve } from "./policy-resolve.ts";

/** The server's place has no id of its own. */
export const SERVER: PolicyPlaceId = { level: "server", id: "server" };

/** Where somebody or something stands. All left out: the server itself. */
export interface PolicyStanding {
  readonly organisationId?: OrganisationId;
  readonly divisionId?: DivisionId | null;
  readonly personId?: PersonId;
}

/** What would be set. */
export interface Change {
  readonly place: PolicyPlaceId;
  readonly rules: PolicyRules;
}

export const rulesOf = (row: Pick<PolicyRow, "rules">): PolicyRules => JSON.parse(row.rules) as PolicyRules;

export class PolicyTree {
  readonly places: Places;
  readonly #rules: ReadonlyMap<string, PolicyRules>;
  readonly #resolved = new Map<string, Resolved<PolicyPlaceId>>();

  private constructor(places: Places, rules: ReadonlyMap<string, PolicyRules>) {
    this.places = places;
    this.#rules = rules;
  }

  /** What is needed for these: the rules on their ways up. */
  static async around(q: Queries, all: readonly PolicyStanding[]): Promise<PolicyTree> {
    const places = await Places.around(q, all);
    const ids = new Set(all.flatMap((one) => wayOf(places, one).map(({ id }) => id)));
    const rows = await q.policies.newest([...ids]);
    const rules = new Map(rows.map((row) => [keyOf({ level: row.level, id: row.place }), rulesOf(row)]));
    return new PolicyTree(places, rules);
  }

  /** As if this had been set. */
  with({ place, rules }: Change): PolicyTree {
    return new PolicyTree(this.places, new Map([...this.#rules, [keyOf(place), rules]]));
  }

  /** The same people of one division, where none has rules of their own, are looked at once. */
  of(standing: PolicyStanding): Resolved<PolicyPlaceId> {
    const layers = wayOf(this.places, standing).flatMap((place): Layer<PolicyPlaceId>[] => {
      const rules = this.#rules.get(keyOf(place));
      return rules ? [{ place, rules }] : [];
    });
    const key = layers.map(({ place }) => keyOf(place)).join();
    const known = this.#resolved.get(key) ?? resolve(layers);
    this.#resolved.set(key, known);
    return known;
  }

  own(place: PolicyPlaceId): PolicyRules {
    return this.#rules.get(keyOf(place)) ?? {};
  }
}

const keyOf = ({ level, id }: PolicyPlaceId): string => `${level} ${id}`;

/** From above to below. */
function wayOf(places: Places, { organisationId, divisionId = null, personId }: PolicyStanding): PolicyPlaceId[] {
  if (organisationId === undefined) return [SERVER];
  const { organisations, divisions } = places.of({ organisationId, divisionId });
  return [
    SERVER,
    ...organisations.toReversed().map((id): PolicyPlaceId => ({ level: "organisation", id })),
    ...divisions.toReversed().map((id): PolicyPlaceId => ({ level: "division", id })),
    ...(personId === undefined ? [] : [{ level: "person", id: personId } as const]),
  ];
}
