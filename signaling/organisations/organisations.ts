import { randomUUID } from "node:crypto";
import { OrganisationCode, OrganisationId } from "../protocol/ids.ts";
import type { Queries } from "../store/queries.ts";
import type { OrganisationRow } from "../store/rows/tables.ts";
import { type Desk, DeskError, perform } from "./desk.ts";

export function addOrganisation(desk: Desk, name: string): Promise<OrganisationRow> {
  return perform(desk, "organisation.added", async (q, at) => {
    if (await q.organisations.byName(name)) throw new DeskError(`there is an organisation named ${name} already`);
    const row: OrganisationRow = {
      id: OrganisationId.parse(randomUUID()),
      name,
      createdAt: at,
      kind: "municipality",
      parentId: null,
      code: await freeCode(q),
    };
    await q.organisations.insert(row);
    return { organisation: row.id, about: { name }, result: row };
  });
}

export function organisations(desk: Desk): Promise<OrganisationRow[]> {
  return desk.store.read((q) => q.organisations.list());
}

/** By its number, for one that has no code of its own choice. */
async function freeCode(q: Queries): Promise<OrganisationCode> {
  for (let number = (await q.organisations.list()).length + 1; ; number += 1) {
    const code = OrganisationCode.parse(`org-${number}`);
    if (!(await q.organisations.byCode(code))) return code;
  }
}

/** By name; without one, the only organisation there is. */
export async function organisationNamed(q: Queries, name: string | undefined): Promise<OrganisationRow> {
  const all = await q.organisations.list();
  if (all.length === 0) throw new DeskError('there is no organisation yet; make one with "organisation add NAME"');
  const [only] = name === undefined ? all : all.filter((one) => one.name === name);
  if (name === undefined && all.length > 1) {
    throw new DeskError(`say which organisation with --organisation: ${all.map((one) => one.name).join(", ")}`);
  }
  if (!only) throw new DeskError(`there is no organisation named ${name}; "organisation list" shows all`);
  return only;
}
