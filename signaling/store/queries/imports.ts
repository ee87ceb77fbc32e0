/** Imports that can be undone. */
import type { Kysely } from "kysely";
import type { ImportKind } from "../../protocol/console-import.ts";
import type { ImportRow, Tables } from "../rows/tables.ts";

export class ImportQueries {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async insert(row: ImportRow): Promise<void> {
    await this.#db.insertInto("imports").values(row).execute();
  }

  /** The last one of this kind of somebody. */
  lastOf(by: string, kind: ImportKind): Promise<ImportRow | undefined> {
    return this.#db
      .selectFrom("imports")
      .selectAll()
      .where("by", "=", by)
      .where("kind", "=", kind)
      .orderBy("at", "desc")
      .orderBy("id")
      .limit(1)
      .executeTakeFirst();
  }

  /** False: it was undone before. */
  async undone(id: string, at: number): Promise<boolean> {
    const result = await this.#db
      .updateTable("imports")
      .set({ undoneAt: at, deeds: "[]" })
      .where("id", "=", id)
      .where("undoneAt", "is", null)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  /** The audit keeps that they were. */
  async forget(before: number): Promise<void> {
    await this.#db.deleteFrom("imports").where("at", "<=", before).execute();
  }
}
