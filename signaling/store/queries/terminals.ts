/** Office PCs, the tokens they enrol with, and who may use which. */
import { type Kysely, type Selectable, type SqlBool, sql } from "kysely";
import type {
  AllotmentId,
  DivisionId,
  Login,
  OrganisationId,
  PersonId,
  PublicKey,
  TerminalId,
} from "../../protocol/ids.ts";
import { MOVED, type Note } from "../rows/changes.ts";
import { foldedTerminal } from "../rows/folded.ts";
import type { EnrolmentTokenRow, GrantRow, Tables, TerminalRow, TwinsRow } from "../rows/tables.ts";
import type { Allotted } from "../rows/waves.ts";
import { behind, countOf, type ListFilter, matches, type PageOf, type Whose } from "./lists.ts";
import { isExpired } from "./waves.ts";

export type TerminalWithOrganisation = TerminalRow & Selectable<Allotted> & { organisationName: string };
/** What it is called and where it stands. */
export type TerminalStanding = Pick<TerminalRow, "id" | "organisationId" | "divisionId" | "name">;
export type GrantListed = GrantRow & { login: Login; terminalName: string };
/** Which grant. */
export type OfGrant = readonly [Whose, TerminalId];

/** All but what it is searched by. */
const TERMINAL = [
  "terminals.id",
  "terminals.organisationId",
  "terminals.divisionId",
  "terminals.name",
  "terminals.publicKey",
  "terminals.createdAt",
  "terminals.enrolledAt",
  "terminals.disabledAt",
  "terminals.lastSeenAt",
  "terminals.interfaces",
  "terminals.allotmentId",
] as const satisfies readonly `terminals.${keyof (TerminalRow & Allotted)}`[];

/** Whose PC it was is told so long why it is one no longer. */
const EXPIRED_SHOWN_MS = 30 * 86_400_000;

const IS_USABLE = sql<SqlBool>`terminals.disabled_at is null and terminals.public_key is not null
  and not exists (select 1 from twins where twins.terminal_id = terminals.id)`;

export class TerminalQueries {
  readonly #db: Kysely<Tables>;
  readonly #note: Note;

  constructor(db: Kysely<Tables>, note: Note) {
    this.#db = db;
    this.#note = note;
  }

  async insert(...rows: ReadonlyArray<TerminalRow & { readonly allotmentId?: AllotmentId | null }>): Promise<void> {
    if (rows.length === 0) return;
    await this.#db
      .insertInto("terminals")
      .values(rows.map((row) => ({ ...row, folded: foldedTerminal(row) })))
      .execute();
  }

  /** By name. */
  page(filter: ListFilter, { after, limit }: PageOf<TerminalId>): Promise<TerminalWithOrganisation[]> {
    const last = sql`(select name, id from terminals where id = ${after ?? null})`;
    return this.#matching(filter)
      .select(TERMINAL)
      .select("organisations.name as organisationName")
      .$if(after !== undefined, (query) =>
        query.where(sql<SqlBool>`(${sql.ref("terminals.name")}, ${sql.ref("terminals.id")}) > ${last}`),
      )
      .orderBy("terminals.name")
      .orderBy("terminals.id")
      .limit(limit)
      .execute();
  }

  count(filter: ListFilter): Promise<number> {
    return countOf(this.#matching(filter));
  }

  byId(id: TerminalId): Promise<TerminalWithOrganisation | undefined> {
    return this.#withOrganisation().where("terminals.id", "=", id).executeTakeFirst();
  }

  async setDisabled(id: TerminalId, at: number | null): Promise<void> {
    await this.#db.updateTable("terminals").set({ disabledAt: at }).where("id", "=", id).execute();
    this.#note("terminal", id);
  }

  async setAllotment(id: TerminalId, allotmentId: AllotmentId | null): Promise<void> {
    await this.#db.updateTable("terminals").set({ allotmentId }).where("id", "=", id).execute();
    this.#note("terminal", id);
  }

  /** Whoever has it in a list is to see the new name there. */
  async setName(id: TerminalId, name: string): Promise<void> {
    const row = { name, folded: foldedTerminal({ name, id }) };
    await this.#db.updateTable("terminals").set(row).where("id", "=", id).execute();
    this.#note("terminal", id);
  }

  async setDivision(id: TerminalId, divisionId: DivisionId | null): Promise<void> {
    await this.#db.updateTable("terminals").set({ divisionId }).where("id", "=", id).execute();
    this.#note("terminal", id);
    this.#note("lock", MOVED);
  }

  async seen(id: TerminalId, at: number): Promise<void> {
    await this.#db.updateTable("terminals").set({ lastSeenAt: at }).where("id", "=", id).execute();
  }

  async setInterfaces(id: TerminalId, interfaces: string): Promise<void> {
    await this.#db.updateTable("terminals").set({ interfaces }).where("id", "=", id).execute();
  }

  /** It may be another PC from now on: how the former one was woken is forgotten. */
  async enrol(id: TerminalId, publicKey: PublicKey, at: number): Promise<void> {
    const row = { publicKey, enrolledAt: at, interfaces: null };
    await this.#db.updateTable("terminals").set(row).where("id", "=", id).execute();
    await this.#db.deleteFrom("twins").where("terminalId", "=", id).execute();
    this.#note("terminal", id);
  }

  /** Its key counts no longer, whoever has it: it has to be enrolled anew. */
  async withdraw(id: TerminalId): Promise<void> {
    const row = { publicKey: null, enrolledAt: null, interfaces: null };
    await this.#db.updateTable("terminals").set(row).where("id", "=", id).execute();
    await this.#db.deleteFrom("twins").where("terminalId", "=", id).execute();
    this.#note("terminal", id);
  }

  async setAside(row: TwinsRow): Promise<void> {
    await this.#db
      .insertInto("twins")
      .values(row)
      .onConflict((conflict) => conflict.column("terminalId").doUpdateSet(row))
      .execute();
    this.#note("terminal", row.terminalId);
  }

  /** Of these, those that are set aside. */
  twinsAmong(ids: readonly TerminalId[]): Promise<TwinsRow[]> {
    if (ids.length === 0) return Promise.resolve([]);
    return this.#db.selectFrom("twins").selectAll().where("terminalId", "in", ids).execute();
  }

  /** A new token makes older unused ones of the same terminal worthless. */
  async putToken(row: EnrolmentTokenRow): Promise<void> {
    await this.#db
      .deleteFrom("enrolmentTokens")
      .where("terminalId", "=", row.terminalId)
      .where("usedAt", "is", null)
      .execute();
    await this.#db.insertInto("enrolmentTokens").values(row).execute();
  }

  /** Of office PCs that had none. */
  async insertTokens(rows: readonly EnrolmentTokenRow[]): Promise<void> {
    await this.#db.insertInto("enrolmentTokens").values(rows).execute();
  }

  /** Uses up a token: whom it is for, exactly once. */
  takeToken(hash: string, now: number): Promise<Pick<EnrolmentTokenRow, "terminalId" | "host"> | undefined> {
    return this.#db
      .updateTable("enrolmentTokens")
      .set({ usedAt: now })
      .where("hash", "=", hash)
      .where("usedAt", "is", null)
      .where("expiresAt", ">", now)
      .returning(["terminalId", "host"])
      .executeTakeFirst();
  }

  /** Where these stand, of those that are there. */
  standings(ids: readonly TerminalId[]): Promise<TerminalStanding[]> {
    return this.#db
      .selectFrom("terminals")
      .select(["id", "organisationId", "divisionId", "name"])
      .where("id", "in", ids)
      .execute();
  }

  /** All of an organisation, by name, so many at a time. */
  standingsOf(
    organisation: OrganisationId,
    after: Pick<TerminalStanding, "id" | "name"> | undefined,
    limit: number,
  ): Promise<TerminalStanding[]> {
    const { name, id } = after ?? {};
    return this.#db
      .selectFrom("terminals")
      .select(["id", "organisationId", "divisionId", "name"])
      .where("organisationId", "=", organisation)
      .$if(after !== undefined, (query) => query.where(sql<SqlBool>`(name, id) > (${name}, ${id})`))
      .orderBy("name")
      .orderBy("id")
      .limit(limit)
      .execute();
  }

  /** Those of these that were never enrolled, and that nobody was given; the token they were made with is the only one. */
  async neverUsed(ids: readonly TerminalId[]): Promise<TerminalId[]> {
    const rows = await this.#db
      .selectFrom("terminals")
      .select("terminals.id")
      .where("terminals.id", "in", ids)
      .where("terminals.enrolledAt", "is", null)
      .where("terminals.lastSeenAt", "is", null)
      .where(({ and }) =>
        and([
          ...["grants", "sessions", "locks", "twins", "forgets"].map(
            (table) =>
              sql<SqlBool>`not exists (select 1 from ${sql.table(table)} where ${sql.ref(`${table}.terminalId`)} = ${sql.ref("terminals.id")})`,
          ),
          sql<SqlBool>`not exists (select 1 from enrolment_tokens e where e.terminal_id = ${sql.ref("terminals.id")}
            and (e.used_at is not null or e.created_at <> ${sql.ref("terminals.createdAt")}))`,
        ]),
      )
      .execute();
    return rows.map(({ id }) => id);
  }

  /** Only what was never used (neverUsed), with its token: anything else that refers to it stops it. */
  async remove(ids: readonly TerminalId[]): Promise<void> {
    await this.#db.deleteFrom("enrolmentTokens").where("terminalId", "in", ids).execute();
    await this.#db.deleteFrom("terminals").where("id", "in", ids).execute();
  }

  /** Which of these are enrolled, neither disabled nor set aside, and not expired. */
  async usableAmong(ids: readonly TerminalId[], now: number): Promise<TerminalId[]> {
    const rows = await this.#db
      .selectFrom("terminals")
      .select("id")
      .where("id", "in", ids)
      .where(IS_USABLE)
      .where(({ not }) => not(isExpired(now)))
      .execute();
    return rows.map((row) => row.id);
  }

  /** Of which of these the event is over. */
  async expiredAmong(ids: readonly TerminalId[], now: number): Promise<TerminalId[]> {
    if (ids.length === 0) return [];
    const rows = await this.#db
      .selectFrom("terminals")
      .select("id")
      .where("id", "in", ids)
      .where(isExpired(now))
      .execute();
    return rows.map((row) => row.id);
  }

  /** Where it is one of those. */
  usable(id: TerminalId, now: number): Promise<TerminalWithOrganisation | undefined> {
    return this.#withOrganisation()
      .where("terminals.id", "=", id)
      .where(IS_USABLE)
      .where(({ not }) => not(isExpired(now)))
      .executeTakeFirst();
  }

  /** Who has a grant for one of these, whether it has ended or not. */
  async grantedTo(ids: readonly TerminalId[]): Promise<PersonId[]> {
    const rows = await this.#db
      .selectFrom("grants")
      .select("personId")
      .distinct()
      .where("terminalId", "in", ids)
      .execute();
    return rows.map((row) => row.personId);
  }

  /** Whose grants ended in this time: after `since`, up to and with `until`. */
  async grantsEnded(since: number, until: number): Promise<PersonId[]> {
    const rows = await this.#db
      .selectFrom("grants")
      .select("personId")
      .distinct()
      .where("until", ">", since)
      .where("until", "<=", until)
      .execute();
    return rows.map((row) => row.personId);
  }

  /**
   * Enrolled, not disabled, granted now; by name. One that is set aside is there, and off; one whose event is over (`idUntil`) is there
   * for a while yet. `only`: of these at most this one.
   */
  usableBy(
    person: PersonId,
    now: number,
    only?: TerminalId,
  ): Promise<Array<TerminalWithOrganisation & { until: number | null; idUntil: number | null }>> {
    return this.#withOrganisation()
      .innerJoin("grants", "grants.terminalId", "terminals.id")
      .leftJoin("allotments", "allotments.id", "terminals.allotmentId")
      .leftJoin("events", "events.id", "allotments.eventId")
      .select(["grants.until", "events.endsAt as idUntil"])
      .where((is) => is.or([is("events.endsAt", "is", null), is("events.endsAt", ">", now - EXPIRED_SHOWN_MS)]))
      .where("grants.personId", "=", person)
      .$if(only !== undefined, (query) => query.where("grants.terminalId", "=", only as TerminalId))
      .where((is) => is.or([is("grants.until", "is", null), is("grants.until", ">", now)]))
      .where("terminals.disabledAt", "is", null)
      .where("terminals.publicKey", "is not", null)
      .orderBy("terminals.name")
      .execute();
  }

  /** A grant that exists gets the new end. */
  async putGrant(row: GrantRow): Promise<void> {
    await this.#db
      .insertInto("grants")
      .values(row)
      .onConflict((conflict) => conflict.columns(["personId", "terminalId"]).doUpdateSet({ until: row.until }))
      .execute();
    this.#note("person", row.personId);
  }

  async removeGrant(person: PersonId, terminal: TerminalId): Promise<boolean> {
    const result = await this.#db
      .deleteFrom("grants")
      .where("personId", "=", person)
      .where("terminalId", "=", terminal)
      .executeTakeFirst();
    this.#note("person", person);
    return result.numDeletedRows === 1n;
  }

  /** Of this person, or for this office PC; ended ones among them. */
  grantsOf(of: { person: PersonId } | { terminal: TerminalId }): Promise<GrantRow[]> {
    return this.#db
      .selectFrom("grants")
      .selectAll()
      .where((is) => ("person" in of ? is("personId", "=", of.person) : is("terminalId", "=", of.terminal)))
      .orderBy("personId")
      .orderBy("terminalId")
      .execute();
  }

  grantsOfPeople(people: readonly PersonId[]): Promise<GrantRow[]> {
    return this.#db.selectFrom("grants").selectAll().where("personId", "in", people).execute();
  }

  grant(person: PersonId, terminal: TerminalId): Promise<GrantRow | undefined> {
    return this.#db
      .selectFrom("grants")
      .selectAll()
      .where("personId", "=", person)
      .where("terminalId", "=", terminal)
      .executeTakeFirst();
  }

  /** By login. */
  grantsPage(filter: ListFilter, { after, limit }: PageOf<OfGrant>): Promise<GrantListed[]> {
    const [whose, terminal] = (after ?? []) as OfGrant;
    return this.#grantsMatching(filter)
      .selectAll("grants")
      .select(["people.login", "terminals.name as terminalName"])
      .$if(after !== undefined, (query) => query.where(behind(whose, [sql.ref("grants.terminalId"), terminal])))
      .orderBy("people.login")
      .orderBy("organisations.code")
      .orderBy("grants.terminalId")
      .limit(limit)
      .execute();
  }

  countGrants(filter: ListFilter): Promise<number> {
    return countOf(this.#grantsMatching(filter));
  }

  #grantsMatching(filter: ListFilter) {
    const searched = ["people.login", "people.name", "grants.terminalId", "terminals.name"];
    const divisions = ["people.divisionId", "terminals.divisionId"];
    return this.#db
      .selectFrom("grants")
      .innerJoin("people", "people.id", "grants.personId")
      .innerJoin("organisations", "organisations.id", "people.organisationId")
      .innerJoin("terminals", "terminals.id", "grants.terminalId")
      .where(matches(filter, { organisation: "grants.organisationId", divisions, searched }));
  }

  #matching(filter: ListFilter) {
    const standing = { organisation: "terminals.organisationId", divisions: ["terminals.divisionId"] };
    return this.#db
      .selectFrom("terminals")
      .innerJoin("organisations", "organisations.id", "terminals.organisationId")
      .where(matches(filter, { ...standing, searched: ["terminals.name", "terminals.id"] }));
  }

  #withOrganisation() {
    return this.#db
      .selectFrom("terminals")
      .innerJoin("organisations", "organisations.id", "terminals.organisationId")
      .select(TERMINAL)
      .select("organisations.name as organisationName");
  }
}
