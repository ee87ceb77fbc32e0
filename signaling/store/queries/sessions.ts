import type { Kysely } from "kysely";
import type { EndReason } from "../../protocol/errors.ts";
import type { SessionId } from "../../protocol/ids.ts";
import type { SessionRow, Tables } from "../tables.ts";

export class SessionQueries {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async insert(row: SessionRow): Promise<void> {
    await this.#db.insertInto("sessions").values(row).execute();
  }

  byId(id: SessionId): Promise<SessionRow | undefined> {
    return this.#db.selectFrom("sessions").selectAll().where("id", "=", id).executeTakeFirst();
  }

  /** Newest first. */
  list(limit: number): Promise<Array<SessionRow & { terminalName: string }>> {
    return this.#db
      .selectFrom("sessions")
      .innerJoin("terminals", "terminals.id", "sessions.terminalId")
      .selectAll("sessions")
      .select("terminals.name as terminalName")
      .orderBy("sessions.requestedAt", "desc")
      .limit(limit)
      .execute();
  }

  open(): Promise<SessionRow[]> {
    return this.#db.selectFrom("sessions").selectAll().where("endedAt", "is", null).orderBy("requestedAt").execute();
  }

  /** False when it was live before, or is over. */
  async live(id: SessionId, at: number): Promise<boolean> {
    const result = await this.#db
      .updateTable("sessions")
      .set({ liveAt: at })
      .where("id", "=", id)
      .where("liveAt", "is", null)
      .where("endedAt", "is", null)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  /** Whether the office PC was locked after it, or in it; `at`: the office PC's clock. The last word counts. */
  async lock(id: SessionId, lock: "locked" | "lock-failed", at: number): Promise<void> {
    await this.#db.updateTable("sessions").set({ lock, lockAt: at }).where("id", "=", id).execute();
  }

  /** False when it was over: the first reason stays. */
  async end(id: SessionId, at: number, reason: EndReason): Promise<boolean> {
    const result = await this.#db
      .updateTable("sessions")
      .set({ endedAt: at, reason })
      .where("id", "=", id)
      .where("endedAt", "is", null)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }
}
