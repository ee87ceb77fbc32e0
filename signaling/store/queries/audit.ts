/** The rows of the audit. What they mean and how they are chained is audit/'s matter. */
import { createHmac } from "node:crypto";
import type { Kysely } from "kysely";
import type { AuditRow, Tables } from "../rows/tables.ts";
import { countOf, type ListFilter, matches, type PageOf } from "./lists.ts";

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

  async insert(...rows: readonly AuditRow[]): Promise<void> {
    if (rows.length > 0) await this.#db.insertInto("audit").values(rows).execute();
  }

  last(): Promise<Pick<AuditRow, "seq" | "hash" | "mac"> | undefined> {
    return this.#db
      .selectFrom("audit")
      .select(["seq", "hash", "mac"])
      .orderBy("seq", "desc")
      .limit(1)
      .executeTakeFirst();
  }

  /** In order, beginning behind `seq`. */
  after(seq: number, limit: number): Promise<AuditRow[]> {
    return this.#db.selectFrom("audit").selectAll().where("seq", ">", seq).orderBy("seq").limit(limit).execute();
  }

  /** Newest first. */
  page(filter: ListFilter, { after, limit }: PageOf<number>): Promise<AuditRow[]> {
    return this.#matching(filter)
      .selectAll()
      .$if(after !== undefined, (query) => query.where("seq", "<", after ?? 0))
      .orderBy("seq", "desc")
      .limit(limit)
      .execute();
  }

  count(filter: ListFilter): Promise<number> {
    return countOf(this.#matching(filter));
  }

  #matching(filter: ListFilter) {
    const searched = ["event", "actor", "about"];
    return this.#db.selectFrom("audit").where(matches(filter, { organisation: "organisationId", searched }));
  }
}
