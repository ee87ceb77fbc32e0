/** Declared events, the queue of applications for IDs of office PCs, and what was given to whom. */
import { type Kysely, type Selectable, type SqlBool, sql } from "kysely";
import type { AllotmentId, ApplicationId, EventId, OrganisationId } from "../../protocol/ids.ts";
import type { Note } from "../rows/changes.ts";
import type { Tables } from "../rows/tables.ts";
import type { AllotmentRow, ApplicationRow, EventRow } from "../rows/waves.ts";
import { type Reach, within } from "./lists.ts";

export type Event = Selectable<EventRow>;
export type Application = Selectable<ApplicationRow>;
export type Allotment = Selectable<AllotmentRow>;

/** What is under an event at this moment. */
export interface UnderEvent {
  /** IDs that were given for it, and those of them that are in use. */
  readonly given: number;
  readonly terminals: number;
  readonly organisations: number;
  /** Open ones. */
  readonly sessions: number;
}

/** One that is in force. */
export interface AllotmentInForce extends Pick<Allotment, "id" | "organisationId" | "eventId" | "count" | "returned"> {
  readonly used: number;
  /** Null: without end. */
  readonly endsAt: number | null;
}

/** IDs in use of an organisation whose time ends. */
export interface Expiring {
  readonly organisationId: OrganisationId;
  readonly organisationName: string;
  readonly eventId: EventId;
  readonly eventName: string;
  readonly endsAt: number;
  readonly terminals: number;
}

/** True for an office PC whose event is over. */
export const isExpired = (now: number) =>
  sql<SqlBool>`exists (select 1 from allotments a join events e on e.id = a.event_id
    where a.id = terminals.allotment_id and e.ends_at <= ${now})`;

const USED = sql<number>`(select count(*) from terminals t where t.allotment_id = allotments.id and t.disabled_at is null)`;

export class WaveQueries {
  readonly #db: Kysely<Tables>;
  readonly #note: Note;

  constructor(db: Kysely<Tables>, note: Note) {
    this.#db = db;
    this.#note = note;
  }

  async declare(row: Omit<Event, "id" | "closedAt">): Promise<EventId> {
    return (
      await this.#db
        .insertInto("events")
        .values({ ...row, closedAt: null })
        .returning("id")
        .executeTakeFirstOrThrow()
    ).id;
  }

  event(id: EventId): Promise<Event | undefined> {
    return this.#db.selectFrom("events").selectAll().where("id", "=", id).executeTakeFirst();
  }

  /** The newest first. There are some a year. */
  events(limit: number): Promise<Event[]> {
    return this.#db.selectFrom("events").selectAll().orderBy("id", "desc").limit(limit).execute();
  }

  /** Its IDs count until then, whatever was before. */
  async setEnd(id: EventId, endsAt: number): Promise<void> {
    await this.#db.updateTable("events").set({ endsAt, closedAt: null }).where("id", "=", id).execute();
    await this.#db.updateTable("allotments").set({ endedAt: null }).where("eventId", "=", id).execute();
    this.#note("event", String(id));
  }

  /** Has anybody ever applied for anything? */
  async areUsed(): Promise<boolean> {
    return (await this.#db.selectFrom("applications").select("id").limit(1).executeTakeFirst()) !== undefined;
  }

  /** Over, and not yet on record as such. */
  due(now: number): Promise<Event[]> {
    return this.#db
      .selectFrom("events")
      .selectAll()
      .where("endsAt", "<=", now)
      .where("closedAt", "is", null)
      .orderBy("endsAt")
      .execute();
  }

  async close(id: EventId, at: number): Promise<void> {
    await this.#db.updateTable("events").set({ closedAt: at }).where("id", "=", id).execute();
    this.#note("event", String(id));
  }

  /** Some whose end is not on record yet; what they have not used goes back. */
  async endAllotments(event: EventId, at: number, limit: number): Promise<Array<AllotmentInForce>> {
    const rows = await this.#allotments()
      .where("allotments.eventId", "=", event)
      .where("allotments.endedAt", "is", null)
      .where("applications.state", "=", "approved")
      .orderBy("allotments.id")
      .limit(limit)
      .execute();
    for (const { id, count, returned, used } of rows)
      await this.#db
        .updateTable("allotments")
        .set({ endedAt: at, returned: Math.max(returned, count - used) })
        .where("id", "=", id)
        .execute();
    return rows;
  }

  async under(event: EventId): Promise<UnderEvent> {
    const of = sql`from allotments a join applications p on p.id = a.application_id and p.state = 'approved'`;
    const pcs = sql`${of} join terminals t on t.allotment_id = a.id and t.disabled_at is null`;
    const { rows } = await sql<UnderEvent>`select
      (select coalesce(sum(a.count - a.returned), 0) ${of} where a.event_id = ${event}) as given,
      (select count(*) ${pcs} where a.event_id = ${event}) as terminals,
      (select count(distinct a.organisation_id) ${of} where a.event_id = ${event}) as organisations,
      (select count(*) from sessions s join terminals t on t.id = s.terminal_id join allotments a on a.id = t.allotment_id
        where s.ended_at is null and a.event_id = ${event}) as sessions`.execute(this.#db);
    const { given = 0, terminals = 0, organisations = 0, sessions = 0 } = rows[0] ?? {};
    return { given, terminals, organisations, sessions };
  }

  /** At the end of the queue. */
  async apply(
    row: Pick<Application, "organisationId" | "eventId" | "because" | "appliedAt" | "appliedBy">,
  ): Promise<ApplicationId> {
    const open = { state: "waiting", wave: null, decidedAt: null, decidedBy: null, word: null } as const;
    const { id } = await this.#db
      .insertInto("applications")
      .values({ ...row, ...open })
      .returning("id")
      .executeTakeFirstOrThrow();
    return id;
  }

  async insertAllotments(
    rows: readonly Pick<Allotment, "applicationId" | "organisationId" | "eventId" | "count">[],
  ): Promise<void> {
    await this.#db
      .insertInto("allotments")
      .values(rows.map((row) => ({ ...row, returned: 0, endedAt: null })))
      .execute();
  }

  application(id: ApplicationId): Promise<Application | undefined> {
    return this.#db.selectFrom("applications").selectAll().where("id", "=", id).executeTakeFirst();
  }

  /** Those that wait, first come first; then the newest of the others. */
  async queue(reach: Reach, decided: number): Promise<Application[]> {
    const own = within(reach, { organisation: "organisationId" }) as ReturnType<typeof sql<SqlBool>>;
    const all = this.#db.selectFrom("applications").selectAll().where(own);
    const waiting = await all.where("state", "=", "waiting").orderBy("id").execute();
    const others = await all.where("state", "!=", "waiting").orderBy("id", "desc").limit(decided).execute();
    return [...waiting, ...others];
  }

  /** False when it does not wait any longer. */
  async decide(
    id: ApplicationId,
    decision: Pick<Application, "state" | "wave" | "decidedAt" | "decidedBy" | "word">,
  ): Promise<boolean> {
    const result = await this.#db
      .updateTable("applications")
      .set(decision)
      .where("id", "=", id)
      .where("state", "=", "waiting")
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  async nextWave(): Promise<number> {
    const row = await this.#db
      .selectFrom("applications")
      .select(({ fn }) => fn.max("wave").as("last"))
      .executeTakeFirst();
    return (row?.last ?? 0) + 1;
  }

  /** What was asked for in these. */
  allotmentsOf(applications: readonly ApplicationId[]): Promise<Allotment[]> {
    if (applications.length === 0) return Promise.resolve([]);
    return this.#db
      .selectFrom("allotments")
      .selectAll()
      .where("applicationId", "in", applications)
      .orderBy("id")
      .execute();
  }

  /** What these organisations were given and may use now. */
  inForce(organisations: readonly OrganisationId[], now: number): Promise<AllotmentInForce[]> {
    if (organisations.length === 0) return Promise.resolve([]);
    return this.#allotments()
      .where("allotments.organisationId", "in", organisations)
      .where("applications.state", "=", "approved")
      .where((is) => is.or([is("events.endsAt", "is", null), is("events.endsAt", ">", now)]))
      .orderBy("allotments.id")
      .execute();
  }

  /** In reach, and in force; those without an end first, then by their end. */
  inForceWithin(reach: Reach, now: number, limit: number): Promise<AllotmentInForce[]> {
    return this.#allotments()
      .where(within(reach, { organisation: "allotments.organisationId" }) as ReturnType<typeof sql<SqlBool>>)
      .where("applications.state", "=", "approved")
      .where((is) => is.or([is("events.endsAt", "is", null), is("events.endsAt", ">", now)]))
      .orderBy(sql`coalesce(events.ends_at, 0)`)
      .orderBy("allotments.id")
      .limit(limit)
      .execute();
  }

  /** IDs in use whose event ends in this time: after `since`, up to and with `until`. By organisation. */
  async expiring(reach: Reach, since: number, until: number): Promise<Expiring[]> {
    return this.#db
      .selectFrom("events")
      .innerJoin("allotments", "allotments.eventId", "events.id")
      .innerJoin("terminals", "terminals.allotmentId", "allotments.id")
      .innerJoin("organisations", "organisations.id", "terminals.organisationId")
      .select(["terminals.organisationId", "organisations.name as organisationName"])
      .select(["events.id as eventId", "events.name as eventName", "events.endsAt"])
      .select(({ fn }) => fn.countAll<number>().as("terminals"))
      .where("events.endsAt", ">", since)
      .where("events.endsAt", "<=", until)
      .where("terminals.disabledAt", "is", null)
      .where(
        within(reach, { organisation: "terminals.organisationId", divisions: ["terminals.divisionId"] }) as ReturnType<
          typeof sql<SqlBool>
        >,
      )
      .groupBy(["terminals.organisationId", "organisations.name", "events.id", "events.name", "events.endsAt"])
      .orderBy("events.endsAt")
      .execute();
  }

  /** The event under which an office PC has its ID, if any. */
  eventOf(allotment: AllotmentId): Promise<Event | undefined> {
    return this.#db
      .selectFrom("events")
      .innerJoin("allotments", "allotments.eventId", "events.id")
      .selectAll("events")
      .where("allotments.id", "=", allotment)
      .executeTakeFirst();
  }

  #allotments() {
    return this.#db
      .selectFrom("allotments")
      .innerJoin("applications", "applications.id", "allotments.applicationId")
      .leftJoin("events", "events.id", "allotments.eventId")
      .select([
        "allotments.id",
        "allotments.organisationId",
        "allotments.eventId",
        "allotments.count",
        "allotments.returned",
        "events.endsAt",
      ])
      .select(USED.as("used"));
  }
}
