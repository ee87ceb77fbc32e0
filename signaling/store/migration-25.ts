/** Version 25: the nodes that share this store, which of them has which office PC and which session, and what only one of them may do. */
import type { Kysely } from "kysely";

// biome-ignore lint/suspicious/noExplicitAny: as in migrations.ts
type AnyDb = Kysely<any>;

export async function nodes(db: AnyDb): Promise<void> {
  await db.schema
    .createTable("nodes")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("beat", "bigint", (c) => c.notNull())
    .addColumn("startedAt", "bigint", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("presences")
    .addColumn("terminalId", "text", (c) => c.primaryKey().references("terminals.id"))
    .addColumn("nodeId", "text", (c) => c.notNull())
    .addColumn("epoch", "bigint", (c) => c.notNull())
    .addColumn("since", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("presencesOfNode").on("presences").column("nodeId").execute();
  // no reference: a session outlives the node that it belonged to
  await db.schema.alterTable("sessions").addColumn("nodeId", "text").execute();
  await db.schema
    .createTable("offices")
    .addColumn("name", "text", (c) => c.primaryKey())
    .addColumn("nodeId", "text", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("usedOnce")
    .addColumn("name", "text", (c) => c.primaryKey())
    .addColumn("until", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("usedOnceUntil").on("usedOnce").column("until").execute();
  await db.schema
    .createTable("letters")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("at", "bigint", (c) => c.notNull())
    .addColumn("body", "text", (c) => c.notNull())
    .execute();
}
