/**
 * Version 18: what housekeeping forgets is found by its age, also where one organisation keeps it for longer than another. Without
 * it each look read all that the others still keep, and for each session the whole history of its office PC.
 */
import { type Kysely, sql } from "kysely";

// biome-ignore lint/suspicious/noExplicitAny: as in migrations.ts
type AnyDb = Kysely<any>;

export async function forgetIndexes(db: AnyDb): Promise<void> {
  const index = (name: string, table: string, ...columns: string[]) =>
    db.schema.createIndex(name).on(table).columns(columns).execute();
  await index("signInsForgotten", "signIns", "organisationId", "endsAt");
  await index("importsAt", "imports", "at");
  await index("sessionsLast", "sessions", "terminalId", "personId", "liveAt");
  await db.schema
    .createIndex("sessionsForgotten")
    .on("sessions")
    .column("organisationId")
    .expression(sql`coalesce(ended_at, ${sql.lit(2 ** 53 - 1)})`)
    .execute();
}
