import type { Kysely } from "kysely";
import type { OrganisationId } from "../../protocol/ids.ts";
import type { OrganisationRow, Tables } from "../rows/tables.ts";
import { type ListFilter, matches, type PageOf } from "./lists.ts";

export class OrganisationQueries {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async insert(row: OrganisationRow): Promise<void> {
    await this.#db.insertInto("organisations").values(row).execute();
  }

  /** By name. */
  page(filter: ListFilter, { after, limit }: PageOf<string>): Promise<OrganisationRow[]> {
    return this.#matching(filter)
      .selectAll()
      .$if(after !== undefined, (query) => query.where("name", ">", after ?? ""))
      .orderBy("name")
      .limit(limit)
      .execute();
  }

  async count(filter: ListFilter): Promise<number> {
    const row = await this.#matching(filter)
      .select(({ fn }) => fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    return Number(row.count);
  }

  #matching(filter: ListFilter) {
    return this.#db.selectFrom("organisations").where(matches(filter, { searched: ["name"] }));
  }

  byId(id: OrganisationId): Promise<OrganisationRow | undefined> {
    return this.#db.selectFrom("organisations").selectAll().where("id", "=", id).executeTakeFirst();
  }

  byName(name: string): Promise<OrganisationRow | undefined> {
    return this.#db.selectFrom("organisations").selectAll().where("name", "=", name).executeTakeFirst();
  }
}
