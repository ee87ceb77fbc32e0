/** What people ask of their managers. It stands where the person does, and of an office PC where that does, too. */
import { type Kysely, type SqlBool, sql } from "kysely";
import type { DivisionId, Login, OrganisationId, PersonId, RequestId, TerminalId } from "../../protocol/ids.ts";
import type { Note } from "../rows/changes.ts";
import type { RequestRow } from "../rows/requests.ts";
import type { Tables } from "../rows/tables.ts";
import { anyOf, isOneOf, type Old, type Reach, within } from "./lists.ts";

/** With what is said of who asks, and of the office PC. */
export type RequestListed = RequestRow & {
  login: Login;
  personName: string;
  divisionId: DivisionId | null;
  terminalName: string | null;
  terminalDivisionId: DivisionId | null;
};

const STANDING = { organisation: "requests.organisationId", divisions: ["people.divisionId"] };

interface Span {
  readonly from: number;
  readonly to: number;
}

/** A session, and when. */
interface Resting {
  readonly personId: PersonId;
  readonly terminalId: TerminalId;
  readonly requestedAt: number;
}

/** Somebody approved it, whatever came of that. */
const WERE_APPROVED = ["approved", "taken-back", "given-up"] as const;
/** Until when it was in force. */
const END = sql<number>`case when requests.state = 'approved' then requests.until else ${sql.ref("requests.decidedAt")} end`;

const HALF_A_DAY_MS = 12 * 3_600_000;
const DAY_MS = 24 * 3_600_000;

export class RequestQueries {
  readonly #db: Kysely<Tables>;
  readonly #note: Note;

  constructor(db: Kysely<Tables>, note: Note) {
    this.#db = db;
    this.#note = note;
  }

  async insert(row: RequestRow): Promise<void> {
    await this.#db.insertInto("requests").values(row).execute();
    this.#note("person", row.personId);
  }

  /** Office PCs that are called so; several may be. */
  async terminalsNamed(organisation: OrganisationId, name: string): Promise<TerminalId[]> {
    const rows = await this.#db
      .selectFrom("terminals")
      .select("id")
      .where("organisationId", "=", organisation)
      .where("name", "=", name)
      .execute();
    return rows.map(({ id }) => id);
  }

  byId(id: RequestId): Promise<RequestListed | undefined> {
    return this.#listed().where("requests.id", "=", id).executeTakeFirst();
  }

  /** Newest first, of those that were over by `since` none. */
  ofPerson(person: PersonId, since: number, limit: number): Promise<RequestListed[]> {
    return this.#listed()
      .where("requests.personId", "=", person)
      .where("requests.until", ">", since)
      .orderBy("requests.askedAt", "desc")
      .limit(limit)
      .execute();
  }

  /** Those that wait for an answer, the one that ends first at first; of who was stopped meanwhile none. */
  waiting(reach: Reach, now: number, limit: number): Promise<RequestListed[]> {
    return this.#within(reach)
      .where("requests.state", "=", "waiting")
      .where("requests.expiresAt", ">", now)
      .where("people.disabledAt", "is", null)
      .orderBy("requests.expiresAt")
      .limit(limit)
      .execute();
  }

  /** Those that were approved, refused or ended early since then, the newest first. */
  decided(reach: Reach, since: number, limit: number): Promise<RequestListed[]> {
    return this.#within(reach)
      .where("requests.state", "in", [...WERE_APPROVED, "refused"])
      .where("requests.expiresAt", ">", since)
      .where("requests.decidedAt", ">", since)
      .orderBy("requests.decidedAt", "desc")
      .limit(limit)
      .execute();
  }

  /** Overtime of these people that begins in between, whatever was said to it. */
  overtimeOf(people: readonly PersonId[], span: Span): Promise<RequestRow[]> {
    return this.#overtime(span)
      .selectAll("requests")
      .where(sql<SqlBool>`${anyOf(isOneOf(sql.ref("requests.personId"), people))}`)
      .orderBy("requests.since")
      .execute();
  }

  /** Whose it is, of those in reach. */
  async whoAskedOvertime(reach: Reach, span: Span, limit: number): Promise<PersonId[]> {
    const rows = await this.#overtime(span)
      .innerJoin("people", "people.id", "requests.personId")
      .select("requests.personId")
      .distinct()
      .where(sql<SqlBool>`${within(reach, STANDING)}`)
      .limit(limit)
      .execute();
    return rows.map(({ personId }) => personId);
  }

  #overtime({ from, to }: Span) {
    return (
      this.#db
        .selectFrom("requests")
        .where("requests.kind", "=", "overtime")
        .where("requests.state", "!=", "withdrawn")
        // nor what was given up before it began
        .where(({ or, eb, ref }) => or([eb("requests.state", "!=", "given-up"), eb(END, ">", ref("requests.since"))]))
        // of one day: by their ends they are found without reading all there ever were
        .where("requests.until", ">", from)
        .where("requests.until", "<", to + DAY_MS)
        .where("requests.since", ">=", from)
        .where("requests.since", "<", to)
    );
  }

  /** Until when overtime was approved, of those of these people for whom it goes on, or did today: there may be a grace after it. */
  async extensions(people: readonly PersonId[], now: number): Promise<Map<PersonId, number>> {
    if (people.length === 0) return new Map();
    const rows = await this.#db
      .selectFrom("requests")
      .select(["personId", ({ fn }) => fn.max(END).as("last")])
      .where("kind", "=", "overtime")
      .where("state", "in", WERE_APPROVED)
      .where("personId", "in", people)
      .where("until", ">", now - HALF_A_DAY_MS)
      .groupBy("personId")
      .execute();
    return new Map(rows.map(({ personId, last }) => [personId, last]));
  }

  /** Those that were approved and on which this session rests, from when it was asked for until now. */
  behind({ personId, terminalId, requestedAt }: Resting, now: number): Promise<RequestRow[]> {
    return this.#db
      .selectFrom("requests")
      .selectAll()
      .where("personId", "=", personId)
      .where("state", "in", WERE_APPROVED)
      .where("until", ">", requestedAt)
      .where(END, ">", requestedAt)
      .where("since", "<=", now)
      .where(({ or, eb }) => or([eb("kind", "=", "overtime"), eb("terminalId", "=", terminalId)]))
      .orderBy("askedAt")
      .execute();
  }

  /** It is as it was read: whoever writes has looked in the same write. */
  async set(row: Pick<RequestRow, "id" | "personId" | "state" | "answers" | "decidedAt">): Promise<void> {
    const { id, personId, ...change } = row;
    await this.#db.updateTable("requests").set(change).where("id", "=", id).execute();
    this.#note("person", personId);
  }

  /** Nobody has answered them in time. */
  unanswered(now: number, limit: number): Promise<RequestListed[]> {
    return this.#listed()
      .where("requests.state", "=", "waiting")
      .where("requests.expiresAt", "<=", now)
      .orderBy("requests.expiresAt")
      .limit(limit)
      .execute();
  }

  /** Those that were over before this moment; says how many. */
  async forget({ before, organisations }: Old, limit: number): Promise<number> {
    const old = this.#db
      .selectFrom("requests")
      .select("id")
      .where("until", "<", before)
      .$if(organisations !== undefined, (query) => query.where("organisationId", "in", organisations ?? []))
      .limit(limit);
    const result = await this.#db.deleteFrom("requests").where("id", "in", old).executeTakeFirst();
    return Number(result.numDeletedRows);
  }

  #within(reach: Reach) {
    return this.#listed().where(sql<SqlBool>`${within(reach, STANDING)}`);
  }

  #listed() {
    return this.#db
      .selectFrom("requests")
      .innerJoin("people", "people.id", "requests.personId")
      .leftJoin("terminals", "terminals.id", "requests.terminalId")
      .selectAll("requests")
      .select(["people.login", "people.name as personName", "people.divisionId"])
      .select(["terminals.name as terminalName", "terminals.divisionId as terminalDivisionId"]);
  }
}
