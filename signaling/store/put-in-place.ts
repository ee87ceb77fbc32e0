/** How a step of the migrations puts a table in another's place, when what is to change cannot be changed there. */
import { type Kysely, PostgresAdapter, sql } from "kysely";

// biome-ignore lint/suspicious/noExplicitAny: as in migrations.ts
type AnyDb = Kysely<any>;

/** `fresh` holds the rows already; it is called `name` afterwards, and whatever referred to the old one refers to it. */
export async function putInPlace(db: AnyDb, fresh: string, name: string): Promise<void> {
  const referring = isPostgres(db) ? await takeReferences(db, name) : [];
  await db.schema.dropTable(name).execute();
  await db.schema.alterTable(fresh).renameTo(name).execute();
  for (const { table, constraint, definition } of referring)
    await sql`alter table ${sql.table(table)} add constraint ${sql.ref(constraint)} ${sql.raw(definition)}`.execute(db);
}

interface Reference {
  readonly table: string;
  readonly constraint: string;
  readonly definition: string;
}

/** SQLite keeps references by the name of their table, PostgreSQL by the table. */
async function takeReferences(db: AnyDb, name: string): Promise<Reference[]> {
  const { rows } = await sql<Reference>`
    select conrelid::regclass::text as table, conname as constraint, pg_get_constraintdef(oid) as definition
    from pg_constraint where contype = 'f' and confrelid = to_regclass(${name})`.execute(db);
  for (const { table, constraint } of rows)
    await sql`alter table ${sql.table(table)} drop constraint ${sql.ref(constraint)}`.execute(db);
  return rows;
}

const isPostgres = (db: AnyDb): boolean => db.getExecutor().adapter instanceof PostgresAdapter;
