/** Version 22: declared events, applications for IDs of office PCs, and what was given of them. */
import type { Kysely } from "kysely";

// biome-ignore lint/suspicious/noExplicitAny: as in migrations.ts
type AnyDb = Kysely<any>;

export async function waves(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("events")
    .addColumn("id", "integer", (c) => c.primaryKey().autoIncrement())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("basis", "text", (c) => c.notNull())
    .addColumn("declaredAt", "bigint", (c) => c.notNull())
    .addColumn("declaredBy", "text", (c) => c.notNull())
    .addColumn("endsAt", "bigint", (c) => c.notNull())
    .addColumn("closedAt", "bigint")
    .execute();
  await db.schema
    .createTable("applications")
    .addColumn("id", "integer", (c) => c.primaryKey().autoIncrement())
    .addColumn("organisationId", "text", (c) => c.notNull().references("organisations.id"))
    .addColumn("eventId", "integer", (c) => c.references("events.id"))
    .addColumn("because", "text", (c) => c.notNull())
    .addColumn("appliedAt", "bigint", (c) => c.notNull())
    .addColumn("appliedBy", "text", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("wave", "integer")
    .addColumn("decidedAt", "bigint")
    .addColumn("decidedBy", "text")
    .addColumn("word", "text")
    .execute();
  await db.schema
    .createTable("allotments")
    .addColumn("id", "integer", (c) => c.primaryKey().autoIncrement())
    .addColumn("applicationId", "integer", (c) => c.notNull().references("applications.id"))
    .addColumn("organisationId", "text", (c) => c.notNull().references("organisations.id"))
    .addColumn("eventId", "integer", (c) => c.references("events.id"))
    .addColumn("count", "integer", (c) => c.notNull())
    .addColumn("returned", "integer", (c) => c.notNull().defaultTo(0))
    .addColumn("endedAt", "bigint")
    .execute();
  await db.schema.createIndex("applicationsByState").on("applications").columns(["state", "id"]).execute();
  await db.schema.createIndex("allotmentsOfOrganisation").on("allotments").column("organisationId").execute();
  await db.schema.createIndex("allotmentsOfApplication").on("allotments").column("applicationId").execute();
  await db.schema.createIndex("allotmentsOfEvent").on("allotments").columns(["eventId", "endedAt"]).execute();
  await db.schema
    .alterTable("terminals")
    .addColumn("allotmentId", "integer", (c) => c.references("allotments.id"))
    .execute();
  // holds what is counted of an allotment
  await db.schema.createIndex("terminalsOfAllotment").on("terminals").columns(["allotmentId", "disabledAt"]).execute();
}
