/** Actions that wait for a second person. */
import { type Kysely, type SqlBool, sql } from "kysely";
import type { DivisionId } from "../../protocol/ids.ts";
import type { ConfirmationRow, Tables } from "../rows/tables.ts";
import { countOf, EVERYTHING, type ListFilter, matches, type PageOf } from "./lists.ts";

/** When it was asked for (epoch ms), and its number. */
export type OfConfirmation = readonly [askedAt: number, id: string];

/** It stands where the person does to whom it is to be done. */
export type ConfirmationListed = ConfirmationRow & { divisionId: DivisionId | null };

export class ConfirmationQueries {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async insert(row: ConfirmationRow): Promise<void> {
    await this.#db.insertInto("confirmations").values(row).execute();
  }

  /** Those that wait still, the oldest first. */
  page(filter: ListFilter, now: number, { after, limit }: PageOf<OfConfirmation>): Promise<ConfirmationListed[]> {
    const [askedAt, id] = after ?? [];
    const key = sql`${sql.ref("confirmations.askedAt")}, ${sql.ref("confirmations.id")}`;
    return this.#waiting(filter, now)
      .selectAll("confirmations")
      .select("people.divisionId")
      .$if(after !== undefined, (query) => query.where(sql<SqlBool>`(${key}) > (${askedAt}, ${id})`))
      .orderBy("confirmations.askedAt")
      .orderBy("confirmations.id")
      .limit(limit)
      .execute();
  }

  count(filter: ListFilter, now: number): Promise<number> {
    return countOf(this.#waiting(filter, now));
  }

  /** This one, if it waits still. */
  waiting(id: string, now: number): Promise<ConfirmationRow | undefined> {
    return this.#waiting(EVERYTHING, now)
      .selectAll("confirmations")
      .where("confirmations.id", "=", id)
      .executeTakeFirst();
  }

  /** The one that waits for the same. */
  same(
    { action, personId, about }: Pick<ConfirmationRow, "action" | "personId" | "about">,
    now: number,
  ): Promise<ConfirmationRow | undefined> {
    return this.#waiting(EVERYTHING, now)
      .selectAll("confirmations")
      .where("confirmations.personId", "=", personId)
      .where("confirmations.action", "=", action)
      .where("confirmations.about", "=", about)
      .executeTakeFirst();
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

  #waiting(filter: ListFilter, now: number) {
    const standing = { organisation: "people.organisationId", divisions: ["people.divisionId"] };
    return this.#db
      .selectFrom("confirmations")
      .innerJoin("people", "people.id", "confirmations.personId")
      .where("confirmations.confirmedAt", "is", null)
      .where("confirmations.expiresAt", ">", now)
      .where(matches(filter, { ...standing, searched: ["people.login", "people.name", "confirmations.action"] }));
  }
}
