/** What was set where, and whom it concerns. Rules hold along somebody's way up, so those of a few places are asked for at once. */
import { type Kysely, type SqlBool, sql } from "kysely";
import type { DivisionId, OrganisationId, PersonId, TerminalId } from "../../protocol/ids.ts";
import type { PolicyLevel } from "../../protocol/policy.ts";
import type { Note } from "../rows/changes.ts";
import type { PolicyRow, Tables } from "../rows/tables.ts";
import { withAllBelow } from "./below.ts";
import { countOf } from "./lists.ts";

/** What says which rules hold for a person. */
export interface PersonStanding {
  readonly personId: PersonId;
  readonly organisationId: OrganisationId;
  readonly divisionId: DivisionId | null;
}

/** An open session, with where it was signed in from. */
export interface SessionUnderPolicy extends PersonStanding {
  readonly requestedAt: number;
  readonly address: string | null;
}

type PlaceKey = Pick<PolicyRow, "level" | "place">;

export class PolicyQueries {
  readonly #db: Kysely<Tables>;
  readonly #note: Note;

  constructor(db: Kysely<Tables>, note: Note) {
    this.#db = db;
    this.#note = note;
  }

  /** Throws where there is this version already. */
  async insert(row: PolicyRow): Promise<void> {
    await this.#db.insertInto("policies").values(row).execute();
    this.#note("policy", row.place);
  }

  /** Has anybody ever set anything? */
  async areSet(): Promise<boolean> {
    return (await this.#db.selectFrom("policies").select("version").limit(1).executeTakeFirst()) !== undefined;
  }

  /** The newest of each of these places, of those that have one. */
  newest(places: readonly string[]): Promise<PolicyRow[]> {
    return places.length === 0 ? Promise.resolve([]) : this.#newest().where("place", "in", places).execute();
  }

  /** The newest of every place at these levels in which this rule is set. There are few. */
  withRule(rule: string, levels: readonly PolicyLevel[]): Promise<PolicyRow[]> {
    return this.#newest().where("level", "in", levels).where("rules", "like", `%"${rule}":%`).execute();
  }

  /** All places of this level for which anything was ever set. */
  async placesAt<Id extends string>(level: PolicyLevel): Promise<Id[]> {
    const rows = await this.#db.selectFrom("policies").select("place").distinct().where("level", "=", level).execute();
    return rows.map(({ place }) => place as Id);
  }

  /** Newest first. */
  history({ level, place }: PlaceKey, limit: number): Promise<PolicyRow[]> {
    return this.#db
      .selectFrom("policies")
      .selectAll()
      .where("place", "=", place)
      .where("level", "=", level)
      .orderBy("version", "desc")
      .limit(limit)
      .execute();
  }

  /** How many people it concerns, and office PCs that these may use. */
  async concerned(at: PlaceKey): Promise<{ people: number; terminals: number }> {
    const people = await countOf(this.#db.selectFrom("people").where("disabledAt", "is", null).where(within(at)));
    return { people, terminals: (await this.terminalsOf(at)).length };
  }

  /** The office PCs that people of this place may use. */
  async terminalsOf(at: PlaceKey): Promise<TerminalId[]> {
    const rows = await this.#db
      .selectFrom("grants")
      .innerJoin("people", "people.id", "grants.personId")
      .select("grants.terminalId")
      .distinct()
      .where(within(at))
      .execute();
    return rows.map(({ terminalId }) => terminalId);
  }

  /** Who may use these office PCs now. */
  usersOf(terminals: readonly TerminalId[], now: number): Promise<Array<PersonStanding & { terminalId: TerminalId }>> {
    return this.#db
      .selectFrom("grants")
      .innerJoin("people", "people.id", "grants.personId")
      .select(["grants.terminalId", "grants.personId", "people.organisationId", "people.divisionId"])
      .where("grants.terminalId", "in", terminals)
      .where("people.disabledAt", "is", null)
      .where((is) => is.or([is("grants.until", "is", null), is("grants.until", ">", now)]))
      .execute();
  }

  /** Open sessions of people of this place. */
  sessionsOf(at: PlaceKey): Promise<SessionUnderPolicy[]> {
    return this.#db
      .selectFrom("sessions")
      .innerJoin("people", "people.id", "sessions.personId")
      .leftJoin("signIns", "signIns.id", "sessions.signInId")
      .select(["sessions.requestedAt", "sessions.personId", "signIns.address"])
      .select(["people.organisationId", "people.divisionId"])
      .where(within(at))
      .where("sessions.endedAt", "is", null)
      .execute();
  }

  people(ids: readonly PersonId[]): Promise<PersonStanding[]> {
    return this.#db
      .selectFrom("people")
      .select(["id as personId", "organisationId", "divisionId"])
      .where("id", "in", ids)
      .execute();
  }

  #newest() {
    return this.#db
      .selectFrom("policies")
      .selectAll()
      .where(({ eb, selectFrom }) =>
        eb(
          "version",
          "=",
          selectFrom("policies as other")
            .select(({ fn }) => fn.max("other.version").as("version"))
            .whereRef("other.place", "=", "policies.place")
            .whereRef("other.level", "=", "policies.level"),
        ),
      );
  }
}

/** True for people of this place and those below it. */
function within({ level, place }: PlaceKey) {
  const part = (table: "organisations" | "divisions") => sql`(${withAllBelow(table, sql`id = ${place}`)})`;
  switch (level) {
    case "server":
      return sql<SqlBool>`1 = 1`;
    case "organisation":
      return sql<SqlBool>`${sql.ref("people.organisationId")} in ${part("organisations")}`;
    case "division":
      return sql<SqlBool>`${sql.ref("people.divisionId")} in ${part("divisions")}`;
    case "person":
      return sql<SqlBool>`${sql.ref("people.id")} = ${place}`;
  }
}
