import type { Kysely } from "kysely";
import type { EndReason } from "../../protocol/errors.ts";
import type { Login, OrganisationId, PersonId, PublicKey } from "../../protocol/ids.ts";
import type { SignInRow, Tables } from "../tables.ts";

/** A sign-in that holds, with whom it is about. */
export interface LiveSignIn {
  id: string;
  personId: PersonId;
  login: Login;
  name: string;
  organisationId: OrganisationId;
  organisationName: string;
  deviceKey: PublicKey;
  endsAt: number;
}

export class SignInQueries {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async insert(row: SignInRow): Promise<void> {
    await this.#db.insertInto("signIns").values(row).execute();
  }

  /** Not ended, not idle, not too old, person not disabled, device not removed. */
  live(by: { id: string } | { tokenHash: string }, now: number, idleMs: number): Promise<LiveSignIn | undefined> {
    return this.#db
      .selectFrom("signIns")
      .innerJoin("people", "people.id", "signIns.personId")
      .innerJoin("organisations", "organisations.id", "people.organisationId")
      .innerJoin("devices", "devices.id", "signIns.deviceId")
      .select([
        "signIns.id",
        "signIns.endsAt",
        "people.id as personId",
        "people.login",
        "people.name",
        "organisations.id as organisationId",
        "organisations.name as organisationName",
        "devices.publicKey as deviceKey",
      ])
      .where((is) => ("id" in by ? is("signIns.id", "=", by.id) : is("signIns.tokenHash", "=", by.tokenHash)))
      .where("signIns.endedAt", "is", null)
      .where("signIns.endsAt", ">", now)
      .where("signIns.lastUsedAt", ">", now - idleMs)
      .where("people.disabledAt", "is", null)
      .where("devices.removedAt", "is", null)
      .executeTakeFirst();
  }

  /** Writes only when the last use noted is at least `granularityMs` ago. */
  async touch(id: string, now: number, granularityMs: number): Promise<void> {
    await this.#db
      .updateTable("signIns")
      .set({ lastUsedAt: now })
      .where("id", "=", id)
      .where("endedAt", "is", null)
      .where("lastUsedAt", "<=", now - granularityMs)
      .execute();
  }

  /** Ends those that have not ended, and says which. */
  async end(
    which: { id: string } | { personId: PersonId } | { deviceId: string },
    at: number,
    reason: EndReason,
  ): Promise<string[]> {
    const rows = await this.#db
      .updateTable("signIns")
      .set({ endedAt: at, reason })
      .where((is) => {
        if ("id" in which) return is("id", "=", which.id);
        return "personId" in which ? is("personId", "=", which.personId) : is("deviceId", "=", which.deviceId);
      })
      .where("endedAt", "is", null)
      .returning("id")
      .execute();
    return rows.map((row) => row.id);
  }

  /** The sign-ins of a person that still hold, oldest first. */
  async openOf(person: PersonId, now: number): Promise<string[]> {
    const rows = await this.#db
      .selectFrom("signIns")
      .select("id")
      .where("personId", "=", person)
      .where("endedAt", "is", null)
      .where("endsAt", ">", now)
      .orderBy("lastUsedAt")
      .execute();
    return rows.map((row) => row.id);
  }

  /** Forgets sign-ins that were over before this moment; the audit keeps that they were. */
  async forgetBefore(moment: number): Promise<void> {
    await this.#db.deleteFrom("signIns").where("endsAt", "<", moment).execute();
  }
}
