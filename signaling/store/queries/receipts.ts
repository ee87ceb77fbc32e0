/** What office PCs said of sessions that were over (protocol/receipt.ts). */
import { type Kysely, sql } from "kysely";
import type { SessionId } from "../../protocol/ids.ts";
import type { ReceiptRow } from "../rows/audit.ts";
import type { Tables } from "../rows/tables.ts";

export class ReceiptQueries {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** False: there is one already, which stays. */
  async insert(row: ReceiptRow): Promise<boolean> {
    const result = await this.#db
      .insertInto("receipts")
      .values(row)
      .onConflict((c) => c.doNothing())
      .executeTakeFirst();
    return Number(result.numInsertedOrUpdatedRows ?? 0) > 0;
  }

  of(session: SessionId): Promise<ReceiptRow | undefined> {
    return this.#db.selectFrom("receipts").selectAll().where("sessionId", "=", session).executeTakeFirst();
  }

  /** Those of sessions that were forgotten. */
  async forgetOrphans(): Promise<void> {
    await sql`delete from receipts where not exists (select 1 from sessions where id = session_id)`.execute(this.#db);
  }
}
