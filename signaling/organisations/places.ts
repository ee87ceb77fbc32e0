/** Where things stand: the way from an organisation and a division up to the root. */
import { type Place, ROOT } from "../auth/principal.ts";
import type { DivisionId, OrganisationId } from "../protocol/ids.ts";
import type { Queries } from "../store/queries.ts";
import type { DivisionRow, OrganisationRow } from "../store/rows/tables.ts";

/** Divisions below each other, and organisations: more is a mistake, and a loop would have no end. */
export const MAX_DEPTH = 8;

export interface Standing {
  readonly organisationId: OrganisationId;
  readonly divisionId?: DivisionId | null;
}

/** For one. */
export async function placeOf(q: Queries, { organisationId, divisionId = null }: Standing): Promise<Place> {
  const organisations: OrganisationId[] = [];
  const divisions: DivisionId[] = [];
  for (let id: OrganisationId | null = organisationId; id && organisations.length < MAX_DEPTH; ) {
    organisations.push(id);
    id = (await q.organisations.byId(id))?.parentId ?? null;
  }
  for (let id: DivisionId | null = divisionId; id && divisions.length < MAX_DEPTH; ) {
    divisions.push(id);
    id = (await q.organisations.divisionById(id))?.parentId ?? null;
  }
  return { organisations, divisions };
}

/** For many: the whole tree, read once. */
export class Places {
  readonly #organisations: ReadonlyMap<OrganisationId, OrganisationRow>;
  readonly #divisions: ReadonlyMap<DivisionId, DivisionRow>;

  constructor(organisations: readonly OrganisationRow[], divisions: readonly DivisionRow[]) {
    this.#organisations = new Map(organisations.map((row) => [row.id, row]));
    this.#divisions = new Map(divisions.map((row) => [row.id, row]));
  }

  static async read(q: Queries): Promise<Places> {
    return new Places(await q.organisations.list(), await q.organisations.divisions());
  }

  of({ organisationId, divisionId = null }: Standing): Place {
    const above = (id: OrganisationId) => this.#organisations.get(id)?.parentId;
    const upper = (id: DivisionId) => this.#divisions.get(id)?.parentId;
    return { organisations: chain(organisationId, above), divisions: chain(divisionId, upper) };
  }

  organisation(id: OrganisationId): OrganisationRow | undefined {
    return this.#organisations.get(id);
  }

  /** How a person is named on the command line (desk.ts): with their organisation where the server has several. */
  who({ organisationId, login }: { readonly organisationId: OrganisationId; readonly login: string }): string {
    const code = this.#organisations.get(organisationId)?.code;
    return this.#organisations.size > 1 && code !== undefined ? `${code}/${login}` : login;
  }

  /** `総務部/総務課`; empty for none. */
  path(divisionId: DivisionId | null): string {
    const names = chain(divisionId, (id) => this.#divisions.get(id)?.parentId).map(
      (id) => this.#divisions.get(id)?.name,
    );
    return names.reverse().join("/");
  }
}

function chain<Id>(from: Id | null, above: (id: Id) => Id | null | undefined): Id[] {
  const ids: Id[] = [];
  for (let id = from; id !== null && ids.length < MAX_DEPTH; id = above(id) ?? null) ids.push(id);
  return ids;
}

/** Of an organisation, or of the server as a whole. */
export const placeOfOrganisation = (q: Queries, id: OrganisationId | null): Promise<Place> =>
  id === null ? Promise.resolve(ROOT) : placeOf(q, { organisationId: id });
