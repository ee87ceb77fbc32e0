/** Version 17: imports of other things than people. */
import type { Kysely } from "kysely";

// biome-ignore lint/suspicious/noExplicitAny: as in migrations.ts
type AnyDb = Kysely<any>;

export async function importKinds(db: AnyDb): Promise<void> {
  await db.schema
    .alterTable("imports")
    .addColumn("kind", "text", (c) => c.notNull().defaultTo("people"))
    .execute();
}
