/** Version 14: what a person is told of their own sign-ins: where each came from, and what was refused under their login. */
import type { Kysely } from "kysely";

// biome-ignore lint/suspicious/noExplicitAny: as in migrations.ts
type AnyDb = Kysely<any>;

export async function ownSignIns(db: AnyDb): Promise<void> {
  for (const table of ["people", "signIns"]) {
    await db.schema
      .alterTable(table)
      .addColumn("refusals", "integer", (c) => c.notNull().defaultTo(0))
      .execute();
    await db.schema.alterTable(table).addColumn("refusedAt", "bigint").execute();
    await db.schema.alterTable(table).addColumn("refusedFrom", "text").execute();
  }
  await db.schema.alterTable("signIns").addColumn("address", "text").execute();
  await db.schema.alterTable("signIns").addColumn("beforeAt", "bigint").execute();
  await db.schema.alterTable("devices").addColumn("browser", "text").execute();
}
