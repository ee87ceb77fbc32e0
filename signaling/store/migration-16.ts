/** Version 16: policy, each version of it, at every place that has one. */
import type { Kysely } from "kysely";

// biome-ignore lint/suspicious/noExplicitAny: as in migrations.ts
type AnyDb = Kysely<any>;

export async function policies(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("policies")
    .addColumn("level", "text", (c) => c.notNull())
    .addColumn("place", "text", (c) => c.notNull())
    .addColumn("version", "integer", (c) => c.notNull())
    .addColumn("rules", "text", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .addColumn("by", "text", (c) => c.notNull())
    .addColumn("because", "text", (c) => c.notNull())
    // by its place first: those that hold are asked for by the places on somebody's way up
    .addPrimaryKeyConstraint("policiesKey", ["place", "level", "version"])
    .execute();
}
