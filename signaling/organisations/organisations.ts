/** Organisations: the operator, prefectures below it, municipalities below them. */
import { randomUUID } from "node:crypto";
import { OrganisationCode, OrganisationId } from "../protocol/ids.ts";
import { EVERYTHING } from "../store/queries/lists.ts";
import type { OrganisationListed } from "../store/queries/organisations.ts";
import type { Queries } from "../store/queries.ts";
import type { OrganisationKind, OrganisationRow } from "../store/rows/tables.ts";
import { type Desk, DeskError, perform } from "./desk.ts";
import type { Listing } from "./listing.ts";
import { organisationNamed } from "./organisation-named.ts";
import { placeOfOrganisation } from "./places.ts";

export interface NewOrganisation {
  /** Left out: made from its number. */
  readonly code?: OrganisationCode | undefined;
  /** Left out: a municipality. */
  readonly kind?: OrganisationKind | undefined;
  /** Code or name of the one above it. */
  readonly parent?: string | undefined;
}

/** What may stand below what. Nothing at all may stand above any: a server of one municipality has no operator. */
const PARENTS: Readonly<Record<OrganisationKind, readonly OrganisationKind[]>> = {
  operator: [],
  prefecture: ["operator"],
  municipality: ["prefecture", "operator"],
};

export function addOrganisation(desk: Desk, name: string, wish: NewOrganisation = {}): Promise<OrganisationRow> {
  const { kind = "municipality" } = wish;
  return perform(desk, "organisation.added", async (q, ask, at) => {
    const parent =
      wish.parent === undefined ? undefined : await organisationNamed(q, ask, "organisation.add", wish.parent);
    ask.must("organisation.add", await placeOfOrganisation(q, parent?.id ?? null));
    if (parent && !PARENTS[kind].includes(parent.kind))
      throw new DeskError("organisation-misplaced", { kind, parent: parent.kind });
    if (await q.organisations.byName(name)) throw new DeskError("organisation-name-taken", { name });
    if (kind === "operator" && (await q.organisations.operator())) throw new DeskError("operator-there", {});
    const code = wish.code ?? (await freeCode(q, (await q.organisations.count(EVERYTHING)) + 1));
    await mustBeFree(q, code);
    const id = OrganisationId.parse(randomUUID());
    const row: OrganisationRow = { id, name, createdAt: at, kind, parentId: parent?.id ?? null, code };
    await q.organisations.insert(row);
    return { organisation: row.id, about: { name, code, kind, parent: parent?.code ?? null }, result: row };
  });
}

/** Browsers that remember the former one ask again. */
export function setOrganisationCode(desk: Desk, organisation: string, code: OrganisationCode): Promise<void> {
  return perform(desk, "organisation.code-set", async (q, ask) => {
    const row = await organisationNamed(q, ask, "organisation.set-code", organisation);
    ask.must("organisation.set-code", await placeOfOrganisation(q, row.id));
    if (row.code !== code) await mustBeFree(q, code);
    await q.organisations.setCode(row.id, code);
    return { organisation: row.id, about: { code, before: row.code }, result: undefined };
  });
}

/** By name. Who has a duty in a division only is shown none: a division is no organisation. */
export const organisations: Listing<OrganisationListed, string> = {
  action: "organisation.read",
  page: (q, filter, page) => q.organisations.page(filter, page),
  count: (q, filter) => q.organisations.count(filter),
  afterOf: ({ name }) => name,
};

async function mustBeFree(q: Queries, code: OrganisationCode): Promise<void> {
  if (await q.organisations.byCode(code)) throw new DeskError("organisation-code-taken", { code });
}

/** By its number, for one that has no code of its own choice. */
async function freeCode(q: Queries, from: number): Promise<OrganisationCode> {
  for (let number = from; ; number += 1) {
    const code = OrganisationCode.parse(`org-${number}`);
    if (!(await q.organisations.byCode(code))) return code;
  }
}
