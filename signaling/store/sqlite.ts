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
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
} from "kysely";
import { SqlStore } from "./sql-store.ts";
import type { Store } from "./store.ts";

/** How long a write waits for another process's write. Those take milliseconds; a backup by copying takes longer. */
const BUSY_TIMEOUT_MS = 5_000;
/** While it waits, nothing else of this process may stand still: SQLite itself, which would sleep, waits hardly at all. */
const BUSY_SLEEP_MS = 10;
const BUSY_RETRY_MS = 10;
const SQLITE_BUSY = 5;
/** How often we look whether another process wrote: one page read, microseconds. */
const POLL_MS = 1_000;

/** In this order: switching to WAL may have to wait for another process, which SQLite does by sleeping. */
const SETTINGS = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  pragma trusted_schema = off;
  pragma busy_timeout = ${BUSY_SLEEP_MS};
`;

export async function openSqlite(options: { path: string; pollMs?: number }): Promise<Store> {
  makePrivate(options.path);
  const database = new DatabaseSync(options.path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  database.exec(SETTINGS);
  return SqlStore.open({
    dialect: new NodeSqliteDialect({ database: adapt(database) }),
    harden: () => database.exec(APPEND_ONLY_AUDIT),
    watch: (listener) => watch(database, options.pollMs ?? POLL_MS, listener),
    release: () => {
      if (database.isOpen) database.close();
    },
  });
}

/** The file, and with it its -wal and -shm (SQLite copies the mode), is for its owner alone. */
function makePrivate(path: string): void {
  if (path === ":memory:") return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  chmodSync(dirname(path), 0o700);
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
}

/** Hands our database to kysely's SQLite driver, which expects the shape of another library. */
function adapt(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare(sql) {
      const statement = database.prepare(sql);
      const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        // rows without prototype would not compare equal to plain objects
        all: (parameters) => statement.all(...values(parameters)).map((row) => ({ ...row })),
        run: (parameters) => statement.run(...values(parameters)),
        iterate: (parameters) => statement.iterate(...values(parameters)),
      };
    },
  };
}

class NodeSqliteDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;

  constructor(config: SqliteDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new ImmediateDriver(this.#config);
  }
}

class ImmediateDriver extends SqliteDriver {
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

/** The low byte is the kind, the rest its finer reason. */
function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === "number" && (code & 0xff) === SQLITE_BUSY;
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

/** Not a defence against who owns the file (the hash chain is for that), but against our own mistakes. */
const APPEND_ONLY_AUDIT = `
  create trigger if not exists audit_no_update before update on audit
    begin select raise(abort, 'the audit is append-only'); end;
  create trigger if not exists audit_no_delete before delete on audit
    begin select raise(abort, 'the audit is append-only'); end;
`;
