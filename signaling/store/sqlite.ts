/**
 * The embedded store: one SQLite file, through the module that comes with Node.
 *
 * WAL lets the administrator's command line read while the server writes; synchronous=FULL makes a commit survive a power
 * failure (in WAL mode NORMAL does not promise that); each write begins IMMEDIATE, so that two processes queue at the
 * beginning instead of failing in the middle (a deferred transaction that turns from reading to writing gets SQLITE_BUSY
 * without waiting).
 */
import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  sql,
} from "kysely";
import type { References } from "./migrations.ts";
import type { Members } from "./queries/console-bases.ts";
import { SqlStore, type SqlStoreOptions } from "./sql-store.ts";
import type { Store } from "./store.ts";

/** How long a write waits for another process's write. Those take milliseconds; a backup by copying takes longer. */
const BUSY_TIMEOUT_MS = 5_000;
/** While it waits, nothing else of this process may stand still: SQLite itself, which would sleep, waits hardly at all. */
const BUSY_SLEEP_MS = 10;
const BUSY_RETRY_MS = 10;
const SQLITE_BUSY = 5;
/** Statements that stay prepared. The questions are about a hundred; those about sets have one form for each size of set. */
const MAX_PREPARED = 500;
/** How often we look whether another process wrote: one page read, microseconds. */
const POLL_MS = 1_000;

/** Pages that stay in memory: the indexes by which a large server's lists are searched. A small database is never as large. */
const CACHE_KB = 16 * 1024;

/** In this order: switching to WAL may have to wait for another process, which SQLite does by sleeping. */
const SETTINGS = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  pragma trusted_schema = off;
  pragma busy_timeout = ${BUSY_SLEEP_MS};
  pragma cache_size = -${CACHE_KB};
`;

export interface SqliteOptions
  extends Pick<SqlStoreOptions, "auditKey" | "isBesideServer" | "onTrouble" | "onRecovered"> {
  readonly path: string;
  readonly pollMs?: number;
  readonly maxBytes?: number;
}

export async function openSqlite(options: SqliteOptions): Promise<Store> {
  makePrivate(options.path);
  const database = new DatabaseSync(options.path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  database.exec(SETTINGS);
  if (options.maxBytes !== undefined) database.exec(`pragma max_page_count = ${pagesOf(database, options.maxBytes)}`);
  return SqlStore.open({
    dialect: new NodeSqliteDialect({ database: adapt(database) }, database),
    upgrading: {
      queue: async () => {}, // a write waits where it begins
      references: referencesOf(database),
      harden: async () => database.exec(APPEND_ONLY_AUDIT),
    },
    transaction: (db, work) => db.transaction().execute(work),
    phrases: {
      many: (ids) => sql`(select value from json_each(${JSON.stringify(ids)}))`,
      isAmong: (column, members) => sql`is_among(${new MembersHere(members)}, ${column})`,
      holds: (column, text) => sql`instr(${column}, ${text}) > 0`,
    },
    watch: (listener) => watch(database, options.pollMs ?? POLL_MS, listener),
    hearsEveryWrite: true,
    release: async () => {
      if (database.isOpen) database.close();
    },
    storageProblem,
    ...(options.auditKey && { auditKey: options.auditKey }),
    isBesideServer: options.isBesideServer ?? false,
    ...(options.onTrouble && { onTrouble: options.onTrouble }),
    ...(options.onRecovered && { onRecovered: options.onRecovered }),
  });
}

/** The file without questions, for who copies all of it (copying/sqlite-tables.ts). */
export const openBare = (path: string): DatabaseSync => new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });

function referencesOf(database: DatabaseSync): References {
  return {
    ignore: () => database.exec("pragma foreign_keys = off"),
    check: () => {
      const dangling = database.prepare("pragma foreign_key_check").all();
      if (dangling.length === 0) return;
      const tables = [...new Set(dangling.map((row) => String(row["table"])))].join(", ");
      throw new Error(`the database was not upgraded: rows refer to what is not there (in ${tables})`);
    },
    observe: () => {
      if (database.isOpen) database.exec("pragma foreign_keys = on");
    },
  };
}

const pagesOf = (database: DatabaseSync, bytes: number): number =>
  Math.max(1, Math.floor(bytes / Number(database.prepare("pragma page_size").get()?.["page_size"])));

/** The file, and with it its -wal and -shm (SQLite copies the mode), is for its owner alone. */
function makePrivate(path: string): void {
  if (path === ":memory:") return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  chmodSync(dirname(path), 0o700);
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
}

/** As a parameter: they stay with us, and the statement asks for each of its rows by a number. */
class MembersHere {
  readonly members: Members;

  constructor(members: Members) {
    this.members = members;
  }
}

/** Hands our database to kysely's SQLite driver, which expects the shape of another library. */
function adapt(database: DatabaseSync): SqliteDatabase {
  /** Of the statement that runs: none begins before it has ended, because nobody streams. */
  const asked: Members[] = [];
  database.function("is_among", { directOnly: true }, (number, id) => (asked[Number(number)]?.has(String(id)) ? 1 : 0));
  const values = (parameters: readonly unknown[]) => {
    asked.length = 0;
    const one = (value: unknown) => (value instanceof MembersHere ? asked.push(value.members) - 1 : value);
    return parameters.map(one) as readonly SQLInputValue[];
  };
  const prepared = new Map<string, { statement: StatementSync; columns: readonly string[] }>();
  const prepare = (sql: string) => {
    const known = prepared.get(sql);
    if (known) return known;
    const statement = database.prepare(sql);
    const fresh = { statement, columns: statement.columns().map(({ name }) => name) };
    // rows as Node makes them have no prototype, would not compare equal to plain objects, and are slow to read
    statement.setReturnArrays(true);
    if (prepared.size >= MAX_PREPARED) prepared.clear();
    prepared.set(sql, fresh);
    return fresh;
  };
  return {
    close: () => database.close(),
    prepare(sql) {
      const { statement, columns } = prepare(sql);
      return {
        reader: columns.length > 0,
        all: (parameters) => statement.all(...values(parameters)).map((row) => objectOf(columns, row)),
        run: (parameters) => statement.run(...values(parameters)),
        *iterate(parameters) {
          for (const row of statement.iterate(...values(parameters))) yield objectOf(columns, row);
        },
      };
    },
  };
}

function objectOf(columns: readonly string[], row: unknown): Record<string, unknown> {
  const values = row as readonly unknown[]; // as statements were told to return them
  const object: Record<string, unknown> = {};
  for (let i = 0; i < columns.length; i += 1) object[columns[i] as string] = values[i];
  return object;
}

class NodeSqliteDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;
  readonly #database: DatabaseSync;

  constructor(config: SqliteDialectConfig, database: DatabaseSync) {
    super(config);
    this.#config = config;
    this.#database = database;
  }

  override createDriver(): Driver {
    return new ImmediateDriver(this.#config, this.#database);
  }
}

class ImmediateDriver extends SqliteDriver {
  readonly #database: DatabaseSync;

  constructor(config: SqliteDialectConfig, database: DatabaseSync) {
    super(config);
    this.#database = database;
  }

  /** After a full disk or a read error SQLite has rolled back by itself; to ask again would hide that error behind another. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.isTransaction) await super.rollbackTransaction(connection);
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    const deadline = performance.now() + BUSY_TIMEOUT_MS;
    for (;;) {
      try {
        await connection.executeQuery(CompiledQuery.raw("begin immediate"));
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw error;
        // with jitter, so that two processes that write all the time do not meet again and again
        await setTimeout(BUSY_RETRY_MS * (0.5 + Math.random()));
      }
    }
  }
}

const isBusy = (error: unknown): boolean => kindOf(error) === SQLITE_BUSY;

/** Why nothing can be kept, by SQLite's result code (sqlite.org/rescode.html). */
const STORAGE_PROBLEMS: Readonly<Record<number, string>> = {
  8: "the database cannot be written",
  10: "the disk failed to read or write",
  13: "the disk is full",
  14: "the database cannot be opened",
};

function storageProblem(error: unknown): string | undefined {
  const kind = kindOf(error);
  return kind === undefined ? undefined : STORAGE_PROBLEMS[kind];
}

/** The low byte of the code is the kind, the rest its finer reason. */
function kindOf(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === "number" ? code & 0xff : undefined;
}

/** `data_version` changes when another connection has committed, and never by our own commits. */
function watch(database: DatabaseSync, pollMs: number, listener: () => void): () => void {
  const version = () => Number(database.prepare("pragma data_version").get()?.["data_version"]);
  let seen = version();
  const timer = setInterval(() => {
    try {
      const now = version();
      if (now === seen) return;
      seen = now;
    } catch (error) {
      if (isBusy(error)) return; // somebody holds the whole file for a moment: look again at the next tick
      throw error;
    }
    listener();
  }, pollMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Not a defence against who owns the file (the hash chain is for that), but against our own mistakes. What is in a segment may go. */
const APPEND_ONLY_AUDIT = `
  create trigger if not exists audit_no_update before update on audit
    begin select raise(abort, 'the audit is append-only'); end;
  create trigger if not exists audit_no_delete before delete on audit
    when old.number > coalesce((select max(number) from audit_segments where chain = old.chain), 0)
    begin select raise(abort, 'the audit is append-only'); end;
`;
