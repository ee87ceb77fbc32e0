import { type Kysely, type Selectable, type SqlBool, sql } from "kysely";
import type { DivisionId, KeyCode, Login, OrganisationId, PersonId } from "../../protocol/ids.ts";
import type { MailAddress } from "../../protocol/mail-address.ts";
import { MOVED, type Note } from "../rows/changes.ts";
import { foldedPerson } from "../rows/folded.ts";
import type { PersonRow, Refused, Tables } from "../rows/tables.ts";
import { behind, countOf, type ListFilter, matches, type PageOf, type Whose } from "./lists.ts";
import { Statement } from "./statement.ts";

/**
 * Used codes that are remembered of one person. An older one counts again only if the clock goes back by as many steps as there
 * were sign-ins since: more than a working day's.
 */
const USED_CODES_KEPT = 64;

/** All but what it is searched by. */
export const PERSON = [
  "people.id",
  "people.organisationId",
  "people.divisionId",
  "people.login",
  "people.name",
  "people.passwordHash",
  "people.passwordChangedAt",
  "people.mustChange",
  "people.totpSeed",
  "people.seedConfirmedAt",
  "people.driftLowMs",
  "people.driftHighMs",
  "people.driftAt",
  "people.failures",
  "people.createdAt",
  "people.disabledAt",
  "people.mail",
] as const satisfies readonly `people.${keyof PersonRow}`[];

export const REFUSED = ["people.refusals", "people.refusedAt", "people.refusedFrom"] as const;

export interface PersonWithRefusals extends PersonRow, Selectable<Refused> {}

const TAKE_STEP = new Statement<{ id: PersonId; step: number; device: KeyCode }, unknown>((db, { id, step, device }) =>
  db
    .insertInto("usedCodes")
    .values({ personId: id, step, waitingDevice: null })
    .onConflict((conflict) =>
      conflict
        .columns(["personId", "step"])
        .doUpdateSet({ waitingDevice: null })
        .where("usedCodes.waitingDevice", "=", device),
    ),
);

const STEP_USE = new Statement<{ id: PersonId; step: number }, { waitingDevice: KeyCode | null }>((db, { id, step }) =>
  db.selectFrom("usedCodes").select("waitingDevice").where("personId", "=", id).where("step", "=", step),
);

export class PersonQueries {
  readonly #db: Kysely<Tables>;
  readonly #note: Note;

  constructor(db: Kysely<Tables>, note: Note) {
    this.#db = db;
    this.#note = note;
  }

  async insert(...rows: readonly PersonRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#db
      .insertInto("people")
      .values(rows.map((row) => ({ ...row, folded: foldedPerson(row) })))
      .execute();
  }

  /** By login, and by the organisation's code where several have the same. */
  page(filter: ListFilter, { after, limit }: PageOf<Whose>): Promise<PersonRow[]> {
    return this.#matching(filter)
      .select(PERSON)
      .$if(after !== undefined, (query) => query.where(behind(after as Whose)))
      .orderBy("people.login")
      .orderBy("organisations.code")
      .limit(limit)
      .execute();
  }

  count(filter: ListFilter): Promise<number> {
    return countOf(this.#matching(filter));
  }

  #matching(filter: ListFilter) {
    const standing = { organisation: "people.organisationId", divisions: ["people.divisionId"] };
    return this.#db
      .selectFrom("people")
      .innerJoin("organisations", "organisations.id", "people.organisationId")
      .where(matches(filter, { ...standing, searched: ["people.login", "people.name"] }));
  }

  byId(id: PersonId): Promise<PersonRow | undefined> {
    return this.#db.selectFrom("people").select(PERSON).where("id", "=", id).executeTakeFirst();
  }

  byLogin(organisation: OrganisationId, login: Login): Promise<PersonRow | undefined> {
    return this.#db
      .selectFrom("people")
      .select(PERSON)
      .where("login", "=", login)
      .where("organisationId", "=", organisation)
      .executeTakeFirst();
  }

  byIds(ids: readonly PersonId[]): Promise<PersonRow[]> {
    return this.#db.selectFrom("people").select(PERSON).where("id", "in", ids).execute();
  }

  byLogins(organisation: OrganisationId, logins: readonly Login[]): Promise<PersonRow[]> {
    return this.#db
      .selectFrom("people")
      .select(PERSON)
      .where("login", "in", logins)
      .where("organisationId", "=", organisation)
      .execute();
  }

  /** Logins that are one of these but for zeros at their beginning. */
  async withZeros(organisation: OrganisationId, logins: readonly string[]): Promise<Login[]> {
    const rows = await this.#db
      .selectFrom("people")
      .select("login")
      .where(sql<string>`ltrim(login, '0')`, "in", logins)
      .where(sql<SqlBool>`login like '0%'`)
      .where("organisationId", "=", organisation)
      .execute();
    return rows.map(({ login }) => login);
  }

  /**
   * Those of these whom nothing refers to: they never came in, nothing was given to or kept from them, nobody was told to wait, and
   * no policy was set for them.
   */
  async neverUsed(ids: readonly PersonId[]): Promise<PersonId[]> {
    const tables = [
      "devices",
      "pendingDevices",
      "grants",
      "signIns",
      "sessions",
      "duties",
      "confirmations",
      "locks",
      "usedCodes",
    ];
    const rows = await this.#db
      .selectFrom("people")
      .select("people.id")
      .where("people.id", "in", ids)
      .where("people.seedConfirmedAt", "is", null)
      .where(
        sql<SqlBool>`not exists (select 1 from policies where level = 'person' and place = ${sql.ref("people.id")})`,
      )
      .where(({ and }) =>
        and(
          tables.map(
            (table) =>
              sql<SqlBool>`not exists (select 1 from ${sql.table(table)} where ${sql.ref(`${table}.personId`)} = ${sql.ref("people.id")})`,
          ),
        ),
      )
      .execute();
    return rows.map(({ id }) => id);
  }

  /** Only who was never used (neverUsed): anything else that refers to them stops it. */
  async remove(ids: readonly PersonId[]): Promise<void> {
    await this.#db.deleteFrom("people").where("id", "in", ids).execute();
  }

  /** One in each organisation at most. */
  allByLogin(login: Login): Promise<PersonRow[]> {
    return this.#db.selectFrom("people").select(PERSON).where("login", "=", login).execute();
  }

  async setName({ id, login }: Pick<PersonRow, "id" | "login">, name: string): Promise<void> {
    const row = { name, folded: foldedPerson({ name, login }) };
    await this.#db.updateTable("people").set(row).where("id", "=", id).execute();
  }

  async setMail(id: PersonId, mail: MailAddress | null): Promise<void> {
    await this.#db.updateTable("people").set({ mail }).where("id", "=", id).execute();
  }

  async setDivision(id: PersonId, divisionId: DivisionId | null): Promise<void> {
    await this.#db.updateTable("people").set({ divisionId }).where("id", "=", id).execute();
    this.#note("person", id);
    this.#note("lock", MOVED); // one on a division may be about them now, or no longer
  }

  async setDisabled(id: PersonId, at: number | null): Promise<void> {
    await this.#db.updateTable("people").set({ disabledAt: at }).where("id", "=", id).execute();
    this.#note("person", id);
  }

  async setPassword(id: PersonId, password: { hash: string; mustChange: 0 | 1 }, at: number): Promise<void> {
    const { hash, mustChange } = password;
    const row = { passwordHash: hash, passwordChangedAt: at, mustChange };
    await this.#db.updateTable("people").set(row).where("id", "=", id).execute();
  }

  /** A new seed has no used codes, and is in nobody's authenticator app as far as we know. */
  async setSeed(id: PersonId, totpSeed: string): Promise<void> {
    await this.#db.updateTable("people").set({ totpSeed, seedConfirmedAt: null }).where("id", "=", id).execute();
    await this.setDrift(id, undefined); // perhaps another phone
    await this.#db.deleteFrom("usedCodes").where("personId", "=", id).execute();
  }

  /** What is known of their authenticator's clock; undefined: that it is right. */
  async setDrift(id: PersonId, drift: { lowMs: number; highMs: number; at: number } | undefined): Promise<void> {
    const { lowMs = null, highMs = null, at = null } = drift ?? {};
    const row = { driftLowMs: lowMs, driftHighMs: highMs, driftAt: at };
    await this.#db.updateTable("people").set(row).where("id", "=", id).execute();
  }

  /** Its codes let the person in; the first time counts. */
  async confirmSeed(id: PersonId, at: number): Promise<void> {
    const row = { seedConfirmedAt: at };
    await this.#db.updateTable("people").set(row).where("id", "=", id).where("seedConfirmedAt", "is", null).execute();
  }

  /**
   * Uses up the code of this time step to let this device in: true exactly once per step, whoever asks at the same moment
   * (RFC 6238 §5.2). Not the highest step is remembered but each one, so that a clock that was ahead for a while refuses no
   * right code when it is put back. `remembered`: how many are, where that is known.
   */
  async takeStep(id: PersonId, step: number, device: KeyCode, remembered = USED_CODES_KEPT): Promise<boolean> {
    const taken = await TAKE_STEP.change(this.#db, { id, step, device });
    if (remembered >= USED_CODES_KEPT) await this.#forgetOldSteps(id);
    return taken === 1;
  }

  /** Uses up the code for a device that is to wait for an administrator: true for the first device, again and again, for no other. */
  async holdStep(id: PersonId, step: number, device: KeyCode): Promise<boolean> {
    await this.#db
      .insertInto("usedCodes")
      .values({ personId: id, step, waitingDevice: device })
      .onConflict((conflict) => conflict.columns(["personId", "step"]).doNothing())
      .execute();
    await this.#forgetOldSteps(id);
    return (await this.stepUse(id, step))?.waitingDevice === device;
  }

  /** Undefined: nobody has used it. */
  stepUse(id: PersonId, step: number): Promise<{ waitingDevice: KeyCode | null } | undefined> {
    return STEP_USE.first(this.#db, { id, step });
  }

  /** By the order of use and not by time: a clock may be wrong. */
  async #forgetOldSteps(id: PersonId): Promise<void> {
    const kept = this.#db
      .selectFrom("usedCodes")
      .select("id")
      .where("personId", "=", id)
      .orderBy("id", "desc")
      .limit(USED_CODES_KEPT);
    await this.#db.deleteFrom("usedCodes").where("personId", "=", id).where("id", "not in", kept).execute();
  }

  async countFailure(id: PersonId): Promise<void> {
    await this.#db
      .updateTable("people")
      .set((row) => ({ failures: row("failures", "+", 1) }))
      .where("id", "=", id)
      .execute();
  }

  /** For whoever is called by this login (NOBODY, to take as long), whatever was wrong. */
  async countRefusal(id: PersonId, { at, from }: { at: number; from: string }): Promise<void> {
    await this.#db
      .updateTable("people")
      .set((row) => ({ refusals: row("refusals", "+", 1), refusedAt: at, refusedFrom: from }))
      .where("id", "=", id)
      .execute();
  }

  refused(id: PersonId): Promise<Selectable<Refused> | undefined> {
    return this.#db.selectFrom("people").select(REFUSED).where("id", "=", id).executeTakeFirst();
  }

  /** The count begins anew: their sign-in keeps what there was. */
  async clearRefusals(id: PersonId): Promise<void> {
    const none = { refusals: 0, refusedAt: null, refusedFrom: null };
    await this.#db.updateTable("people").set(none).where("id", "=", id).where("refusals", ">", 0).execute();
  }

  async clearFailures(id: PersonId): Promise<void> {
    await this.#db.updateTable("people").set({ failures: 0 }).where("id", "=", id).where("failures", ">", 0).execute();
  }
}
