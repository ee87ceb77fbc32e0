import { type Kysely, type SqlBool, sql } from "kysely";
import type { EndReason } from "../../protocol/errors.ts";
import type { DivisionId, KeyCode, OrganisationId, PersonId, SessionId, TerminalId } from "../../protocol/ids.ts";
import type { Note } from "../rows/changes.ts";
import type { SessionRow, Tables } from "../rows/tables.ts";
import {
  anyOf,
  countOf,
  isOneOf,
  type ListFilter,
  matches,
  type Old,
  type PageOf,
  type Reach,
  within,
} from "./lists.ts";

export interface SessionFilter extends ListFilter {
  /** Only those that have not ended. */
  readonly open?: boolean | undefined;
}

/** It stands where its office PC does. */
export type SessionListed = SessionRow & { terminalName: string; divisionId: DivisionId | null };

interface Span {
  readonly from: number;
  readonly to: number;
}

export type WorkedOutside = Pick<SessionRow, "personId" | "liveAt" | "endedAt"> & { regularUntil: number | null };

/** Whether a session may go on, and why not. */
export interface SessionStanding extends Pick<SessionRow, "id" | "endedAt" | "reason"> {
  personDisabledAt: number | null;
  terminalDisabledAt: number | null;
  /** Null: its device is registered no longer. */
  deviceId: string | null;
  /** Null: there is no grant. */
  grantedAt: number | null;
  grantedUntil: number | null;
  /** When the event of its terminal ends or ended; null: it has none. */
  idUntil: number | null;
  personId: PersonId;
  personDivisionId: DivisionId | null;
  organisationId: OrganisationId;
  deviceCode: KeyCode | null;
  terminalId: TerminalId;
  terminalDivisionId: DivisionId | null;
}

export class SessionQueries {
  readonly #db: Kysely<Tables>;
  readonly #note: Note;

  constructor(db: Kysely<Tables>, note: Note) {
    this.#db = db;
    this.#note = note;
  }

  /** `regularUntil`: see tables.ts. */
  async insert(row: SessionRow, regularUntil: number | null = null): Promise<void> {
    await this.#db
      .insertInto("sessions")
      .values({ ...row, regularUntil })
      .execute();
  }

  /** False: there is one on its office PC that has not ended, whoever wrote that (migration-24.ts). */
  async begin(row: SessionRow, regularUntil: number | null): Promise<boolean> {
    const result = await this.#db
      .insertInto("sessions")
      .values({ ...row, regularUntil })
      .onConflict((conflict) => conflict.column("terminalId").where("endedAt", "is", null).doNothing())
      .executeTakeFirst();
    return result.numInsertedOrUpdatedRows === 1n;
  }

  /** The one on this office PC that has not ended. */
  openOn(terminal: TerminalId): Promise<SessionRow | undefined> {
    return this.#db
      .selectFrom("sessions")
      .selectAll()
      .where("terminalId", "=", terminal)
      .where("endedAt", "is", null)
      .executeTakeFirst();
  }

  byId(id: SessionId): Promise<SessionRow | undefined> {
    return this.#db.selectFrom("sessions").selectAll().where("id", "=", id).executeTakeFirst();
  }

  /** Newest first. */
  page(filter: SessionFilter, { after, limit }: PageOf<SessionId>): Promise<SessionListed[]> {
    const last = sql`(select requested_at, id from sessions where id = ${after ?? null})`;
    return this.#matching(filter)
      .selectAll("sessions")
      .select(["terminals.name as terminalName", "terminals.divisionId"])
      .$if(after !== undefined, (query) =>
        query.where(sql<SqlBool>`(${sql.ref("sessions.requestedAt")}, ${sql.ref("sessions.id")}) < ${last}`),
      )
      .orderBy("sessions.requestedAt", "desc")
      .orderBy("sessions.id", "desc")
      .limit(limit)
      .execute();
  }

  count(filter: SessionFilter): Promise<number> {
    return countOf(this.#matching(filter));
  }

  #matching(filter: SessionFilter) {
    const searched = ["sessions.login", "sessions.personName", "sessions.terminalId", "terminals.name"];
    return this.#db
      .selectFrom("sessions")
      .innerJoin("terminals", "terminals.id", "sessions.terminalId")
      .where(
        matches(filter, { organisation: "sessions.organisationId", divisions: ["terminals.divisionId"], searched }),
      )
      .$if(filter.open === true, (query) => query.where("sessions.endedAt", "is", null));
  }

  open(): Promise<SessionRow[]> {
    return this.#db.selectFrom("sessions").selectAll().where("endedAt", "is", null).orderBy("requestedAt").execute();
  }

  /** Those of this person that have not ended, newest first. */
  openOf(person: PersonId): Promise<Array<SessionRow & { terminalName: string }>> {
    return this.#ofPerson(person).where("sessions.endedAt", "is", null).execute();
  }

  /** The one that this person asked for last. */
  lastOf(person: PersonId): Promise<(SessionRow & { terminalName: string }) | undefined> {
    return this.#ofPerson(person).limit(1).executeTakeFirst();
  }

  /** Newest first. */
  #ofPerson(person: PersonId) {
    return this.#db
      .selectFrom("sessions")
      .innerJoin("terminals", "terminals.id", "sessions.terminalId")
      .selectAll("sessions")
      .select("terminals.name as terminalName")
      .where("sessions.personId", "=", person)
      .orderBy("sessions.requestedAt", "desc");
  }

  /** Those of these people that went on after their regular hours had ended. */
  workedOutside(people: readonly PersonId[], span: Span): Promise<WorkedOutside[]> {
    return this.#outside(span)
      .select(["sessions.personId", "sessions.liveAt", "sessions.endedAt", "sessions.regularUntil"])
      .where(sql<SqlBool>`${anyOf(isOneOf(sql.ref("sessions.personId"), people))}`)
      .orderBy("sessions.requestedAt")
      .execute();
  }

  /** Whose they are, of those in reach. */
  async whoWorkedOutside(reach: Reach, span: Span, limit: number): Promise<PersonId[]> {
    const standing = { organisation: "people.organisationId", divisions: ["people.divisionId"] };
    const rows = await this.#outside(span)
      .innerJoin("people", "people.id", "sessions.personId")
      .select("sessions.personId")
      .distinct()
      .where(sql<SqlBool>`${within(reach, standing)}`)
      .limit(limit)
      .execute();
    return rows.map(({ personId }) => personId);
  }

  /** By when they were asked for: a day is the most that one lasts. */
  #outside({ from, to }: Span) {
    return this.#db
      .selectFrom("sessions")
      .where("sessions.requestedAt", ">=", from)
      .where("sessions.requestedAt", "<", to)
      .where("sessions.liveAt", "is not", null)
      .where("sessions.regularUntil", "is not", null)
      .where(({ or, eb, ref }) =>
        or([eb("sessions.endedAt", "is", null), eb("sessions.endedAt", ">", ref("sessions.regularUntil"))]),
      );
  }

  /** What decides whether these sessions may go on, of those that are there. */
  standing(ids: readonly SessionId[]): Promise<SessionStanding[]> {
    return this.#db
      .selectFrom("sessions")
      .innerJoin("people", "people.id", "sessions.personId")
      .innerJoin("terminals", "terminals.id", "sessions.terminalId")
      .leftJoin("devices", (join) =>
        join
          .onRef("devices.personId", "=", "sessions.personId")
          .onRef("devices.publicKey", "=", "sessions.deviceKey")
          .on("devices.removedAt", "is", null),
      )
      .leftJoin("grants", (join) =>
        join.onRef("grants.personId", "=", "sessions.personId").onRef("grants.terminalId", "=", "sessions.terminalId"),
      )
      .leftJoin("allotments", "allotments.id", "terminals.allotmentId")
      .leftJoin("events", "events.id", "allotments.eventId")
      .select([
        "events.endsAt as idUntil",
        "sessions.id",
        "sessions.endedAt",
        "sessions.reason",
        "people.disabledAt as personDisabledAt",
        "terminals.disabledAt as terminalDisabledAt",
        "devices.id as deviceId",
        "grants.createdAt as grantedAt",
        "grants.until as grantedUntil",
        "sessions.personId",
        "sessions.terminalId",
        // both are of one organisation: there is no grant otherwise
        "terminals.organisationId",
        "people.divisionId as personDivisionId",
        "terminals.divisionId as terminalDivisionId",
        "devices.code as deviceCode",
      ])
      .where("sessions.id", "in", ids)
      .execute();
  }

  /** It hangs on this sign-in from now on. */
  async hangOn(id: SessionId, signInId: string): Promise<void> {
    await this.#db.updateTable("sessions").set({ signInId }).where("id", "=", id).execute();
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

  /**
   * Forgets `limit` sessions that had ended before this moment, and says how many. The last one of a device at an office PC stays: by it
   * is known where the device is to be forgotten when it is lost.
   */
  async forget({ before, organisations }: Old, limit: number): Promise<number> {
    const ended = sql`coalesce(sessions.ended_at, ${sql.lit(2 ** 53 - 1)})`;
    const old = this.#db
      .selectFrom("sessions")
      .select("id")
      .where(sql<SqlBool>`${ended} < ${before}`)
      .$if(organisations !== undefined, (query) => query.where("organisationId", "in", organisations ?? []))
      .where(({ or, eb, exists, selectFrom }) =>
        or([
          eb("liveAt", "is", null),
          exists(
            selectFrom("sessions as later")
              .select("later.id")
              .whereRef("later.personId", "=", "sessions.personId")
              .whereRef("later.deviceKey", "=", "sessions.deviceKey")
              .whereRef("later.terminalId", "=", "sessions.terminalId")
              .whereRef("later.liveAt", ">", "sessions.liveAt"),
          ),
        ]),
      )
      .limit(limit);
    const result = await this.#db.deleteFrom("sessions").where("id", "in", old).executeTakeFirst();
    return Number(result.numDeletedRows);
  }

  /** False when it was over: the first reason stays. */
  async end(id: SessionId, at: number, reason: EndReason): Promise<boolean> {
    const result = await this.#db
      .updateTable("sessions")
      .set({ endedAt: at, reason })
      .where("id", "=", id)
      .where("endedAt", "is", null)
      .executeTakeFirst();
    const ended = result.numUpdatedRows === 1n;
    if (ended) this.#note("session", id);
    return ended;
  }
}
