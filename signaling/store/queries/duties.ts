/** Duties beyond being staff: who has which, where. */
import type { Kysely } from "kysely";
import type { DivisionId, Login, OrganisationId, PersonId } from "../../protocol/ids.ts";
import type { DutyRole, DutyRow, Tables } from "../rows/tables.ts";

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

  list(): Promise<Array<DutyRow & { login: Login; personName: string; homeId: OrganisationId }>> {
    return this.#db
      .selectFrom("duties")
      .innerJoin("people", "people.id", "duties.personId")
      .selectAll("duties")
      .select(["people.login", "people.name as personName", "people.organisationId as homeId"])
      .orderBy("people.login")
      .orderBy("duties.since")
      .execute();
  }
}
