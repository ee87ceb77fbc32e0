/** The store for several servers: a database of PostgreSQL (15 or newer), one for all of them. */
import { sql } from "kysely";
import { Connections } from "../postgres/connections.ts";
import { Ear } from "../postgres/ear.ts";
import type { DatabaseServer } from "../postgres/settings.ts";
import type { Upgrading } from "./migrations.ts";
import { CHANGES_CHANNEL, harden, mustSortByBytes, OurPostgresDialect } from "./postgres-schema.ts";
import { codeOf, PostgresWrites } from "./postgres-writes.ts";
import type { Phrases } from "./queries/console-bases.ts";
import { SqlStore, type SqlStoreOptions } from "./sql-store.ts";
import type { Store } from "./store.ts";

/** Questions at a time of one process. */
const CONNECTIONS = 8;
/** Of these one may be a write: two of one town would undo each other (postgres-writes.ts), and one takes 4 ms. */
const WRITES = 1;
/** How often we look for changes by others of which we were not told. */
const POLL_MS = 1_000;

export interface PostgresOptions
  extends Pick<SqlStoreOptions, "auditKey" | "isBesideServer" | "onTrouble" | "onRecovered"> {
  readonly server: DatabaseServer;
  readonly pollMs?: number;
}

export async function openPostgres(options: PostgresOptions): Promise<Store> {
  const { server, pollMs = POLL_MS, ...rest } = options;
  const connections = new Connections(server, { name: "engawa store", max: CONNECTIONS });
  const writes = new PostgresWrites({ together: WRITES, onStalePlans: () => connections.forgetPrepared() });
  return SqlStore.open({
    ...rest,
    dialect: new OurPostgresDialect({ pool: connections.pool }),
    phrases: PHRASES,
    upgrading: UPGRADING,
    transaction: (db, work) => writes.run(db, work),
    watch: (listener, writer) => watch({ server, pollMs, connections, writer }, listener),
    hearsEveryWrite: false,
    release: async () => {}, // with the dialect
    storageProblem,
  });
}

const PHRASES: Phrases = {
  many: (ids) => sql`(select unnest(${[...ids]}::text[]))`,
  isAmong: (column, members) => sql`${column} in (select unnest(${[...members.keys()]}::text[]))`,
  holds: (column, text) => sql`strpos(${column}, ${text}) > 0`,
};

/** As a key of an advisory lock: any number that nothing else uses. */
const UPGRADE_LOCK = 4_702_000;

const UPGRADING: Upgrading = {
  queue: async (tx) => {
    await sql.raw("set local statement_timeout = 0; set local lock_timeout = 0").execute(tx);
    await mustSortByBytes(tx);
    await sql`select pg_advisory_xact_lock(${sql.lit(UPGRADE_LOCK)})`.execute(tx);
  },
  references: { ignore: () => {}, check: () => {}, observe: () => {} }, // are looked at always
  harden,
};

interface Watching {
  readonly server: DatabaseServer;
  readonly pollMs: number;
  readonly connections: Connections;
  readonly writer: string;
}

function watch({ server, pollMs, connections, writer }: Watching, listener: () => void): () => void {
  const ear = new Ear({
    server,
    name: "engawa store's ear",
    channels: [CHANGES_CHANNEL],
    onNotice: (_, by) => {
      if (by !== writer) listener();
    },
    onHearing: listener,
    // whoever asks the same server over another connection would wait in vain
    onDeaf: () => connections.breakAll(),
  });
  const timer = setInterval(listener, pollMs).unref();
  return () => {
    clearInterval(timer);
    void ear.close();
  };
}

/** Why nothing can be kept, by the class or the code of the error (PostgreSQL's Appendix A), or by the system's word. */
const STORAGE_PROBLEMS: Readonly<Record<string, string>> = {
  "53100": "the disk is full",
  "53": "the database has no more room or connections",
  "57P": "the database is not running",
  "57": "the database took too long",
  "58": "the disk failed to read or write",
  "55P03": "the database took too long",
  "08007": "the database did not say whether it kept a write",
  "08": "the database cannot be reached",
  "28": "the database does not let this server in",
  "3D": "the database is not there",
  "25006": "the database cannot be written",
  XX: "the database is damaged",
};

/** Of the system, and of `pg` where a connection ended or could not be had. */
const UNREACHABLE =
  /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOENT|ENOTFOUND|EAI_|EACCES)|Connection terminated|timeout exceeded when trying to connect|timeout expired|does not answer|not queryable|Client was closed/;

function storageProblem(error: unknown): string | undefined {
  const code = codeOf(error);
  if (code !== undefined)
    return STORAGE_PROBLEMS[code] ?? STORAGE_PROBLEMS[code.slice(0, 3)] ?? STORAGE_PROBLEMS[code.slice(0, 2)];
  if (!(error instanceof Error)) return undefined;
  const said = (error as NodeJS.ErrnoException).code ?? "";
  return UNREACHABLE.test(said) || UNREACHABLE.test(error.message) ? "the database cannot be reached" : undefined;
}
