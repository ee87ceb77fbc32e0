/** Parts of an organisation (部・課・係), below each other. They say whose people and office PCs somebody looks after. */
import { randomUUID } from "node:crypto";
import type { Action } from "../auth/permissions.ts";
import { DivisionId } from "../protocol/ids.ts";
import type { DivisionListed, OfDivision } from "../store/queries/organisations.ts";
import type { Queries } from "../store/queries.ts";
import type { DivisionRow, OrganisationRow } from "../store/rows/tables.ts";
import { type Asking, type Desk, DeskError, perform } from "./desk.ts";
import type { Listing } from "./listing.ts";
import { organisationNamed } from "./organisation-named.ts";
import { MAX_DEPTH, Places, placeOf } from "./places.ts";

/** In which division of which organisation: `総務部/総務課`, or its last name alone while that is one division's. */
export interface DivisionName {
  /** Code or name; may be left out while there is only one. */
  readonly organisation?: string | undefined;
  readonly division?: string | undefined;
}

export function addDivision(desk: Desk, name: string, below: DivisionName): Promise<DivisionRow> {
  return perform(desk, "division.added", async (q, ask, at) => {
    if (name === "" || name.normalize("NFKC").includes("/")) throw new DeskError("division-name-bad", {});
    const { organisation, divisionId: parentId } = await standingNamed(q, ask, "division.add", below);
    const siblings = (await q.organisations.divisionsOf(organisation.id)).filter((one) => one.parentId === parentId);
    if (siblings.some((one) => one.name === name)) throw new DeskError("division-name-taken", { name });
    const { divisions } = await placeOf(q, { organisationId: organisation.id, divisionId: parentId });
    if (divisions.length >= MAX_DEPTH - 1) throw new DeskError("division-too-deep", {});
    const id = DivisionId.parse(randomUUID());
    const row = { id, organisationId: organisation.id, parentId, name, createdAt: at };
    await q.organisations.insertDivision(row);
    return { organisation: organisation.id, about: { division: row.id, name, below: parentId }, result: row };
  });
}

/** With its people, office PCs and divisions, below another one or none. */
export function moveDivision(desk: Desk, division: DivisionName, below: string | undefined): Promise<void> {
  return perform(desk, "division.moved", async (q, ask) => {
    const { organisation, divisionId } = await standingNamed(q, ask, "division.move", division);
    const target = await standingNamed(q, ask, "division.move", { organisation: organisation.code, division: below });
    const all = await q.organisations.divisionsOf(organisation.id);
    const row = all.find(({ id }) => id === divisionId);
    if (!row) throw new DeskError("division-unsaid", {});
    const place = await placeOf(q, { organisationId: organisation.id, divisionId: target.divisionId });
    if (place.divisions.includes(row.id)) throw new DeskError("division-below-itself", {});
    if (place.divisions.length + depthBelow(all, row.id) >= MAX_DEPTH) throw new DeskError("division-too-deep", {});
    const twin = all.find(
      ({ parentId, name, id }) => parentId === target.divisionId && name === row.name && id !== row.id,
    );
    if (twin) throw new DeskError("division-name-taken", { name: row.name });
    await q.organisations.moveDivision(row.id, target.divisionId);
    const about = { division: row.id, name: row.name, below: target.divisionId };
    return { organisation: organisation.id, about, result: undefined };
  });
}

/** By the organisation's code and the path. */
export const divisions: Listing<DivisionListed, OfDivision> = {
  action: "division.read",
  page: (q, filter, page) => q.organisations.divisionsPage(filter, page),
  count: (q, filter) => q.organisations.countDivisions(filter),
  afterOf: ({ organisationCode, path }) => [organisationCode, path],
};

/** Where something is to be done; asks whether it is allowed there. */
export async function standingNamed(
  q: Queries,
  ask: Asking,
  action: Action,
  { organisation: name, division }: DivisionName,
): Promise<{ organisation: OrganisationRow; divisionId: DivisionId | null }> {
  const organisation = await organisationNamed(q, ask, action, name);
  return { organisation, divisionId: await divisionIn(q, ask, action, organisation.id, division) };
}

/** The same in an organisation that is known. */
export async function divisionIn(
  q: Queries,
  ask: Asking,
  action: Action,
  organisationId: OrganisationRow["id"],
  path: string | undefined,
): Promise<DivisionId | null> {
  const divisionId = path === undefined ? null : await divisionAt(q, organisationId, path);
  ask.must(action, await placeOf(q, { organisationId, divisionId }));
  return divisionId;
}

async function divisionAt(q: Queries, organisation: OrganisationRow["id"], path: string): Promise<DivisionId> {
  const all = await q.organisations.divisionsOf(organisation);
  const places = new Places([], all);
  const found = all.filter(({ id }) => `/${places.path(id)}`.endsWith(`/${path}`));
  const [exact] = found.filter(({ id }) => places.path(id) === path);
  const division = exact ?? found[0];
  if (!division) throw new DeskError("division-unknown", { division: path });
  if (!exact && found.length > 1)
    throw new DeskError("division-unclear", { divisions: found.map(({ id }) => places.path(id)).join(", ") });
  return division.id;
}

/** How many levels it has, itself included. */
function depthBelow(all: readonly DivisionRow[], id: DivisionId): number {
  const below = all.filter(({ parentId }) => parentId === id);
  return 1 + Math.max(0, ...below.map((one) => depthBelow(all, one.id)));
}
