import type { Kysely } from "kysely";
import type { OrganisationId } from "../../protocol/ids.ts";
import type { OrganisationRow, Tables } from "../rows/tables.ts";

export class OrganisationQueries {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async insert(row: OrganisationRow): Promise<void> {
    await this.#db.insertInto("organisations").values(row).execute();
  }

  list(): Promise<OrganisationRow[]> {
    return this.#db.selectFrom("organisations").selectAll().orderBy("name").execute();
  }

  byId(id: OrganisationId): Promise<OrganisationRow | undefined> {
    return this.#db.selectFrom("organisations").selectAll().where("id", "=", id).executeTakeFirst();
  }

  byName(name: string): Promise<OrganisationRow | undefined> {
    return this.#db.selectFrom("organisations").selectAll().where("name", "=", name).executeTakeFirst();
  }
}
