/** The rows of the audit. What they mean and how they are chained is audit/'s matter. */
import { createHmac } from "node:crypto";
import type { Kysely } from "kysely";
import type { OrganisationId } from "../../protocol/ids.ts";
import type { AuditRow, Tables } from "../rows/tables.ts";

export class AuditQueries {
  readonly #db: Kysely<Tables>;

  readonly #key: Uint8Array | undefined;

  constructor(db: Kysely<Tables>, key: Uint8Array | undefined) {
    this.#db = db;
    this.#key = key;
  }

  /** Of a record's hash; null without a key. */
  seal(hash: string): string | null {
    return this.#key ? createHmac("sha256", this.#key).update(`engawa audit 1 ${hash}`).digest("hex") : null;
  }

  async insert(row: AuditRow): Promise<void> {
    await this.#db.insertInto("audit").values(row).execute();
  }

  last(): Promise<Pick<AuditRow, "seq" | "hash" | "mac"> | undefined> {
    return this.#db
      .selectFrom("audit")
      .select(["seq", "hash", "mac"])
      .orderBy("seq", "desc")
      .limit(1)
      .executeTakeFirst();
  }

  /** The newest of these organisations, the newest first. */
  lastOf(organisations: readonly OrganisationId[], limit: number): Promise<AuditRow[]> {
    return this.#db
      .selectFrom("audit")
      .selectAll()
      .where("organisationId", "in", organisations)
      .orderBy("seq", "desc")
      .limit(limit)
      .execute();
  }

  /** In order, beginning behind `seq`. */
  after(seq: number, limit: number): Promise<AuditRow[]> {
    return this.#db.selectFrom("audit").selectAll().where("seq", ">", seq).orderBy("seq").limit(limit).execute();
  }
}
