/** Organisations: the operator, prefectures below it, municipalities below them. */
import { randomUUID } from "node:crypto";
import type { Action } from "../auth/permissions.ts";
import { OrganisationCode, OrganisationId } from "../protocol/ids.ts";
import type { Queries } from "../store/queries.ts";
import type { OrganisationKind, OrganisationRow } from "../store/rows/tables.ts";
import { type Asking, type Desk, DeskError, look, perform } from "./desk.ts";
import { Places, placeOfOrganisation } from "./places.ts";

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
    if (parent && !PARENTS[kind].includes(parent.kind)) throw new DeskError(`no ${kind} stands below a ${parent.kind}`);
    if (await q.organisations.byName(name)) throw new DeskError(`there is an organisation named ${name} already`);
    const all = await q.organisations.list();
    if (kind === "operator" && all.some((one) => one.kind === kind))
      throw new DeskError("there is an operator already; a server has one");
    const code = wish.code ?? (await freeCode(q, all.length + 1));
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

export function organisations(desk: Desk): Promise<Array<OrganisationRow & { parentCode: string | null }>> {
  return look(desk, async (q, ask) => {
    ask.mustSomewhere("organisation.read");
    const places = await Places.read(q);
    return (await q.organisations.list())
      .filter(({ id }) => ask.may("organisation.read", places.of({ organisationId: id })))
      .map((row) => ({ ...row, parentCode: (row.parentId && places.organisation(row.parentId)?.code) || null }));
  });
}

/**
 * The organisation in which something is to be done, or in a division of which: by code or name; without one, the only one in
 * which this principal may do it. Who may not do it there is told that there is none; whether it is allowed at the very place
 * is asked by who knows that.
 */
export async function organisationNamed(
  q: Queries,
  ask: Asking,
  action: Action,
  name: string | undefined,
): Promise<OrganisationRow> {
  ask.mustSomewhere(action);
  const places = await Places.read(q);
  const seen = (await q.organisations.list()).filter(({ id }) =>
    ask.mayWithin(action, places.of({ organisationId: id })),
  );
  if (seen.length === 0) throw new DeskError('there is no organisation yet; make one with "organisation add NAME"');
  if (name === undefined && seen.length > 1) {
    throw new DeskError(`say which organisation with --organisation: ${seen.map((one) => one.code).join(", ")}`);
  }
  const [found] = name === undefined ? seen : seen.filter((one) => one.code === name || one.name === name);
  if (!found) throw new DeskError(`there is no organisation ${name}; "organisation list" shows all`);
  return found;
}

async function mustBeFree(q: Queries, code: OrganisationCode): Promise<void> {
  if (await q.organisations.byCode(code)) throw new DeskError(`the code ${code} is taken`);
}

/** By its number, for one that has no code of its own choice. */
async function freeCode(q: Queries, from: number): Promise<OrganisationCode> {
  for (let number = from; ; number += 1) {
    const code = OrganisationCode.parse(`org-${number}`);
    if (!(await q.organisations.byCode(code))) return code;
  }
}
