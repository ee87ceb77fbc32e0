/** The rows of a database of PostgreSQL, to be read or put there; over one connection. */
import { Kysely, type RawBuilder, sql } from "kysely";
import { Connections } from "../../postgres/connections.ts";
import type { DatabaseServer } from "../../postgres/settings.ts";
import { OurPostgresDialect } from "../postgres-schema.ts";
import { CopyRefused, type TableRow, type TableShape, type TableSource, type TableTarget } from "./tables.ts";

const ROWS_AT_ONCE = 2_000;
/** For this transaction alone: it takes as long as there is something to copy. */
const PATIENT =
  "set local statement_timeout = 0; set local lock_timeout = 0; set local idle_in_transaction_session_timeout = 0; set local maintenance_work_mem = '128MB'";

// biome-ignore lint/suspicious/noExplicitAny: the tables are those it finds
type AnyDb = Kysely<any>;

/** One moment of the database, whoever writes meanwhile. */
export async function postgresSource(server: DatabaseServer): Promise<TableSource> {
  const { db, close } = await connect(server, "engawa backup");
  await sql.raw(`start transaction isolation level repeatable read read only; ${PATIENT}`).execute(db);
  return {
    ...lookInto(db),
    async *rows({ name, columns }) {
      const list = sql.join(columns.map((column) => sql.ref(column)));
      await sql`declare copied no scroll cursor for select ${list} from ${sql.table(name)}`.execute(db);
      for (;;) {
        const { rows } = await sql<TableRow>`fetch ${sql.lit(ROWS_AT_ONCE)} from copied`.execute(db);
        if (rows.length > 0) yield rows;
        if (rows.length < ROWS_AT_ONCE) break;
      }
      await sql`close copied`.execute(db);
    },
    close,
  };
}

/** It has its tables already. */
export async function postgresTarget(server: DatabaseServer): Promise<TableTarget> {
  const { db, close } = await connect(server, "engawa restore");
  return {
    ...lookInto(db),
    fill: async (work) => {
      // as postgres-writes.ts has it: no server that was started too early writes between our rows
      await sql.raw(`start transaction; ${PATIENT}; lock table schema_version in exclusive mode`).execute(db);
      try {
        const references = await without(db, REFERENCES);
        const indexes = await without(db, INDEXES);
        await work((table, rows) => put(db, table, rows));
        await indexes.again();
        await references.again();
        await goOnCounting(db);
        await sql`commit`.execute(db);
      } catch (error) {
        await sql`rollback`.execute(db).catch(() => {}); // why it failed is what counts
        throw error;
      }
      await sql`analyze`.execute(db);
    },
    close,
  };
}

/** The rows go as one value, which PostgreSQL takes apart by its own types. */
async function put(db: AnyDb, { name, columns }: TableShape, rows: readonly TableRow[]): Promise<void> {
  const list = sql.join(columns.map((column) => sql.ref(column)));
  await sql`insert into ${sql.table(name)} (${list}) overriding system value
    select ${list} from json_populate_recordset(null::${sql.table(name)}, ${JSON.stringify(rows)}::json)`.execute(db);
}

interface Left {
  readonly drop: string;
  readonly make: string;
}

/** Tables come in any order, and a row may refer to a later one: all are looked at together in the end. */
const REFERENCES = sql<Left>`
  select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
    format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as make
  from pg_constraint where contype = 'f' and connamespace = current_schema()::regnamespace`;
/** To sort once is a fraction of the work of putting each row in its place; those of constraints stay. */
const INDEXES = sql<Left>`
  select format('drop index %s', indexrelid::regclass) as drop, pg_get_indexdef(indexrelid) as make
  from pg_index join pg_class on pg_class.oid = indexrelid
  where relnamespace = current_schema()::regnamespace
    and not exists (select 1 from pg_constraint where conindid = indexrelid)`;

/** All of these are away until `again`. */
async function without(db: AnyDb, which: RawBuilder<Left>): Promise<{ again(): Promise<void> }> {
  const { rows } = await which.execute(db);
  for (const { drop } of rows) await sql.raw(drop).execute(db);
  return {
    again: async () => {
      for (const { make } of rows) await sql.raw(make).execute(db);
    },
  };
}

/** Numbers that the database gives go on behind those that were copied. */
async function goOnCounting(db: AnyDb): Promise<void> {
  const { rows } = await sql<{ table: string; column: string }>`
    select table_name as table, column_name as column from information_schema.columns
    where table_schema = current_schema() and is_identity = 'YES'`.execute(db);
  for (const { table, column } of rows)
    await sql`select setval(pg_get_serial_sequence(${table}, ${column}),
      (select coalesce(max(${sql.ref(column)}), 0) + 1 from ${sql.table(table)}), false)`.execute(db);
}

/** One connection for all of it: its transaction is the moment that is seen. */
async function connect(server: DatabaseServer, name: string): Promise<{ db: AnyDb; close(): Promise<void> }> {
  const connections = new Connections(server, { name, max: 1 });
  const all: AnyDb = new Kysely({ dialect: new OurPostgresDialect({ pool: connections.pool }) });
  const over = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<AnyDb>();
  const held = all.connection().execute(async (db) => {
    opened.resolve(db);
    await over.promise;
    await sql`rollback`.execute(db).catch(() => {});
  });
  held.catch(opened.reject);
  const close = async () => {
    over.resolve();
    await held.catch(() => {});
    await all.destroy();
  };
  try {
    return { db: await opened.promise, close };
  } catch (error) {
    await close();
    throw new CopyRefused(`the database cannot be reached (${error instanceof Error ? error.message : error})`);
  }
}

function lookInto(db: AnyDb) {
  return {
    async tables(): Promise<TableShape[]> {
      const { rows } = await sql<{ name: string; columns: string }>`
        select c.table_name as name, json_agg(c.column_name)::text as columns
        from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
        where table_schema = current_schema() and t.table_type = 'BASE TABLE' and table_name <> 'schema_version'
        group by table_name order by table_name`.execute(db);
      return rows.map(({ name, columns }) => ({ name, columns: JSON.parse(columns) as string[] }));
    },
    async version(): Promise<number> {
      const { rows } = await sql<{ n: number }>`select coalesce(max(version), 0) as n from schema_version`.execute(db);
      return rows[0]?.n ?? 0;
    },
    async count(table: string): Promise<number> {
      const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(db);
      return rows[0]?.n ?? 0;
    },
  };
}
