/** Who and what is kept out. There are few in force at a time, and each is asked about whoever comes: they are read all at once. */
import { type ExpressionBuilder, type Kysely, type SqlBool, sql } from "kysely";
import type {
  DivisionId,
  LiftCode,
  LockId,
  Login,
  OrganisationCode,
  OrganisationId,
  TerminalId,
} from "../../protocol/ids.ts";
import { MAX_LOCK_KEPT_MS } from "../../protocol/limits.ts";
import type { Note } from "../rows/changes.ts";
import type { LockRow, Tables } from "../rows/tables.ts";
import { withAllBelow } from "./below.ts";
import { countOf, type ListFilter, matches, type PageOf } from "./lists.ts";
import { Statement } from "./statement.ts";

/** A lock with all that stands below what it is on. */
export interface LockInForce extends LockRow {
  readonly organisations: ReadonlySet<OrganisationId>;
  readonly divisions: ReadonlySet<DivisionId>;
}

/** No longer in force here, with the organisations whose office PCs may keep it. */
export interface LiftedLock extends Pick<LockInForce, "id" | "organisations"> {
  readonly liftCode: LiftCode;
}

export interface LockFilter extends ListFilter {
  /** Also those that have ended. */
  readonly all?: boolean | undefined;
}

/** With the names of what it is on. */
export interface LockListed extends LockRow {
  organisationCode: OrganisationCode;
  organisationName: string;
  divisionName: string | null;
  login: Login | null;
  personName: string | null;
  terminalName: string | null;
}

export const isInForce = (now: number) => (is: ExpressionBuilder<Tables, "locks">) =>
  is.and([is("liftedAt", "is", null), is.or([is("until", "is", null), is("until", ">", now)])]);

const IN_FORCE = new Statement<{ now: number }, LockRow>((db, { now }) =>
  db.selectFrom("locks").selectAll().where(isInForce(now)).orderBy("createdAt"),
);

export class LockQueries {
  readonly #db: Kysely<Tables>;
  readonly #note: Note;

  constructor(db: Kysely<Tables>, note: Note) {
    this.#db = db;
    this.#note = note;
  }

  async insert(row: LockRow): Promise<void> {
    await this.#db.insertInto("locks").values(row).execute();
    this.#note("lock", row.id);
  }

  /** `code`: null where nobody has it. False when it was lifted before. */
  async lift(id: LockId, by: string, at: number, code: LiftCode | null): Promise<boolean> {
    const result = await this.#db
      .updateTable("locks")
      .set({ liftedAt: at, liftedBy: by, liftCode: code })
      .where("id", "=", id)
      .where((is) => (code === null ? is("liftedAt", "is", null) : is("liftCode", "is", null)))
      .executeTakeFirst();
    const lifted = result.numUpdatedRows === 1n;
    if (lifted) this.#note("lock", id);
    return lifted;
  }

  byId(id: LockId): Promise<LockRow | undefined> {
    return this.#db.selectFrom("locks").selectAll().where("id", "=", id).executeTakeFirst();
  }

  /** Each with what stands below what it is on. */
  async inForce(now: number): Promise<LockInForce[]> {
    const rows = await IN_FORCE.all(this.#db, { now });
    return Promise.all(rows.map((row) => this.#withThoseBelow(row)));
  }

  /** Those that office PCs may still keep although they were lifted, and the code with which they let go. */
  async lifted(now: number): Promise<LiftedLock[]> {
    const rows = await this.#db
      .selectFrom("locks")
      .select(["id", "kind", "organisationId", "liftCode"])
      .where("liftCode", "is not", null)
      .$narrowType<{ liftCode: LiftCode }>()
      .where("liftedAt", ">", now - MAX_LOCK_KEPT_MS)
      .where((is) => is.or([is("until", "is", null), is("until", ">", now)]))
      .execute();
    return Promise.all(
      rows.map(async ({ id, kind, organisationId, liftCode }) => {
        const isOfAll = kind === "organisation";
        const organisations = isOfAll ? await this.#below("organisations", organisationId) : new Set([organisationId]);
        return { id, liftCode, organisations };
      }),
    );
  }

  /** Which people of these divisions may use which of these office PCs, whether their grant has ended or not. */
  grantedIn(
    divisions: readonly DivisionId[],
    terminals: readonly TerminalId[],
  ): Promise<Array<{ terminalId: TerminalId; login: Login }>> {
    return this.#db
      .selectFrom("grants")
      .innerJoin("people", "people.id", "grants.personId")
      .select(["grants.terminalId", "people.login"])
      .where("people.divisionId", "in", divisions)
      .where("grants.terminalId", "in", terminals)
      .execute();
  }

  /** What a lock on a division or organisation would be about: what is below it, and the sessions of its people and on its PCs. */
  async concerned(
    what: Pick<LockRow, "kind" | "organisationId" | "divisionId">,
  ): Promise<{ sessions: number; people: number; terminals: number }> {
    const { organisations, divisions } = await this.#withThoseBelow(what as LockRow);
    const column = what.kind === "organisation" ? "organisationId" : "divisionId";
    const ids = [...(what.kind === "organisation" ? organisations : divisions)];
    const count = async (table: "people" | "terminals") =>
      countOf(this.#db.selectFrom(table).where(sql.ref(`${table}.${column}`), "in", ids));
    const sessions = await countOf(
      this.#db
        .selectFrom("sessions")
        .innerJoin("people", "people.id", "sessions.personId")
        .innerJoin("terminals", "terminals.id", "sessions.terminalId")
        .where("sessions.endedAt", "is", null)
        .where((is) =>
          is.or([is(sql.ref(`people.${column}`), "in", ids), is(sql.ref(`terminals.${column}`), "in", ids)]),
        ),
    );
    return { sessions, people: await count("people"), terminals: await count("terminals") };
  }

  /** The newest first. */
  page(filter: LockFilter, now: number, { after, limit }: PageOf<LockId>): Promise<LockListed[]> {
    const last = sql`(select created_at, id from locks where id = ${after ?? null})`;
    return this.#matching(filter, now)
      .selectAll("locks")
      .select(["organisations.code as organisationCode", "organisations.name as organisationName"])
      .select(["divisions.name as divisionName", "people.login", "people.name as personName"])
      .select("terminals.name as terminalName")
      .$if(after !== undefined, (query) =>
        query.where(sql<SqlBool>`(${sql.ref("locks.createdAt")}, ${sql.ref("locks.id")}) < ${last}`),
      )
      .orderBy("locks.createdAt", "desc")
      .orderBy("locks.id", "desc")
      .limit(limit)
      .execute();
  }

  count(filter: LockFilter, now: number): Promise<number> {
    return countOf(this.#matching(filter, now));
  }

  #matching(filter: LockFilter, now: number) {
    const searched = ["locks.id", "people.login", "people.name", "terminals.name", "locks.deviceCode", "locks.reason"];
    return (
      this.#db
        .selectFrom("locks")
        .innerJoin("organisations", "organisations.id", "locks.organisationId")
        .leftJoin("divisions", "divisions.id", "locks.divisionId")
        .leftJoin("people", "people.id", "locks.personId")
        .leftJoin("terminals", "terminals.id", "locks.terminalId")
        // a session stands where its office PC does
        .leftJoin("people as owners", (join) =>
          join.onRef("owners.id", "=", "locks.personId").on("locks.terminalId", "is", null),
        )
        .where(
          matches(filter, {
            organisation: "locks.organisationId",
            divisions: ["locks.divisionId", "owners.divisionId", "terminals.divisionId"],
            searched,
          }),
        )
        .$if(filter.all !== true, (query) =>
          query
            .where("locks.liftedAt", "is", null)
            .where((is) => is.or([is("locks.until", "is", null), is("locks.until", ">", now)])),
        )
    );
  }

  async #withThoseBelow(row: LockRow): Promise<LockInForce> {
    const { kind, organisationId, divisionId } = row;
    const none = { organisations: new Set<OrganisationId>(), divisions: new Set<DivisionId>() };
    if (kind === "organisation")
      return { ...row, ...none, organisations: await this.#below<OrganisationId>("organisations", organisationId) };
    if (kind === "division" && divisionId !== null)
      return { ...row, ...none, divisions: await this.#below<DivisionId>("divisions", divisionId) };
    return { ...row, ...none };
  }

  async #below<Id extends string>(table: "organisations" | "divisions", id: Id): Promise<Set<Id>> {
    const { rows } = await sql<{ id: Id }>`${withAllBelow(table, sql`id = ${id}`)}`.execute(this.#db);
    return new Set(rows.map((row) => row.id));
  }
}
