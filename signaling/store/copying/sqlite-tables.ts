/** The rows of a SQLite file, to be read or put there. */
import { openBare } from "../sqlite.ts";
import { CopyRefused, type TableRow, type TableShape, type TableSource, type TableTarget } from "./tables.ts";

/** As one statement of the other engine takes them. */
const ROWS_AT_ONCE = 2_000;
/** For a command that has just ended; a server does not go away by waiting. */
const PATIENCE_MS = 500;

export interface SqliteSource extends TableSource {
  readonly path: string;
  /** All of it as another file, by SQLite itself. */
  copyTo(file: string): void;
}

/**
 * `alone`: nobody else has it open, and nobody can open it until this is closed. Throws CopyRefused where somebody has. Without: what
 * is there at this moment, whoever writes.
 */
export function sqliteSource(path: string, { alone }: { readonly alone: boolean }): SqliteSource {
  const database = openBare(path);
  try {
    // with it set before the first look WAL is used without shared memory, which needs the file for itself
    if (alone) database.exec(`pragma busy_timeout = ${PATIENCE_MS}; pragma locking_mode = exclusive`);
    // what is seen stays as it is; who is alone needs no transaction for that
    else database.exec("begin");
    database.prepare("select count(*) from sqlite_schema").get();
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    throw new CopyRefused(
      `${path} is in use: stop the server first (systemctl stop engawa-signaling), or what it writes from now on would be lost`,
    );
  }
  return {
    path,
    ...lookInto(database),
    copyTo: (file) => {
      if (database.isTransaction) database.exec("commit");
      database.prepare("vacuum into ?").run(file);
    },
    async *rows({ name, columns }) {
      const list = columns.map(quoted).join(", ");
      let some: TableRow[] = [];
      for (const row of database.prepare(`select ${list} from ${quoted(name)}`).iterate()) {
        some.push(row as TableRow);
        if (some.length < ROWS_AT_ONCE) continue;
        yield some;
        some = [];
      }
      if (some.length > 0) yield some;
    },
  };
}

/** The file has its tables already. */
export function sqliteTarget(path: string): TableTarget {
  const database = openBare(path);
  database.exec("pragma synchronous = full; pragma cache_size = -65536");
  return {
    ...lookInto(database),
    async fill(work) {
      database.exec("pragma foreign_keys = off; begin immediate");
      try {
        await work(async ({ name, columns }, rows) => {
          const marks = columns.map(() => "?").join(", ");
          const put = database.prepare(
            `insert into ${quoted(name)} (${columns.map(quoted).join(", ")}) values (${marks})`,
          );
          for (const row of rows) put.run(...columns.map((column) => row[column] ?? null));
        });
        const dangling = database.prepare("pragma foreign_key_check").all();
        if (dangling.length > 0) throw new Error(`rows refer to what is not there (in ${dangling[0]?.["table"]})`);
        database.exec("commit");
      } catch (error) {
        if (database.isTransaction) database.exec("rollback");
        throw error;
      }
    },
  };
}

/** A copy of the file as it is at this moment, whoever writes: by SQLite itself, and without what was deleted. */
export function copySqlite(from: string, to: string): void {
  const database = openBare(from);
  try {
    database.prepare("vacuum into ?").run(to);
  } finally {
    database.close();
  }
}

/** So that it can be read where nothing can be written: the server makes what it needs beside it when it runs on it. */
export function toOneFile(path: string): void {
  const database = openBare(path);
  database.exec("pragma journal_mode = delete");
  database.close();
}

function lookInto(database: ReturnType<typeof openBare>) {
  const number = (statement: string): number => Number(database.prepare(statement).get()?.["n"] ?? 0);
  return {
    async tables(): Promise<TableShape[]> {
      const names = database
        .prepare(
          "select name from sqlite_schema where type = 'table' and name not like 'sqlite~_%' escape '~' and name <> 'schema_version' order by name",
        )
        .all()
        .map(({ name }) => String(name));
      return names.map((name) => ({
        name,
        columns: database
          .prepare(`pragma table_info(${quoted(name)})`)
          .all()
          .map((column) => String(column["name"])),
      }));
    },
    version: async () =>
      number("select count(*) as n from sqlite_schema where name = 'schema_version'") === 0
        ? 0
        : number("select max(version) as n from schema_version"),
    count: async (table: string) => number(`select count(*) as n from ${quoted(table)}`),
    close: async () => {
      if (database.isOpen) database.close();
    },
  };
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const SQLITE_BUSY = 5;
const isBusy = (error: unknown): boolean => (error as { errcode?: number } | null)?.errcode === SQLITE_BUSY;
