/** Version 21: what people ask of their managers, and until when hours lasted when a session began. */
import type { Kysely } from "kysely";

// biome-ignore lint/suspicious/noExplicitAny: as in migrations.ts
type AnyDb = Kysely<any>;

export async function requests(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("requests")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("organisationId", "text", (c) => c.notNull().references("organisations.id"))
    .addColumn("personId", "text", (c) => c.notNull().references("people.id"))
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("purpose", "text", (c) => c.notNull())
    .addColumn("terminalId", "text", (c) => c.references("terminals.id"))
    .addColumn("since", "bigint", (c) => c.notNull())
    .addColumn("until", "bigint", (c) => c.notNull())
    .addColumn("expiresAt", "bigint", (c) => c.notNull())
    .addColumn("needed", "integer", (c) => c.notNull())
    .addColumn("answers", "text", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("askedAt", "bigint", (c) => c.notNull())
    .addColumn("decidedAt", "bigint")
    .execute();
  await db.schema.createIndex("requestsOfPerson").on("requests").columns(["personId", "until"]).execute();
  await db.schema.createIndex("requestsByState").on("requests").columns(["state", "expiresAt"]).execute();
  await db.schema.createIndex("requestsByEnd").on("requests").column("until").execute();
  await db.schema.createIndex("requestsOfTerminal").on("requests").column("terminalId").execute();
  await db.schema.alterTable("sessions").addColumn("regularUntil", "bigint").execute();
}
