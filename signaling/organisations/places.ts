/** Where things stand: the way from an organisation and a division up to the root. */
import { type Place, ROOT } from "../auth/principal.ts";
import { type DivisionId, type Login, type OrganisationId, QualifiedLogin } from "../protocol/ids.ts";
import type { Whose } from "../store/queries/lists.ts";
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

/** For many. */
export class Places {
  readonly #organisations: ReadonlyMap<OrganisationId, OrganisationRow>;
  readonly #divisions: ReadonlyMap<DivisionId, DivisionRow>;
  readonly #areSeveral: boolean;

  constructor(organisations: readonly OrganisationRow[], divisions: readonly DivisionRow[], areSeveral = false) {
    this.#organisations = new Map(organisations.map((row) => [row.id, row]));
    this.#divisions = new Map(divisions.map((row) => [row.id, row]));
    this.#areSeveral = areSeveral;
  }

  /** What is needed for these rows: the way from them up to the root. */
  static async around(q: Queries, rows: readonly Partial<Nullable<Standing>>[]): Promise<Places> {
    const organisations = await upFrom(
      rows.map((row) => row.organisationId),
      (ids) => q.organisations.byIds(ids),
    );
    const divisions = await upFrom(
      rows.map((row) => row.divisionId),
      (ids) => q.organisations.divisionsByIds(ids),
    );
    return new Places(organisations, divisions, (await q.organisations.firstTwo()).length > 1);
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
  who({ organisationId, login }: { readonly organisationId: OrganisationId; readonly login: Login }): Whose {
    const code = this.#organisations.get(organisationId)?.code;
    return this.#areSeveral && code !== undefined ? QualifiedLogin.parse(`${code}/${login}`) : login;
  }

  named({ organisationId, divisionId = null }: Standing): Named {
    const { name = "", code = "" } = this.#organisations.get(organisationId) ?? {};
    return { organisationName: name, organisationCode: code, division: this.path(divisionId) };
  }

  /** `総務部/総務課`; empty for none. */
  path(divisionId: DivisionId | null): string {
    return this.way(divisionId)
      .map(({ name }) => name)
      .join("/");
  }

  /** From the top down to this one. */
  way(divisionId: DivisionId | null): DivisionRow[] {
    const ids = chain(divisionId, (id) => this.#divisions.get(id)?.parentId);
    return ids.reverse().flatMap((id) => this.#divisions.get(id) ?? []);
  }
}

function chain<Id>(from: Id | null, above: (id: Id) => Id | null | undefined): Id[] {
  const ids: Id[] = [];
  for (let id = from; id !== null && ids.length < MAX_DEPTH; id = above(id) ?? null) ids.push(id);
  return ids;
}

type Nullable<T> = { [K in keyof T]: T[K] | null };

/** These rows, those above them, and so on. */
async function upFrom<Id, Row extends { readonly id: Id; readonly parentId: Id | null }>(
  from: ReadonlyArray<Id | null | undefined>,
  read: (ids: readonly Id[]) => Promise<Row[]>,
): Promise<Row[]> {
  const known = new Set<Id>();
  const all: Row[] = [];
  for (let next = from; ; ) {
    const ids = [...new Set(next)].filter((id) => id !== null && id !== undefined && !known.has(id)) as Id[];
    if (ids.length === 0) return all;
    for (const id of ids) known.add(id);
    const rows = await read(ids);
    all.push(...rows);
    next = rows.map(({ parentId }) => parentId);
  }
}

/** How the command line says whose rows are, and where they stand. */
export interface Named {
  readonly organisationName: string;
  readonly organisationCode: string;
  /** `総務部/総務課`; empty: of the organisation as a whole. */
  readonly division: string;
}

export async function named<T extends Standing>(q: Queries, rows: readonly T[]): Promise<Array<T & Named>> {
  const places = await Places.around(q, rows);
  return rows.map((row) => ({ ...row, ...places.named(row) }));
}

/** The same for what is a person's: with the login as the command line takes it. */
export async function withWhose<T extends Standing & { readonly login: Login }>(
  q: Queries,
  rows: readonly T[],
): Promise<Array<T & { readonly whose: Whose }>> {
  const places = await Places.around(q, rows);
  return rows.map((row) => ({ ...row, whose: places.who(row) }));
}

/** Of an organisation, or of the server as a whole. */
export const placeOfOrganisation = (q: Queries, id: OrganisationId | null): Promise<Place> =>
  id === null ? Promise.resolve(ROOT) : placeOf(q, { organisationId: id });
