/** What the console shows of the rows of one page, whose ids are known. In no order; who may see them was asked before. */
import { type Kysely, sql } from "kysely";
import type {
  DivisionId,
  KeyCode,
  LockId,
  OrganisationCode,
  OrganisationId,
  PersonId,
  SessionId,
  TerminalId,
} from "../../protocol/ids.ts";
import type { AuditRow } from "../rows/audit.ts";
import type { DivisionRow, DutyRole, PersonRow, SessionRow, Tables, TerminalRow } from "../rows/tables.ts";

/** Where a row stands, in words. */
export interface Belongs {
  organisationCode: OrganisationCode;
  organisationName: string;
  divisionName: string | null;
}

/** Counts are numbers in every database. */
const count = (from: string, column: string, of: string, condition = "") =>
  sql<number>`(select count(*) from ${sql.table(from)} where ${sql.ref(column)} = ${sql.ref(of)} ${sql.raw(condition)})`;

export class ConsoleRowQueries {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  people(
    ids: readonly PersonId[],
  ): Promise<
    Array<
      Pick<PersonRow, "id" | "login" | "name" | "organisationId" | "divisionId" | "createdAt" | "mail"> &
        Belongs & { devices: number; terminals: number; lastSignInAt: number | null }
    >
  > {
    if (ids.length === 0) return Promise.resolve([]);
    return this.#db
      .selectFrom("people")
      .innerJoin("organisations", "organisations.id", "people.organisationId")
      .leftJoin("divisions", "divisions.id", "people.divisionId")
      .select(["people.id", "people.login", "people.name", "people.organisationId", "people.divisionId"])
      .select(["people.createdAt", "people.mail", "organisations.code as organisationCode"])
      .select(["organisations.name as organisationName", "divisions.name as divisionName"])
      .select(count("devices", "devices.personId", "people.id", "and removed_at is null").as("devices"))
      .select(count("grants", "grants.personId", "people.id").as("terminals"))
      .select(({ selectFrom }) =>
        selectFrom("devices")
          .select(({ fn }) => fn.max("devices.lastUsedAt").as("at"))
          .whereRef("devices.personId", "=", "people.id")
          .as("lastSignInAt"),
      )
      .where("people.id", "in", ids)
      .execute();
  }

  /** Each with the name of what it is for. */
  duties(
    people: readonly PersonId[],
  ): Promise<Array<{ personId: PersonId; role: DutyRole; organisationName: string; divisionName: string | null }>> {
    if (people.length === 0) return Promise.resolve([]);
    return this.#db
      .selectFrom("duties")
      .innerJoin("organisations", "organisations.id", "duties.organisationId")
      .leftJoin("divisions", "divisions.id", "duties.divisionId")
      .select(["duties.personId", "duties.role"])
      .select(["organisations.name as organisationName", "divisions.name as divisionName"])
      .where("duties.personId", "in", people)
      .orderBy("duties.since")
      .execute();
  }

  terminals(
    ids: readonly TerminalId[],
  ): Promise<
    Array<
      Pick<
        TerminalRow,
        "id" | "name" | "organisationId" | "divisionId" | "createdAt" | "enrolledAt" | "disabledAt" | "lastSeenAt"
      > &
        Belongs & { people: number; eventName: string | null; endsAt: number | null }
    >
  > {
    if (ids.length === 0) return Promise.resolve([]);
    return this.#db
      .selectFrom("terminals")
      .leftJoin("allotments", "allotments.id", "terminals.allotmentId")
      .leftJoin("events", "events.id", "allotments.eventId")
      .select(["events.name as eventName", "events.endsAt"])
      .innerJoin("organisations", "organisations.id", "terminals.organisationId")
      .leftJoin("divisions", "divisions.id", "terminals.divisionId")
      .select(["terminals.id", "terminals.name", "terminals.organisationId", "terminals.divisionId"])
      .select(["terminals.createdAt", "terminals.enrolledAt", "terminals.disabledAt", "terminals.lastSeenAt"])
      .select(["organisations.code as organisationCode", "organisations.name as organisationName"])
      .select("divisions.name as divisionName")
      .select(count("grants", "grants.terminalId", "terminals.id").as("people"))
      .where("terminals.id", "in", ids)
      .execute();
  }

  /** Registered and removed ones. */
  devices(ids: readonly string[]) {
    if (ids.length === 0) return Promise.resolve([]);
    return this.#db
      .selectFrom("devices")
      .innerJoin("people", "people.id", "devices.personId")
      .innerJoin("organisations", "organisations.id", "people.organisationId")
      .select(["devices.id", "devices.code", "devices.addedAt", "devices.approvedBy", "devices.lastUsedAt"])
      .select(["devices.personId", "people.login", "people.name as personName", "people.organisationId"])
      .select(["people.divisionId", "organisations.code as organisationCode", "organisations.name as organisationName"])
      .where("devices.id", "in", ids)
      .execute();
  }

  /** Those that wait. Each by whose it is and its code. */
  async waitingDevices(of: ReadonlyArray<{ person: PersonId; code: KeyCode }>) {
    if (of.length === 0) return [];
    const rows = await this.#db
      .selectFrom("pendingDevices")
      .innerJoin("people", "people.id", "pendingDevices.personId")
      .innerJoin("organisations", "organisations.id", "people.organisationId")
      .select(["pendingDevices.code", "pendingDevices.seenAt", "pendingDevices.expiresAt", "pendingDevices.personId"])
      .select(["people.login", "people.name as personName", "people.organisationId", "people.divisionId"])
      .select(["organisations.code as organisationCode", "organisations.name as organisationName"])
      .where("pendingDevices.personId", "in", [...new Set(of.map(({ person }) => person))])
      .execute();
    const wanted = new Set(of.map(({ person, code }) => `${person}.${code}`));
    return rows.filter(({ personId, code }) => wanted.has(`${personId}.${code}`));
  }

  async grants(of: ReadonlyArray<{ person: PersonId; terminal: TerminalId }>) {
    if (of.length === 0) return [];
    const rows = await this.#db
      .selectFrom("grants")
      .innerJoin("people", "people.id", "grants.personId")
      .innerJoin("terminals", "terminals.id", "grants.terminalId")
      .innerJoin("organisations", "organisations.id", "grants.organisationId")
      .select(["grants.personId", "grants.terminalId", "grants.createdAt", "grants.until", "grants.organisationId"])
      .select(["people.login", "people.name as personName", "people.divisionId as personDivisionId"])
      .select(["terminals.name as terminalName", "terminals.divisionId as terminalDivisionId"])
      .select(["organisations.code as organisationCode", "organisations.name as organisationName"])
      .where(({ eb, or, and }) =>
        or(
          of.map(({ person, terminal }) =>
            and([eb("grants.personId", "=", person), eb("grants.terminalId", "=", terminal)]),
          ),
        ),
      )
      .execute();
    return rows;
  }

  divisions(
    ids: readonly DivisionId[],
  ): Promise<
    Array<
      Pick<DivisionRow, "id" | "name" | "organisationId" | "parentId"> & Belongs & { people: number; terminals: number }
    >
  > {
    if (ids.length === 0) return Promise.resolve([]);
    return this.#db
      .selectFrom("divisions")
      .innerJoin("organisations", "organisations.id", "divisions.organisationId")
      .select(["divisions.id", "divisions.name", "divisions.organisationId", "divisions.parentId"])
      .select(["organisations.code as organisationCode", "organisations.name as organisationName"])
      .select("divisions.name as divisionName")
      .select(count("people", "people.divisionId", "divisions.id").as("people"))
      .select(count("terminals", "terminals.divisionId", "divisions.id").as("terminals"))
      .where("divisions.id", "in", ids)
      .execute();
  }

  /** Of each with all below it; `divisions`: right below. */
  async divisionSums(
    ids: readonly DivisionId[],
  ): Promise<Map<DivisionId, { divisions: number; people: number; terminals: number }>> {
    if (ids.length === 0) return new Map();
    const { rows } = await sql<{ top: DivisionId; divisions: number; people: number; terminals: number }>`
      with recursive part (top, id) as (
        select id, id from divisions where id in (${sql.join(ids)})
        union select part.top, lower.id from divisions lower join part on lower.parent_id = part.id
      )
      select top, (select count(*) from divisions d where d.parent_id = top) as divisions,
        sum((select count(*) from people p where p.division_id = part.id)) as people,
        sum((select count(*) from terminals t where t.division_id = part.id)) as terminals
      from part group by top`.execute(this.#db);
    const numbers = rows.map(({ top, divisions, people, terminals }) => {
      return [top, { divisions: Number(divisions), people: Number(people), terminals: Number(terminals) }] as const;
    });
    return new Map(numbers);
  }

  sessions(ids: readonly SessionId[]): Promise<
    Array<
      SessionRow & {
        terminalName: string;
        divisionId: DivisionId | null;
        organisationCode: OrganisationCode;
        organisationName: string;
      }
    >
  > {
    if (ids.length === 0) return Promise.resolve([]);
    return this.#db
      .selectFrom("sessions")
      .innerJoin("terminals", "terminals.id", "sessions.terminalId")
      .innerJoin("organisations", "organisations.id", "sessions.organisationId")
      .selectAll("sessions")
      .select(["terminals.name as terminalName", "terminals.divisionId"])
      .select(["organisations.code as organisationCode", "organisations.name as organisationName"])
      .where("sessions.id", "in", ids)
      .execute();
  }

  locks(ids: readonly LockId[]) {
    if (ids.length === 0) return Promise.resolve([]);
    return this.#db
      .selectFrom("locks")
      .innerJoin("organisations", "organisations.id", "locks.organisationId")
      .leftJoin("divisions", "divisions.id", "locks.divisionId")
      .leftJoin("people", "people.id", "locks.personId")
      .leftJoin("terminals", "terminals.id", "locks.terminalId")
      .selectAll("locks")
      .select(["organisations.code as organisationCode", "organisations.name as organisationName"])
      .select(["divisions.name as divisionName", "people.login", "people.name as personName"])
      .select("terminals.name as terminalName")
      .where("locks.id", "in", ids)
      .execute();
  }

  audit(numbers: readonly number[]): Promise<AuditRow[]> {
    if (numbers.length === 0) return Promise.resolve([]);
    return this.#db.selectFrom("audit").selectAll().where("seq", "in", numbers).execute();
  }

  organisations(ids: readonly OrganisationId[]) {
    if (ids.length === 0) return Promise.resolve([]);
    return this.#db.selectFrom("organisations").select(["id", "code", "name"]).where("id", "in", ids).execute();
  }

  /** Sessions that run and sign-ins that hold, of a person, of their device, on an office PC or in one session. */
  async openOf(
    of: { person: PersonId; terminal?: TerminalId } | { terminal: TerminalId } | { device: string },
    now: number,
  ): Promise<{ sessions: number; signIns: number }> {
    const sessions = this.#db
      .selectFrom("sessions")
      .leftJoin("signIns", "signIns.id", "sessions.signInId")
      .select(({ fn }) => fn.countAll().as("count"))
      .where("sessions.endedAt", "is", null)
      .$if("person" in of, (query) => query.where("sessions.personId", "=", (of as { person: PersonId }).person))
      .$if("terminal" in of && of.terminal !== undefined, (query) =>
        query.where("sessions.terminalId", "=", (of as { terminal: TerminalId }).terminal),
      )
      .$if("device" in of, (query) => query.where("signIns.deviceId", "=", (of as { device: string }).device));
    const signIns = this.#db
      .selectFrom("signIns")
      .select(({ fn }) => fn.countAll().as("count"))
      .where("endedAt", "is", null)
      .where("endsAt", ">", now)
      .$if("person" in of, (query) => query.where("personId", "=", (of as { person: PersonId }).person))
      .$if("device" in of, (query) => query.where("deviceId", "=", (of as { device: string }).device));
    const found = await sessions.executeTakeFirst();
    const held = "person" in of || "device" in of ? await signIns.executeTakeFirst() : undefined;
    return { sessions: Number(found?.count ?? 0), signIns: Number(held?.count ?? 0) };
  }
}
