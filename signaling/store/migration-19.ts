/** Version 19: codes that come by mail. */
import type { Kysely } from "kysely";

// biome-ignore lint/suspicious/noExplicitAny: as in migrations.ts
type AnyDb = Kysely<any>;

export async function mailCodes(db: AnyDb): Promise<void> {
  await db.schema.alterTable("people").addColumn("mail", "text").execute();
  await db.schema
    .createTable("mailCodes")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("organisationId", "text", (c) => c.notNull().references("organisations.id"))
    .addColumn("personId", "text", (c) => c.notNull().references("people.id"))
    .addColumn("deviceId", "text", (c) => c.notNull().references("devices.id"))
    .addColumn("hash", "text", (c) => c.notNull())
    .addColumn("madeAt", "bigint", (c) => c.notNull())
    .addColumn("expiresAt", "bigint", (c) => c.notNull())
    .addColumn("overAt", "bigint")
    .execute();
  await db.schema.createIndex("mailCodesOfPerson").on("mailCodes").columns(["personId", "madeAt"]).execute();
  await db.schema.createIndex("mailCodesMade").on("mailCodes").column("madeAt").execute();
}
