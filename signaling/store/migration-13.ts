/** Version 13: which office PCs still have to forget a device, and which have; terminals of which there are two. */
import { type Kysely, sql } from "kysely";

// biome-ignore lint/suspicious/noExplicitAny: as in migrations.ts
type AnyDb = Kysely<any>;

export async function lifeCycle(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("forgets")
    .addColumn("organisationId", "text", (c) => c.notNull().references("organisations.id"))
    .addColumn("terminalId", "text", (c) => c.notNull().references("terminals.id"))
    .addColumn("personId", "text", (c) => c.notNull().references("people.id"))
    .addColumn("code", "text", (c) => c.notNull())
    .addColumn("orderedAt", "bigint", (c) => c.notNull())
    .addColumn("doneAt", "bigint")
    .addPrimaryKeyConstraint("forgetsKey", ["terminalId", "personId", "code"])
    .execute();
  await db.schema.createIndex("forgetsPerson").on("forgets").columns(["personId", "code"]).execute();
  await db.schema
    .createIndex("forgetsOwed")
    .on("forgets")
    .columns(["orderedAt"])
    .where(sql.ref("done_at"), "is", null)
    .execute();
  await db.schema
    .createTable("twins")
    .addColumn("organisationId", "text", (c) => c.notNull().references("organisations.id"))
    .addColumn("terminalId", "text", (c) => c.primaryKey().references("terminals.id"))
    .addColumn("at", "bigint", (c) => c.notNull())
    .addColumn("first", "text", (c) => c.notNull())
    .addColumn("second", "text", (c) => c.notNull())
    .execute();
}
