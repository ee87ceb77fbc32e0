/** Organisations, which are a tree, and the divisions below them. */
import type { Kysely } from "kysely";
import type { DivisionId, OrganisationCode, OrganisationId } from "../../protocol/ids.ts";
import { foldedDivision, foldedOrganisation } from "../rows/folded.ts";
import type { DivisionRow, OrganisationRow, Tables } from "../rows/tables.ts";

/** All but what they are searched by. */
const ORGANISATION = [
  "id",
  "name",
  "createdAt",
  "kind",
  "parentId",
  "code",
] as const satisfies readonly (keyof OrganisationRow)[];
const DIVISION = [
  "id",
  "organisationId",
  "parentId",
  "name",
  "createdAt",
] as const satisfies readonly (keyof DivisionRow)[];

export class OrganisationQueries {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async insert(row: OrganisationRow): Promise<void> {
    await this.#db
      .insertInto("organisations")
      .values({ ...row, folded: foldedOrganisation(row) })
      .execute();
  }

  list(): Promise<OrganisationRow[]> {
    return this.#db.selectFrom("organisations").select(ORGANISATION).orderBy("name").execute();
  }

  byId(id: OrganisationId): Promise<OrganisationRow | undefined> {
    return this.#db.selectFrom("organisations").select(ORGANISATION).where("id", "=", id).executeTakeFirst();
  }

  byName(name: string): Promise<OrganisationRow | undefined> {
    return this.#db.selectFrom("organisations").select(ORGANISATION).where("name", "=", name).executeTakeFirst();
  }

  byCode(code: OrganisationCode): Promise<OrganisationRow | undefined> {
    return this.#db.selectFrom("organisations").select(ORGANISATION).where("code", "=", code).executeTakeFirst();
  }

  /** Two of them at most: is there one, and only one? */
  firstTwo(): Promise<OrganisationRow[]> {
    return this.#db.selectFrom("organisations").select(ORGANISATION).limit(2).execute();
  }

  async setCode(id: OrganisationId, code: OrganisationCode): Promise<void> {
    const name = (await this.byId(id))?.name ?? "";
    const row = { code, folded: foldedOrganisation({ name, code }) };
    await this.#db.updateTable("organisations").set(row).where("id", "=", id).execute();
  }

  async insertDivision(row: DivisionRow): Promise<void> {
    await this.#db
      .insertInto("divisions")
      .values({ ...row, folded: foldedDivision(row) })
      .execute();
  }

  divisions(): Promise<DivisionRow[]> {
    return this.#db.selectFrom("divisions").select(DIVISION).orderBy("name").execute();
  }

  divisionsOf(organisation: OrganisationId): Promise<DivisionRow[]> {
    return this.#db
      .selectFrom("divisions")
      .select(DIVISION)
      .where("organisationId", "=", organisation)
      .orderBy("name")
      .execute();
  }

  divisionById(id: DivisionId): Promise<DivisionRow | undefined> {
    return this.#db.selectFrom("divisions").select(DIVISION).where("id", "=", id).executeTakeFirst();
  }

  async moveDivision(id: DivisionId, parentId: DivisionId | null): Promise<void> {
    await this.#db.updateTable("divisions").set({ parentId }).where("id", "=", id).execute();
  }
}
