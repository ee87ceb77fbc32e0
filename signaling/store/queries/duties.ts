/** Duties beyond being staff: who has which, where. */
import { type Kysely, sql } from "kysely";
import type {
  DivisionId,
  Login,
  OrganisationCode,
  OrganisationId,
  PersonId,
  QualifiedLogin,
} from "../../protocol/ids.ts";
import type { DutyRole, DutyRow, Tables } from "../rows/tables.ts";
import { behind, countOf, type ListFilter, matches, type PageOf } from "./lists.ts";

/** Which duty of whom. An empty division: the whole organisation. */
export type OfDuty = readonly [QualifiedLogin, DutyRole, OrganisationId, DivisionId | ""];
/** `homeCode`: of the person's own organisation. */
export type DutyListed = DutyRow & { login: Login; personName: string; homeCode: OrganisationCode };

/** One duty of one person. */
export interface DutyKey {
  readonly personId: PersonId;
  readonly role: DutyRole;
  readonly organisationId: OrganisationId;
  readonly divisionId: DivisionId | null;
}

export class DutyQueries {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** False: they have it already. */
  async insert(row: DutyRow): Promise<boolean> {
    const result = await this.#db
      .insertInto("duties")
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return result.numInsertedOrUpdatedRows === 1n;
  }

  /** False: they do not have it. */
  async remove({ personId, role, organisationId, divisionId }: DutyKey): Promise<boolean> {
    const result = await this.#db
      .deleteFrom("duties")
      .where("personId", "=", personId)
      .where("role", "=", role)
      .where("organisationId", "=", organisationId)
      .where("divisionId", divisionId === null ? "is" : "=", divisionId)
      .executeTakeFirst();
    return result.numDeletedRows === 1n;
  }

  of(person: PersonId): Promise<DutyRow[]> {
    return this.#db.selectFrom("duties").selectAll().where("personId", "=", person).execute();
  }

  /** By login, and then by what they are. */
  page(filter: ListFilter, { after, limit }: PageOf<OfDuty>): Promise<DutyListed[]> {
    const [whose, role, organisation, division] = (after ?? []) as OfDuty;
    const part = sql`coalesce(${sql.ref("duties.divisionId")}, '')`;
    const rest = [
      [sql.ref("duties.role"), role],
      [sql.ref("duties.organisationId"), organisation],
      [part, division],
    ] as const;
    return this.#matching(filter)
      .selectAll("duties")
      .select(["people.login", "people.name as personName", "organisations.code as homeCode"])
      .$if(after !== undefined, (query) => query.where(behind(whose, ...rest)))
      .orderBy("people.login")
      .orderBy("organisations.code")
      .orderBy("duties.role")
      .orderBy("duties.organisationId")
      .orderBy(part)
      .limit(limit)
      .execute();
  }

  count(filter: ListFilter): Promise<number> {
    return countOf(this.#matching(filter));
  }

  #matching(filter: ListFilter) {
    const standing = { organisation: "duties.organisationId", divisions: ["duties.divisionId"] };
    return this.#db
      .selectFrom("duties")
      .innerJoin("people", "people.id", "duties.personId")
      .innerJoin("organisations", "organisations.id", "people.organisationId")
      .where(matches(filter, { ...standing, searched: ["people.login", "people.name", "duties.role"] }));
  }
}
