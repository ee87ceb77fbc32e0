import type { Kysely } from "kysely";
import type { PersonId } from "../../protocol/ids.ts";
import type { MailCodeRow, Tables } from "../rows/tables.ts";

export class MailCodeQueries {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async insert(row: MailCodeRow): Promise<void> {
    await this.#db.insertInto("mailCodes").values(row).execute();
  }

  /** When this person's codes were made, from `since` on, the newest first. */
  async madeSince(person: PersonId, since: number): Promise<number[]> {
    const rows = await this.#db
      .selectFrom("mailCodes")
      .select("madeAt")
      .where("personId", "=", person)
      .where("madeAt", ">", since)
      .orderBy("madeAt", "desc")
      .execute();
    return rows.map(({ madeAt }) => madeAt);
  }

  /** The one that this person may use with this device at this moment. There is one at most: a new one puts the others away. */
  usable(person: PersonId, device: string, at: number): Promise<MailCodeRow | undefined> {
    return this.#db
      .selectFrom("mailCodes")
      .selectAll()
      .where("personId", "=", person)
      .where("deviceId", "=", device)
      .where("overAt", "is", null)
      .where("expiresAt", ">", at)
      .orderBy("madeAt", "desc")
      .limit(1)
      .executeTakeFirst();
  }

  /** Uses it up: true exactly once, whoever asks at the same moment. */
  async take(id: string, at: number): Promise<boolean> {
    const result = await this.#db
      .updateTable("mailCodes")
      .set({ overAt: at })
      .where("id", "=", id)
      .where("overAt", "is", null)
      .where("expiresAt", ">", at)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  /** None of this person's codes counts any longer. */
  async putAway(person: PersonId, at: number): Promise<void> {
    await this.#db
      .updateTable("mailCodes")
      .set({ overAt: at })
      .where("personId", "=", person)
      .where("overAt", "is", null)
      .execute();
  }

  async forget(before: number): Promise<void> {
    await this.#db.deleteFrom("mailCodes").where("madeAt", "<", before).execute();
  }
}
