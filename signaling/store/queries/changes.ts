/** The newest changes of rights (../rows/changes.ts), in the order in which they were written. */
import { randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import type { Change, Changes } from "../rows/changes.ts";
import type { Tables } from "../rows/tables.ts";

export interface NewChanges {
  /** The newest number there is; 0 when there is none. */
  readonly newest: number;
  readonly changes: Changes;
}

/** Stands for a write that changed nobody's rights, and for one of which that is not known. */
export type Mark = "none" | "unknown";

export class ChangeQueries {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async insert(writer: string, changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return;
    await this.#db
      .insertInto("changes")
      .values(changes.map((change) => ({ writer, ...change })))
      .execute();
  }

  async insertMark(writer: string, mark: Mark): Promise<void> {
    await this.#db.insertInto("changes").values({ writer, kind: mark, subject: mark }).execute();
  }

  async newest(): Promise<number> {
    const row = await this.#db.selectFrom("changes").select("id").orderBy("id", "desc").limit(1).executeTakeFirst();
    return row?.id ?? 0;
  }

  /**
   * What others than `writer` changed behind this number; "everything" where nobody knows: more than `limit`, or some of it is no
   * longer there, or it is said that nobody does. `isSilenceTelling`: who asks knows that somebody wrote; who said nothing is another
   * version of the program, or a hand.
   */
  async by(others: { than: string; after: number; limit: number; isSilenceTelling: boolean }): Promise<NewChanges> {
    const { than, after, limit, isSilenceTelling } = others;
    const newest = await this.newest();
    const oldest = await this.#db.selectFrom("changes").select("id").orderBy("id").limit(1).executeTakeFirst();
    const changes = await this.#db
      .selectFrom("changes")
      .select(["kind", "subject"])
      .where("id", ">", after)
      .where("id", "<=", newest) // what is written at this moment is told the next time
      .where("writer", "!=", than)
      .orderBy("id")
      .limit(limit + 1)
      .execute();
    const isGap = newest > after && (oldest?.id ?? 0) > after + 1;
    const isSaid = changes.length > 0 || !isSilenceTelling;
    const isKnown = !isGap && isSaid && changes.length <= limit && changes.every(({ kind }) => kind !== "unknown");
    const said = changes.filter(({ kind }) => kind !== "none") as Change[];
    return { newest, changes: isKnown ? said : "everything" };
  }

  /** Takes so much room (at random: what repeats itself may be kept in less), and gives it back. Fails like any write when there is none. */
  async tryRoom(bytes: number): Promise<void> {
    const row = { writer: "", kind: "session" as const, subject: randomBytes(bytes / 2).toString("hex") };
    const { id } = await this.#db.insertInto("changes").values(row).returning("id").executeTakeFirstOrThrow();
    await this.#db.deleteFrom("changes").where("id", "=", id).execute();
  }

  /** Keeps the newest `count`. */
  async keepNewest(count: number): Promise<void> {
    await this.#db
      .deleteFrom("changes")
      .where("id", "<=", (await this.newest()) - count)
      .execute();
  }
}
