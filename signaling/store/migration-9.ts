/**
 * Version 9: organisations become a tree with divisions below them, people have duties there, and a login is unique in its
 * organisation instead of on the server.
 */
import { type Kysely, sql } from "kysely";
import { putInPlace } from "./put-in-place.ts";

// biome-ignore lint/suspicious/noExplicitAny: as in migrations.ts
type AnyDb = Kysely<any>;

export async function organisationTree(db: AnyDb): Promise<void> {
  await tree(db);
  await divisions(db);
  await people(db);
  await duties(db);
  await confirmations(db);
}

/** Those that are there are municipalities with nobody above them, called by their number until they get a better code. */
async function tree(db: AnyDb): Promise<void> {
  await db.schema
    .alterTable("organisations")
    .addColumn("kind", "text", (c) => c.notNull().defaultTo("municipality"))
    .execute();
  await db.schema
    .alterTable("organisations")
    .addColumn("parentId", "text", (c) => c.references("organisations.id"))
    .execute();
  await db.schema
    .alterTable("organisations")
    .addColumn("code", "text", (c) => c.notNull().defaultTo(""))
    .execute();
  const rows = await db.selectFrom("organisations").select("id").orderBy("createdAt").orderBy("id").execute();
  for (const [i, { id }] of rows.entries())
    await db
      .updateTable("organisations")
      .set({ code: `org-${i + 1}` })
      .where("id", "=", id)
      .execute();
  await db.schema.createIndex("organisationsCode").on("organisations").column("code").unique().execute();
}

async function divisions(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("divisions")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("organisationId", "text", (c) => c.notNull().references("organisations.id"))
    .addColumn("parentId", "text", (c) => c.references("divisions.id"))
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("createdAt", "bigint", (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex("divisionsName")
    .on("divisions")
    .expression(sql`organisation_id, coalesce(parent_id, ''), name`)
    .unique()
    .execute();
  await db.schema
    .alterTable("terminals")
    .addColumn("divisionId", "text", (c) => c.references("divisions.id"))
    .execute();
}

/** The same with a division, and with another uniqueness: that cannot be changed in place. */
async function people(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("newPeople")
    .addColumn("organisationId", "text", (c) => c.notNull().references("organisations.id"))
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("login", "text", (c) => c.notNull())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("passwordHash", "text", (c) => c.notNull())
    .addColumn("passwordChangedAt", "bigint", (c) => c.notNull())
    .addColumn("totpSeed", "text", (c) => c.notNull())
    .addColumn("failures", "integer", (c) => c.notNull())
    .addColumn("createdAt", "bigint", (c) => c.notNull())
    .addColumn("disabledAt", "bigint")
    .addColumn("mustChange", "integer", (c) => c.notNull().defaultTo(1))
    .addColumn("seedConfirmedAt", "bigint")
    .addColumn("driftLowMs", "bigint")
    .addColumn("driftHighMs", "bigint")
    .addColumn("driftAt", "bigint")
    .addColumn("divisionId", "text", (c) => c.references("divisions.id"))
    .execute();
  await db
    .insertInto("newPeople")
    .columns(KEPT)
    .expression(db.selectFrom("people").select([...KEPT]))
    .execute();
  await putInPlace(db, "newPeople", "people");
  await db.schema.createIndex("peopleLogin").on("people").columns(["login", "organisationId"]).unique().execute();
}

const KEPT = [
  "organisationId",
  "id",
  "login",
  "name",
  "passwordHash",
  "passwordChangedAt",
  "totpSeed",
  "failures",
  "createdAt",
  "disabledAt",
  "mustChange",
  "seedConfirmedAt",
  "driftLowMs",
  "driftHighMs",
  "driftAt",
] as const;

async function duties(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("duties")
    .addColumn("organisationId", "text", (c) => c.notNull().references("organisations.id"))
    .addColumn("divisionId", "text", (c) => c.references("divisions.id"))
    .addColumn("personId", "text", (c) => c.notNull().references("people.id"))
    .addColumn("role", "text", (c) => c.notNull())
    .addColumn("since", "bigint", (c) => c.notNull())
    .addColumn("givenBy", "text", (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex("dutiesOnce")
    .on("duties")
    .expression(sql`person_id, role, organisation_id, coalesce(division_id, '')`)
    .unique()
    .execute();
}

async function confirmations(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("confirmations")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("organisationId", "text", (c) => c.notNull().references("organisations.id"))
    .addColumn("personId", "text", (c) => c.notNull().references("people.id"))
    .addColumn("action", "text", (c) => c.notNull())
    .addColumn("about", "text", (c) => c.notNull())
    .addColumn("askedBy", "text", (c) => c.notNull())
    .addColumn("askedAt", "bigint", (c) => c.notNull())
    .addColumn("expiresAt", "bigint", (c) => c.notNull())
    .addColumn("confirmedBy", "text")
    .addColumn("confirmedAt", "bigint")
    .execute();
  await db.schema.createIndex("confirmationsEnd").on("confirmations").column("expiresAt").execute();
}
