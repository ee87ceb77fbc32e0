/** Actions that wait for a second person. */
import type { Kysely } from "kysely";
import type { ConfirmationRow, Tables } from "../rows/tables.ts";

export class ConfirmationQueries {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async insert(row: ConfirmationRow): Promise<void> {
    await this.#db.insertInto("confirmations").values(row).execute();
  }

  /** Those that wait still, the oldest first. */
  waiting(now: number): Promise<ConfirmationRow[]> {
    return this.#db
      .selectFrom("confirmations")
      .selectAll()
      .where("confirmedAt", "is", null)
      .where("expiresAt", ">", now)
      .orderBy("askedAt")
      .execute();
  }

  /** False: somebody was faster, or it is too late. */
  async confirm(id: string, by: string, at: number): Promise<boolean> {
    const result = await this.#db
      .updateTable("confirmations")
      .set({ confirmedBy: by, confirmedAt: at })
      .where("id", "=", id)
      .where("confirmedAt", "is", null)
      .where("expiresAt", ">", at)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  /** The audit keeps that they were. */
  async forget(before: number): Promise<void> {
    await this.#db.deleteFrom("confirmations").where("expiresAt", "<=", before).execute();
  }
}
