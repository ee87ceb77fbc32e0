/** The rows of the audit. What they mean and how they are chained is audit/'s matter. */
import type { Kysely } from "kysely";
import type { AuditRow, Tables } from "../tables.ts";

export class AuditQueries {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async insert(row: AuditRow): Promise<void> {
    await this.#db.insertInto("audit").values(row).execute();
  }

  last(): Promise<Pick<AuditRow, "seq" | "hash"> | undefined> {
    return this.#db.selectFrom("audit").select(["seq", "hash"]).orderBy("seq", "desc").limit(1).executeTakeFirst();
  }

  /** In order, beginning behind `seq`. */
  after(seq: number, limit: number): Promise<AuditRow[]> {
    return this.#db.selectFrom("audit").selectAll().where("seq", ">", seq).orderBy("seq").limit(limit).execute();
  }
}
