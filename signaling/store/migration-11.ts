/** Version 11: what an import of people changed, for as long as it can be undone. */
import type { Kysely } from "kysely";

// biome-ignore lint/suspicious/noExplicitAny: as in migrations.ts
type AnyDb = Kysely<any>;

export async function imports(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("imports")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("by", "text", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .addColumn("undoneAt", "bigint")
    .addColumn("deeds", "text", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("importsBy").on("imports").columns(["by", "at"]).execute();
}
