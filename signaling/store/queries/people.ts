import type { Kysely } from "kysely";
import type { Login, PersonId } from "../../protocol/ids.ts";
import type { Note } from "../changes.ts";
import type { PersonRow, Tables } from "../tables.ts";

export class PersonQueries {
  readonly #db: Kysely<Tables>;
  readonly #note: Note;

  constructor(db: Kysely<Tables>, note: Note) {
    this.#db = db;
    this.#note = note;
  }

  async insert(row: PersonRow): Promise<void> {
    await this.#db.insertInto("people").values(row).execute();
  }

  list(): Promise<PersonRow[]> {
    return this.#db.selectFrom("people").selectAll().orderBy("login").execute();
  }

  byId(id: PersonId): Promise<PersonRow | undefined> {
    return this.#db.selectFrom("people").selectAll().where("id", "=", id).executeTakeFirst();
  }

  byLogin(login: Login): Promise<PersonRow | undefined> {
    return this.#db.selectFrom("people").selectAll().where("login", "=", login).executeTakeFirst();
  }

  async setDisabled(id: PersonId, at: number | null): Promise<void> {
    await this.#db.updateTable("people").set({ disabledAt: at }).where("id", "=", id).execute();
    this.#note("person", id);
  }

  async setPassword(id: PersonId, passwordHash: string, at: number): Promise<void> {
    await this.#db.updateTable("people").set({ passwordHash, passwordChangedAt: at }).where("id", "=", id).execute();
  }

  /** A new seed has no used codes. */
  async setSeed(id: PersonId, totpSeed: string): Promise<void> {
    await this.#db.updateTable("people").set({ totpSeed, lastTotpStep: -1 }).where("id", "=", id).execute();
  }

  /**
   * Uses up the code of this time step: true exactly once per step, whoever asks at the same moment (RFC 6238 §5.2). The
   * comparison is part of the statement.
   */
  async takeStep(id: PersonId, step: number): Promise<boolean> {
    const result = await this.#db
      .updateTable("people")
      .set({ lastTotpStep: step })
      .where("id", "=", id)
      .where("lastTotpStep", "<", step)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  async countFailure(id: PersonId): Promise<void> {
    await this.#db
      .updateTable("people")
      .set((row) => ({ failures: row("failures", "+", 1) }))
      .where("id", "=", id)
      .execute();
  }

  async clearFailures(id: PersonId): Promise<void> {
    await this.#db.updateTable("people").set({ failures: 0 }).where("id", "=", id).where("failures", ">", 0).execute();
  }
}
