/** Organisations, which are a tree, and the divisions below them. */
import { type Kysely, type SqlBool, sql } from "kysely";
import type { DivisionId, OrganisationCode, OrganisationId } from "../../protocol/ids.ts";
import { MOVED, type Note } from "../rows/changes.ts";
import { foldedDivision, foldedOrganisation } from "../rows/folded.ts";
import type { DivisionRow, OrganisationRow, Tables } from "../rows/tables.ts";
import { withAllBelow } from "./below.ts";
import { countOf, type ListFilter, matches, type PageOf } from "./lists.ts";

export type OrganisationListed = OrganisationRow & { parentCode: OrganisationCode | null };
/** `path`: the names from the top down, `総務部/総務課`. */
export type DivisionListed = DivisionRow & {
  organisationName: string;
  organisationCode: OrganisationCode;
  path: string;
};
/** Which division. */
export type OfDivision = readonly [OrganisationCode, path: string];

/** All but what they are searched by. */
export const ORGANISATION = [
  "organisations.id",
  "organisations.name",
  "organisations.createdAt",
  "organisations.kind",
  "organisations.parentId",
  "organisations.code",
] as const satisfies readonly `organisations.${keyof OrganisationRow}`[];
const DIVISION = [
  "divisions.id",
  "divisions.organisationId",
  "divisions.parentId",
  "divisions.name",
  "divisions.createdAt",
] as const satisfies readonly `divisions.${keyof DivisionRow}`[];

export class OrganisationQueries {
  readonly #db: Kysely<Tables>;
  readonly #note: Note;

  constructor(db: Kysely<Tables>, note: Note) {
    this.#db = db;
    this.#note = note;
  }

  async insert(row: OrganisationRow): Promise<void> {
    await this.#db
      .insertInto("organisations")
      .values({ ...row, folded: foldedOrganisation(row) })
      .execute();
  }

  /** By name. */
  page(filter: ListFilter, { after, limit }: PageOf<string>): Promise<OrganisationListed[]> {
    return this.#matching(filter)
      .leftJoin("organisations as above", "above.id", "organisations.parentId")
      .select(ORGANISATION)
      .select("above.code as parentCode")
      .$if(after !== undefined, (query) => query.where("organisations.name", ">", after ?? ""))
      .orderBy("organisations.name")
      .limit(limit)
      .execute();
  }

  count(filter: ListFilter): Promise<number> {
    return countOf(this.#matching(filter));
  }

  #matching(filter: ListFilter) {
    const searched = ["organisations.name", "organisations.code"];
    return this.#db.selectFrom("organisations").where(matches(filter, { organisation: "organisations.id", searched }));
  }

  byId(id: OrganisationId): Promise<OrganisationRow | undefined> {
    return this.#db.selectFrom("organisations").select(ORGANISATION).where("id", "=", id).executeTakeFirst();
  }

  byIds(ids: readonly OrganisationId[]): Promise<OrganisationRow[]> {
    return this.#db.selectFrom("organisations").select(ORGANISATION).where("id", "in", ids).execute();
  }

  rightBelow(ids: readonly OrganisationId[]): Promise<OrganisationRow[]> {
    return this.#db.selectFrom("organisations").select(ORGANISATION).where("parentId", "in", ids).execute();
  }

  byName(name: string): Promise<OrganisationRow | undefined> {
    return this.#db.selectFrom("organisations").select(ORGANISATION).where("name", "=", name).executeTakeFirst();
  }

  byCode(code: OrganisationCode): Promise<OrganisationRow | undefined> {
    return this.#db.selectFrom("organisations").select(ORGANISATION).where("code", "=", code).executeTakeFirst();
  }

  operator(): Promise<OrganisationRow | undefined> {
    return this.#db.selectFrom("organisations").select(ORGANISATION).where("kind", "=", "operator").executeTakeFirst();
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

  async insertDivision(...rows: readonly DivisionRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#db
      .insertInto("divisions")
      .values(rows.map((row) => ({ ...row, folded: foldedDivision(row) })))
      .execute();
  }

  /** It and all below it. */
  async countBelow(id: DivisionId): Promise<number> {
    const { rows } = await sql<{ total: number }>`
      select count(*) as total from (${withAllBelow("divisions", sql`id = ${id}`)}) as part`.execute(this.#db);
    return Number(rows[0]?.total ?? 0);
  }

  /** Nothing stands in it or below it, and nothing is said of it. */
  async isDivisionEmpty(id: DivisionId): Promise<boolean> {
    const { rows } = await sql<{ used: number }>`
      select 1 as used where exists (select 1 from divisions where parent_id = ${id})
        or exists (select 1 from people where division_id = ${id})
        or exists (select 1 from terminals where division_id = ${id})
        or exists (select 1 from duties where division_id = ${id})
        or exists (select 1 from locks where division_id = ${id})
        or exists (select 1 from policies where level = 'division' and place = ${id})`.execute(this.#db);
    return rows.length === 0;
  }

  /** Only an empty one: anything else that refers to it stops it. */
  async removeDivision(id: DivisionId): Promise<void> {
    await this.#db.deleteFrom("divisions").where("id", "=", id).execute();
  }

  /** By the organisation's code and the path. */
  divisionsPage(filter: ListFilter, { after, limit }: PageOf<OfDivision>): Promise<DivisionListed[]> {
    const [code, path] = after ?? [];
    const key = sql`${sql.ref("organisations.code")}, ${sql.ref("paths.path")}`;
    return this.#divisionsMatching(filter)
      .select(DIVISION)
      .select(["organisations.name as organisationName", "organisations.code as organisationCode", "paths.path"])
      .$if(after !== undefined, (query) => query.where(sql<SqlBool>`(${key}) > (${code}, ${path})`))
      .orderBy("organisations.code")
      .orderBy("paths.path")
      .limit(limit)
      .execute();
  }

  countDivisions(filter: ListFilter): Promise<number> {
    return countOf(this.#divisionsMatching(filter));
  }

  #divisionsMatching(filter: ListFilter) {
    const columns = { organisation: "divisions.organisationId", divisions: ["divisions.id"], searched: ["paths.path"] };
    return this.#db
      .withRecursive("paths", (db) =>
        db
          .selectFrom("divisions")
          .select(["divisions.id", "divisions.name as path"])
          .where("divisions.parentId", "is", null)
          .unionAll(
            db
              .selectFrom("divisions")
              .innerJoin("paths", "paths.id", "divisions.parentId")
              .select([
                "divisions.id",
                sql<string>`${sql.ref("paths.path")} || '/' || ${sql.ref("divisions.name")}`.as("path"),
              ]),
          ),
      )
      .selectFrom("divisions")
      .innerJoin("paths", "paths.id", "divisions.id")
      .innerJoin("organisations", "organisations.id", "divisions.organisationId")
      .where(matches(filter, columns));
  }

  divisionsOf(organisation: OrganisationId): Promise<DivisionRow[]> {
    return this.#db
      .selectFrom("divisions")
      .select(DIVISION)
      .where("organisationId", "=", organisation)
      .orderBy("name")
      .execute();
  }

  divisionsRightBelow(ids: readonly DivisionId[]): Promise<DivisionRow[]> {
    return this.#db.selectFrom("divisions").select(DIVISION).where("parentId", "in", ids).execute();
  }

  divisionById(id: DivisionId): Promise<DivisionRow | undefined> {
    return this.#db.selectFrom("divisions").select(DIVISION).where("id", "=", id).executeTakeFirst();
  }

  divisionsByIds(ids: readonly DivisionId[]): Promise<DivisionRow[]> {
    return this.#db.selectFrom("divisions").select(DIVISION).where("id", "in", ids).execute();
  }

  async moveDivision(id: DivisionId, parentId: DivisionId | null): Promise<void> {
    await this.#db.updateTable("divisions").set({ parentId }).where("id", "=", id).execute();
    this.#note("policy", id);
    this.#note("lock", MOVED);
  }
}
