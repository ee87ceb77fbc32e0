/** Which office PCs know a device, which of them have to forget it, and which have. */
import { type Kysely, sql } from "kysely";
import type { KeyCode, Login, OrganisationId, PersonId, PublicKey, TerminalId } from "../../protocol/ids.ts";
import type { Note } from "../rows/changes.ts";
import type { ForgetRow, Tables } from "../rows/tables.ts";

/** An office PC that has let a device in, as far as this server has seen. */
export interface Knowing {
  terminalId: TerminalId;
  terminalName: string;
  /** Of the newest session in which its picture was shown. */
  lastAt: number;
}

/** An order that stands: by the login and the code an office PC finds it on its own list. */
export interface Owed {
  terminalId: TerminalId;
  login: Login;
  code: KeyCode;
}

export class ForgetQueries {
  readonly #db: Kysely<Tables>;
  readonly #note: Note;

  constructor(db: Kysely<Tables>, note: Note) {
    this.#db = db;
    this.#note = note;
  }

  /** A session becomes live only where the office PC's own list names device and person. */
  knownBy(person: PersonId, publicKey: PublicKey): Promise<Knowing[]> {
    return this.#db
      .selectFrom("sessions")
      .innerJoin("terminals", "terminals.id", "sessions.terminalId")
      .select(["sessions.terminalId", "terminals.name as terminalName"])
      .select(({ fn }) => fn.max("sessions.liveAt").$notNull().as("lastAt"))
      .where("sessions.personId", "=", person)
      .where("sessions.deviceKey", "=", publicKey)
      .where("sessions.liveAt", "is not", null)
      .groupBy(["sessions.terminalId", "terminals.name"])
      .orderBy("terminals.name")
      .execute();
  }

  /** To be told as soon as the office PC is here. One that was carried out before is asked for anew. */
  async order(row: Omit<ForgetRow, "doneAt">): Promise<void> {
    await this.#db
      .insertInto("forgets")
      .values({ ...row, doneAt: null })
      .onConflict((conflict) =>
        conflict.columns(["terminalId", "personId", "code"]).doUpdateSet({ orderedAt: row.orderedAt, doneAt: null }),
      )
      .execute();
    this.#note("person", row.personId);
  }

  /** The device is let in again: whoever has not forgotten it yet need not. */
  async cancel(person: PersonId, code: KeyCode): Promise<void> {
    await this.#db
      .deleteFrom("forgets")
      .where("personId", "=", person)
      .where("code", "=", code)
      .where("doneAt", "is", null)
      .execute();
  }

  /** The oldest first. */
  owed(
    of: { terminals: readonly TerminalId[] } | { persons: readonly PersonId[] } | "everybody",
    limit: number,
  ): Promise<Owed[]> {
    return this.#db
      .selectFrom("forgets")
      .innerJoin("people", "people.id", "forgets.personId")
      .select(["forgets.terminalId", "people.login", "forgets.code"])
      .where("forgets.doneAt", "is", null)
      .$if(of !== "everybody" && "terminals" in of, (query) =>
        query.where("forgets.terminalId", "in", (of as { terminals: readonly TerminalId[] }).terminals),
      )
      .$if(of !== "everybody" && "persons" in of, (query) =>
        query.where("forgets.personId", "in", (of as { persons: readonly PersonId[] }).persons),
      )
      .orderBy("forgets.orderedAt")
      .orderBy("forgets.terminalId")
      .orderBy("forgets.code")
      .limit(limit)
      .execute();
  }

  /** Whose it is; undefined when nobody asked for it. */
  async done({ terminalId, login, code }: Owed, at: number): Promise<OrganisationId | undefined> {
    const row = await this.#db
      .updateTable("forgets")
      .set({ doneAt: at })
      .where("terminalId", "=", terminalId)
      .where("code", "=", code)
      .where("doneAt", "is", null)
      .where("personId", "in", (query) => query.selectFrom("people").select("id").where("login", "=", login))
      .returning("organisationId")
      .executeTakeFirst();
    return row?.organisationId;
  }

  /** Of one device of this person. */
  of(person: PersonId, code: KeyCode): Promise<Array<ForgetRow & { terminalName: string }>> {
    return this.#db
      .selectFrom("forgets")
      .innerJoin("terminals", "terminals.id", "forgets.terminalId")
      .selectAll("forgets")
      .select("terminals.name as terminalName")
      .where("forgets.personId", "=", person)
      .where("forgets.code", "=", code)
      .orderBy(sql.ref("terminals.name"))
      .execute();
  }
}
