/** Sums of refusals that are not in the audit yet: one row for each kind. */
import type { Kysely } from "kysely";
import type { Tables } from "../rows/tables.ts";

export class RefusalQueries {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async sum(kind: string): Promise<string | undefined> {
    const row = await this.#db.selectFrom("refusalSums").select("sum").where("kind", "=", kind).executeTakeFirst();
    return row?.sum;
  }

  async put(kind: string, sum: string): Promise<void> {
    await this.#db
      .insertInto("refusalSums")
      .values({ kind, sum })
      .onConflict((conflict) => conflict.column("kind").doUpdateSet({ sum }))
      .execute();
  }

  async drop(kind: string): Promise<void> {
    await this.#db.deleteFrom("refusalSums").where("kind", "=", kind).execute();
  }
}
