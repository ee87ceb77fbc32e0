import { type Kysely, sql } from "kysely";
import type { DivisionId, KeyCode, Login, PersonId, PublicKey } from "../../protocol/ids.ts";
import type { Note } from "../rows/changes.ts";
import type { DeviceRow, PendingDeviceRow, Tables } from "../rows/tables.ts";
import { behind, countOf, EVERYTHING, type ListFilter, matches, type PageOf, type Whose } from "./lists.ts";
import { Statement } from "./statement.ts";

/** Whose device, and which. */
export type OfDevice = readonly [Whose, KeyCode];

/** It stands where its person does. */
export interface DeviceOfPerson extends DeviceRow {
  login: Login;
  divisionId: DivisionId | null;
}

export interface WaitingDevice extends PendingDeviceRow {
  login: Login;
  divisionId: DivisionId | null;
  personName: string;
  /** Other browsers of this person that wait too: one of them may be somebody else's. */
  others: number;
}

const STANDING = { organisation: "people.organisationId", divisions: ["people.divisionId"] };

const USED_BY = new Statement<{ id: string; at: number; browser: string | null }, unknown>((db, { id, at, browser }) =>
  db.updateTable("devices").set({ lastUsedAt: at, failures: 0, browser }).where("id", "=", id),
);

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

  /** All of this person, removed ones among them. */
  allOf(person: PersonId): Promise<DeviceRow[]> {
    return this.#db
      .selectFrom("devices")
      .selectAll()
      .where("personId", "=", person)
      .orderBy("addedAt")
      .orderBy("id")
      .execute();
  }

  /** Devices that are let in, by the login they belong to. */
  page(filter: ListFilter, { after, limit }: PageOf<OfDevice>): Promise<DeviceOfPerson[]> {
    const [whose, code] = (after ?? []) as OfDevice;
    return this.#letIn(filter)
      .selectAll("devices")
      .select(["people.login", "people.divisionId"])
      .$if(after !== undefined, (query) => query.where(behind(whose, [sql.ref("devices.code"), code])))
      .orderBy("people.login")
      .orderBy("organisations.code")
      .orderBy("devices.code")
      .limit(limit)
      .execute();
  }

  count(filter: ListFilter): Promise<number> {
    return countOf(this.#letIn(filter));
  }

  /** One browser may be registered for several people. */
  byCode(code: KeyCode): Promise<DeviceOfPerson[]> {
    return this.#letIn(EVERYTHING)
      .selectAll("devices")
      .select(["people.login", "people.divisionId"])
      .where("devices.code", "=", code)
      .execute();
  }

  /** Has this person ever come in? Removed devices tell it too. */
  async everUsed(person: PersonId): Promise<boolean> {
    const used = await this.#db
      .selectFrom("devices")
      .select("id")
      .where("personId", "=", person)
      .where("lastUsedAt", "is not", null)
      .limit(1)
      .executeTakeFirst();
    return used !== undefined;
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

  /** `browser`: as it calls itself, where it has just done so. */
  async used(id: string, at: number, browser?: string | null): Promise<void> {
    if (browser !== undefined) await USED_BY.change(this.#db, { id, at, browser });
    else await this.#db.updateTable("devices").set({ lastUsedAt: at, failures: 0 }).where("id", "=", id).execute();
  }

  /** Those of this person that are let in, the one used last first. */
  ofPerson(person: PersonId): Promise<Array<DeviceRow & { browser: string | null }>> {
    return this.#db
      .selectFrom("devices")
      .selectAll()
      .where("personId", "=", person)
      .where("removedAt", "is", null)
      .orderBy("lastUsedAt", (order) => order.desc().nullsLast())
      .orderBy("code")
      .execute();
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

  /** Devices that wait, by the login. */
  pendingPage(filter: ListFilter, now: number, { after, limit }: PageOf<OfDevice>): Promise<WaitingDevice[]> {
    const [whose, code] = (after ?? []) as OfDevice;
    return this.#waiting(filter, now)
      .$if(after !== undefined, (query) => query.where(behind(whose, [sql.ref("pendingDevices.code"), code])))
      .orderBy("people.login")
      .orderBy("organisations.code")
      .orderBy("pendingDevices.code")
      .limit(limit)
      .execute();
  }

  countPending(filter: ListFilter, now: number): Promise<number> {
    return countOf(this.#allWaiting(filter, now));
  }

  /** Who waits with the browser of this code: one browser may wait for several people. */
  pendingWith(code: KeyCode, now: number): Promise<WaitingDevice[]> {
    return this.#waiting(EVERYTHING, now).where("pendingDevices.code", "=", code).orderBy("people.login").execute();
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

  #waiting(filter: ListFilter, now: number) {
    return this.#allWaiting(filter, now)
      .selectAll("pendingDevices")
      .select(["people.login", "people.name as personName", "people.divisionId"])
      .select((row) =>
        row
          .selectFrom("pendingDevices as all")
          .whereRef("all.personId", "=", "pendingDevices.personId")
          .where("all.expiresAt", ">", now)
          .select(({ fn }) => sql<number>`${fn.countAll()} - 1`.as("others"))
          .$asScalar()
          .$notNull()
          .as("others"),
      );
  }

  #allWaiting(filter: ListFilter, now: number) {
    const searched = ["people.login", "people.name", "pendingDevices.code"];
    return this.#db
      .selectFrom("pendingDevices")
      .innerJoin("people", "people.id", "pendingDevices.personId")
      .innerJoin("organisations", "organisations.id", "people.organisationId")
      .where("pendingDevices.expiresAt", ">", now)
      .where(matches(filter, { ...STANDING, searched }));
  }

  #letIn(filter: ListFilter) {
    const searched = ["people.login", "people.name", "devices.code"];
    return this.#db
      .selectFrom("devices")
      .innerJoin("people", "people.id", "devices.personId")
      .innerJoin("organisations", "organisations.id", "people.organisationId")
      .where("devices.removedAt", "is", null)
      .where(matches(filter, { ...STANDING, searched }));
  }
}
