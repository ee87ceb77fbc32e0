/** Version 12: locks, by which somebody or something is kept out for a time. */
import type { Kysely } from "kysely";

// biome-ignore lint/suspicious/noExplicitAny: as in migrations.ts
type AnyDb = Kysely<any>;

export async function lockouts(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("locks")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("organisationId", "text", (c) => c.notNull().references("organisations.id"))
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("divisionId", "text", (c) => c.references("divisions.id"))
    .addColumn("personId", "text", (c) => c.references("people.id"))
    .addColumn("deviceCode", "text")
    .addColumn("terminalId", "text", (c) => c.references("terminals.id"))
    .addColumn("sessionId", "text")
    .addColumn("reason", "text", (c) => c.notNull())
    .addColumn("setBy", "text", (c) => c.notNull())
    .addColumn("createdAt", "bigint", (c) => c.notNull())
    .addColumn("until", "bigint")
    .addColumn("hash", "text", (c) => c.notNull())
    .addColumn("liftedAt", "bigint")
    .addColumn("liftedBy", "text")
    .addColumn("liftCode", "text")
    .execute();
  // asked for each sign-in and each session
  await db.schema.createIndex("locksInForce").on("locks").columns(["liftedAt", "until"]).execute();
  // who is removed by an import that is undone must have none
  await db.schema.createIndex("locksPerson").on("locks").column("personId").execute();
}
