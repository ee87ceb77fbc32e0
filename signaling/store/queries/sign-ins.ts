import { type Insertable, type Kysely, type Selectable, sql } from "kysely";
import type { EndReason } from "../../protocol/errors.ts";
import type { DivisionId, KeyCode, Login, OrganisationId, PersonId, PublicKey } from "../../protocol/ids.ts";
import type { Note } from "../rows/changes.ts";
import type { Door, SignInOrigin, SignInRow, Tables } from "../rows/tables.ts";
import type { Old } from "./lists.ts";
import { Statement } from "./statement.ts";

/** A sign-in that holds, with whom it is about. */
export interface LiveSignIn extends Selectable<SignInOrigin> {
  id: string;
  personId: PersonId;
  login: Login;
  name: string;
  organisationId: OrganisationId;
  organisationName: string;
  deviceKey: PublicKey;
  divisionId: DivisionId | null;
  deviceCode: KeyCode;
  endsAt: number;
  /** The person's (tables.ts). */
  mustChange: 0 | 1;
}

/** Whether a sign-in still holds, and why not. */
export interface SignInStanding extends Pick<SignInRow, "id" | "endsAt" | "lastUsedAt" | "endedAt" | "reason"> {
  /** Its person's and its device's. */
  disabledAt: number | null;
  removedAt: number | null;
  personId: PersonId;
  organisationId: OrganisationId;
  divisionId: DivisionId | null;
  deviceCode: KeyCode;
  door: Door;
}

/** As its person is shown it. */
export interface OwnSignIn extends SignInRow, Selectable<SignInOrigin> {
  door: Door;
  code: KeyCode;
  browser: string | null;
  /** Its device's. */
  removedAt: number | null;
}

const ORIGIN = [
  "signIns.address",
  "signIns.beforeAt",
  "signIns.refusals",
  "signIns.refusedAt",
  "signIns.refusedFrom",
] as const;

/** One to come, without when the one before was made: that is found with it. */
type NextSignIn = Omit<Selectable<Tables["signIns"]>, "beforeAt">;

const INSERT_NEXT = new Statement<NextSignIn, { beforeAt: number | null }>((db, row) => {
  const before = db
    .selectFrom("signIns as earlier")
    .select(({ fn }) => fn.max("earlier.createdAt").as("at"))
    .where("earlier.personId", "=", row.personId);
  return db
    .insertInto("signIns")
    .values({
      ...{ id: row.id, organisationId: row.organisationId, personId: row.personId, deviceId: row.deviceId },
      ...{ tokenHash: row.tokenHash, createdAt: row.createdAt, lastUsedAt: row.lastUsedAt, endsAt: row.endsAt },
      ...{ endedAt: row.endedAt, reason: row.reason, door: row.door, address: row.address },
      ...{ refusals: row.refusals, refusedAt: row.refusedAt, refusedFrom: row.refusedFrom },
      beforeAt: sql<number | null>`(${before})`,
    })
    .returning("beforeAt");
});

export class SignInQueries {
  readonly #db: Kysely<Tables>;
  readonly #note: Note;

  constructor(db: Kysely<Tables>, note: Note) {
    this.#db = db;
    this.#note = note;
  }

  /** Of the page of staff, unless it says otherwise. */
  async insert(row: SignInRow & Partial<Insertable<SignInOrigin>> & { door?: Door }): Promise<void> {
    await this.#db.insertInto("signIns").values(row).execute();
  }

  /** The same, and with when this person's one before was made, which it returns. */
  async insertNext(row: NextSignIn): Promise<number | null> {
    return (await INSERT_NEXT.first(this.#db, row))?.beforeAt ?? null;
  }

  /** Not ended, not idle, not too old, person not disabled, device not removed. A token counts at the door where it was given (the page of staff, unless said otherwise). */
  live(
    by: { id: string } | { tokenHash: string; door?: Door },
    now: number,
    idleMs: number,
  ): Promise<LiveSignIn | undefined> {
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
        "people.divisionId",
        "organisations.id as organisationId",
        "organisations.name as organisationName",
        "devices.publicKey as deviceKey",
        "devices.code as deviceCode",
        "people.mustChange",
        ...ORIGIN,
      ])
      .where((is) =>
        "id" in by
          ? is("signIns.id", "=", by.id)
          : is.and([is("signIns.tokenHash", "=", by.tokenHash), is("signIns.door", "=", by.door ?? "page")]),
      )
      .where("signIns.endedAt", "is", null)
      .where("signIns.endsAt", ">", now)
      .where("signIns.lastUsedAt", ">", now - idleMs)
      .where("people.disabledAt", "is", null)
      .where("devices.removedAt", "is", null)
      .executeTakeFirst();
  }

  /** What decides whether they still hold, of those that are there. */
  standing(ids: readonly string[]): Promise<SignInStanding[]> {
    return this.#db
      .selectFrom("signIns")
      .innerJoin("people", "people.id", "signIns.personId")
      .innerJoin("devices", "devices.id", "signIns.deviceId")
      .select([
        "signIns.id",
        "signIns.endsAt",
        "signIns.lastUsedAt",
        "signIns.endedAt",
        "signIns.reason",
        "signIns.door",
        "people.disabledAt",
        "people.id as personId",
        "people.organisationId",
        "people.divisionId",
        "devices.removedAt",
        "devices.code as deviceCode",
      ])
      .where("signIns.id", "in", ids)
      .execute();
  }

  /** Writes only where the last use noted is at least `granularityMs` ago. */
  async touch(ids: string | readonly string[], now: number, granularityMs: number): Promise<void> {
    await this.#db
      .updateTable("signIns")
      .set({ lastUsedAt: now })
      .where("id", "in", typeof ids === "string" ? [ids] : ids)
      .where("endedAt", "is", null)
      .where("lastUsedAt", "<=", now - granularityMs)
      .execute();
  }

  /** The cookie of before is worth nothing afterwards. */
  async setToken(id: string, tokenHash: string): Promise<void> {
    await this.#db.updateTable("signIns").set({ tokenHash }).where("id", "=", id).execute();
  }

  /** Ends those that have not ended, and says which. */
  async end(
    which: { id: string } | { personId: PersonId; except?: string } | { deviceId: string },
    at: number,
    reason: EndReason,
  ): Promise<string[]> {
    const rows = await this.#db
      .updateTable("signIns")
      .set({ endedAt: at, reason })
      .where((is) => {
        if ("id" in which) return is("id", "=", which.id);
        if ("deviceId" in which) return is("deviceId", "=", which.deviceId);
        return is.and([is("personId", "=", which.personId), is("id", "!=", which.except ?? "")]);
      })
      .where("endedAt", "is", null)
      .returning("id")
      .execute();
    for (const { id } of rows) this.#note("sign-in", id);
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

  /** Of one person: those that have not ended, then those that have; the newest first of each. */
  ofPerson(person: PersonId, now: number, limit: number): Promise<OwnSignIn[]> {
    return this.#db
      .selectFrom("signIns")
      .innerJoin("devices", "devices.id", "signIns.deviceId")
      .selectAll("signIns")
      .select(["devices.code", "devices.browser", "devices.removedAt"])
      .where("signIns.personId", "=", person)
      .orderBy((is) => is.and([is("signIns.endedAt", "is", null), is("signIns.endsAt", ">", now)]), "desc")
      .orderBy("signIns.createdAt", "desc")
      .limit(limit)
      .execute();
  }

  /** Forgets `limit` sign-ins that were over before this moment, and says how many; the audit keeps that they were. */
  async forget({ before, organisations }: Old, limit: number): Promise<number> {
    const old = this.#db
      .selectFrom("signIns")
      .select("id")
      .where("endsAt", "<", before)
      .$if(organisations !== undefined, (query) => query.where("organisationId", "in", organisations ?? []))
      .limit(limit);
    const result = await this.#db.deleteFrom("signIns").where("id", "in", old).executeTakeFirst();
    return Number(result.numDeletedRows);
  }
}
