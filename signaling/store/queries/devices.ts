import type { Kysely } from "kysely";
import type { DivisionId, KeyCode, Login, PersonId, PublicKey } from "../../protocol/ids.ts";
import type { Note } from "../rows/changes.ts";
import type { DeviceRow, PendingDeviceRow, Tables } from "../rows/tables.ts";

export interface PendingPerson {
  login: Login;
  personName: string;
  divisionId: DivisionId | null;
}

export class DeviceQueries {
  readonly #db: Kysely<Tables>;
  readonly #note: Note;

  constructor(db: Kysely<Tables>, note: Note) {
    this.#db = db;
    this.#note = note;
  }

  /** The device of this person with this key, unless it was removed. */
  registered(person: PersonId, publicKey: PublicKey): Promise<DeviceRow | undefined> {
    return this.#db
      .selectFrom("devices")
      .selectAll()
      .where("personId", "=", person)
      .where("publicKey", "=", publicKey)
      .where("removedAt", "is", null)
      .executeTakeFirst();
  }

  /** Devices that are let in, with the login they belong to. */
  list(): Promise<Array<DeviceRow & { login: Login; divisionId: DivisionId | null }>> {
    return this.#db
      .selectFrom("devices")
      .innerJoin("people", "people.id", "devices.personId")
      .selectAll("devices")
      .select(["people.login", "people.divisionId"])
      .where("devices.removedAt", "is", null)
      .orderBy("people.login")
      .orderBy("devices.addedAt")
      .execute();
  }

  /** One browser may be registered for several people. */
  byCode(code: KeyCode): Promise<Array<DeviceRow & { login: Login; divisionId: DivisionId | null }>> {
    return this.#db
      .selectFrom("devices")
      .innerJoin("people", "people.id", "devices.personId")
      .selectAll("devices")
      .select(["people.login", "people.divisionId"])
      .where("devices.code", "=", code)
      .where("devices.removedAt", "is", null)
      .execute();
  }

  async insert(row: DeviceRow): Promise<void> {
    await this.#db.insertInto("devices").values(row).execute();
  }

  async remove(id: string, at: number): Promise<void> {
    const removed = await this.#db
      .updateTable("devices")
      .set({ removedAt: at })
      .where("id", "=", id)
      .returning("personId")
      .executeTakeFirst();
    if (removed) this.#note("person", removed.personId);
  }

  async used(id: string, at: number): Promise<void> {
    await this.#db.updateTable("devices").set({ lastUsedAt: at, failures: 0 }).where("id", "=", id).execute();
  }

  async countFailure(id: string): Promise<void> {
    await this.#db
      .updateTable("devices")
      .set((row) => ({ failures: row("failures", "+", 1) }))
      .where("id", "=", id)
      .execute();
  }

  async clearFailures(person: PersonId): Promise<void> {
    await this.#db.updateTable("devices").set({ failures: 0 }).where("personId", "=", person).execute();
  }

  /** Keeps at most `bound` per person: the oldest go. A device that waits already only waits longer. */
  async putPending(row: Omit<PendingDeviceRow, "asked">, bound: number): Promise<void> {
    const times = { seenAt: row.seenAt, expiresAt: row.expiresAt };
    await this.#db
      .insertInto("pendingDevices")
      .values({ ...row, asked: 1 })
      .onConflict((conflict) =>
        conflict
          .columns(["personId", "publicKey"])
          .doUpdateSet((before) => ({ ...times, asked: before("pendingDevices.asked", "+", 1) })),
      )
      .execute();
    const all = await this.#db
      .selectFrom("pendingDevices")
      .select("publicKey")
      .where("personId", "=", row.personId)
      .orderBy("seenAt", "desc")
      .execute();
    const surplus = all.slice(bound).map((one) => one.publicKey);
    if (surplus.length === 0) return;
    await this.#db
      .deleteFrom("pendingDevices")
      .where("personId", "=", row.personId)
      .where("publicKey", "in", surplus)
      .execute();
  }

  /** The browsers of this person that wait. */
  pendingOf(person: PersonId, now: number): Promise<PendingDeviceRow[]> {
    return this.#db
      .selectFrom("pendingDevices")
      .selectAll()
      .where("personId", "=", person)
      .where("expiresAt", ">", now)
      .execute();
  }

  pending(now: number): Promise<Array<PendingDeviceRow & PendingPerson>> {
    return this.#db
      .selectFrom("pendingDevices")
      .innerJoin("people", "people.id", "pendingDevices.personId")
      .selectAll("pendingDevices")
      .select(["people.login", "people.name as personName", "people.divisionId"])
      .where("pendingDevices.expiresAt", ">", now)
      .orderBy("pendingDevices.seenAt")
      .execute();
  }

  async dropPending(person: PersonId, publicKey: PublicKey): Promise<void> {
    await this.#db
      .deleteFrom("pendingDevices")
      .where("personId", "=", person)
      .where("publicKey", "=", publicKey)
      .execute();
  }

  async dropExpiredPending(now: number): Promise<void> {
    await this.#db.deleteFrom("pendingDevices").where("expiresAt", "<=", now).execute();
  }
}
