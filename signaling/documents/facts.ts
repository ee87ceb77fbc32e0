/** What documents are made from: the settings of this server, and what its store says of one organisation or of all. */
import { ROOT } from "../auth/principal.ts";
import { type Asking, type Desk, DeskError, look } from "../organisations/desk.ts";
import { placeOf } from "../organisations/places.ts";
import { withNames } from "../organisations/policy-names.ts";
import type { Resolved } from "../organisations/policy-resolve.ts";
import { type PolicyStanding, PolicyTree, rulesOf } from "../organisations/policy-tree.ts";
import type { PolicyPlace } from "../protocol/console-policy.ts";
import type { DivisionId, OrganisationId, PersonId } from "../protocol/ids.ts";
import { POLICY_RULES, type PolicyRules } from "../protocol/policy.ts";
import { slices } from "../slices.ts";
import { EVERYTHING } from "../store/queries/lists.ts";
import type { Queries } from "../store/queries.ts";
import type { OrganisationRow } from "../store/rows/tables.ts";
import type { ToldSettings } from "../told-settings.ts";

/** What the relay's own configuration says (turn-config/): this server does not know it. */
export interface RelayFacts {
  readonly relayIp: string;
  readonly ports: { readonly min: number; readonly max: number };
}

export interface Facts {
  readonly settings: ToldSettings;
  readonly relay: RelayFacts | undefined;
  /** Undefined: of the whole server. */
  readonly organisation: Pick<OrganisationRow, "id" | "name" | "code"> | undefined;
  /** Staff have to say which is theirs. */
  readonly hasSeveral: boolean;
  /** What holds there, and for each rule where it comes from. */
  readonly policy: Resolved<PolicyPlace>;
  /** Divisions below that have rules of their own. */
  readonly divisions: readonly { readonly name: string; readonly rules: PolicyRules }[];
  /** How many people have rules of their own. Who they are is no matter of a document. */
  readonly peopleApart: number;
  readonly people: number;
  readonly terminals: number;
  /** Epoch ms. */
  readonly at: number;
}

export type FactsWanted = Pick<Facts, "settings" | "relay"> & { readonly organisation: OrganisationId | undefined };

/** Throws NotAllowed, and for who may not see it as if there was no such organisation. */
export function gatherFacts(desk: Desk, { organisation: id, ...told }: FactsWanted): Promise<Facts> {
  return look(desk, async (q, ask) => {
    const organisation = await allowedAt(q, ask, id);
    const standing: PolicyStanding = organisation ? { organisationId: organisation.id } : {};
    const tree = await PolicyTree.around(q, [standing]);
    const key = organisation
      ? ({ level: "organisation", place: organisation.id } as const)
      : ({ level: "server", place: "server" } as const);
    const { people, terminals } = await q.policies.concerned(key);
    return {
      ...told,
      organisation,
      hasSeveral: (await q.organisations.count(EVERYTHING)) > 1,
      policy: await withNames(q, tree, tree.of(standing)),
      ...(await below(q, organisation)),
      ...{ people, terminals, at: desk.now() },
    };
  });
}

async function allowedAt(q: Queries, ask: Asking, id: OrganisationId | undefined): Promise<Facts["organisation"]> {
  ask.mustSomewhere("document.read");
  if (id === undefined) {
    ask.must("document.read", ROOT);
    return undefined;
  }
  const row = await q.organisations.byId(id);
  if (!row || !ask.may("document.read", await placeOf(q, { organisationId: row.id })))
    throw new DeskError("policy-place-unknown", {});
  return row;
}

/** Rules of their own in this organisation; in no organisation in particular: in all of them. */
async function below(
  q: Queries,
  organisation: Facts["organisation"],
): Promise<Pick<Facts, "divisions" | "peopleApart">> {
  const isHere = (row: { readonly organisationId: OrganisationId } | undefined): boolean =>
    row !== undefined && (organisation === undefined || row.organisationId === organisation.id);
  const ids = await q.policies.placesAt<DivisionId>("division");
  const rows = (ids.length === 0 ? [] : await q.organisations.divisionsByIds(ids)).filter(isHere);
  const tree = await PolicyTree.around(
    q,
    rows.map(({ organisationId, id }) => ({ organisationId, divisionId: id })),
  );
  const divisions = rows
    .map(({ id }) => ({ name: tree.places.path(id), rules: tree.own({ level: "division", id }) }))
    .filter(({ rules }) => hasRules(rules));
  let peopleApart = 0;
  for (const some of slices(await q.policies.placesAt<PersonId>("person"), 500)) {
    const own = new Set(
      (await q.policies.newest(some)).filter((row) => hasRules(rulesOf(row))).map((row) => row.place),
    );
    const people = await q.policies.people(some);
    peopleApart += people.filter((person) => own.has(person.personId) && isHere(person)).length;
  }
  return { divisions, peopleApart };
}

const hasRules = (rules: PolicyRules): boolean => POLICY_RULES.some((rule) => rules[rule] !== undefined);
