/** Connections to PostgreSQL: how each is made, and some of them together. The one door to `pg`. */
import pg from "pg";
import type { DatabaseServer } from "./settings.ts";

const CONNECT_TIMEOUT_MS = 5_000;
/** No question of ours takes as long; one that does has gone wrong. */
const STATEMENT_TIMEOUT_MS = 30_000;
/**
 * How long a transaction may stand open while its process does nothing: one that was stopped, or that a broken line has cut off,
 * holds rows that others wait for. Those wait a little longer than that.
 */
const IDLE_IN_TRANSACTION_MS = 5_000;
const LOCK_TIMEOUT_MS = 8_000;
const IDLE_MS = 30_000;
/** ReadyForQuery's word for: not in a transaction (PostgreSQL's Frontend/Backend Protocol, Message Formats). */
const IDLE = "I";
/** Statements that stay prepared on a connection; those about sets have one form for each size of set. */
const MAX_PREPARED = 300;

const SETTINGS = {
  statement_timeout: STATEMENT_TIMEOUT_MS,
  lock_timeout: LOCK_TIMEOUT_MS,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
  // the server's half of a line that was cut
  tcp_keepalives_idle: 5,
  tcp_keepalives_interval: 3,
  tcp_keepalives_count: 3,
  jit: "off",
  timezone: "UTC",
} as const;

/** Numbers as numbers, and what is true or false as SQLite says it: 1 or 0. */
const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  [pg.types.builtins.INT8]: Number,
  [pg.types.builtins.NUMERIC]: Number,
  [pg.types.builtins.BOOL]: (text) => (text === "t" ? 1 : 0),
};
const types = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    (format !== "binary" && PARSERS[oid]) || pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/** `name`: of what connects, as `pg_stat_activity` shows it. */
export function clientConfig(server: DatabaseServer, name: string): pg.ClientConfig {
  const { host, port, user, password, database, isLocal, ca } = server;
  return {
    ...{ host, port, user, database, types },
    // asked for as a function: a string would be looked for elsewhere when it is empty
    password: () => password ?? "",
    ssl: isLocal && ca === undefined ? false : { rejectUnauthorized: true, ...(ca !== undefined && { ca }) },
    application_name: name,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    options: Object.entries(SETTINGS)
      .map(([key, value]) => `-c ${key}=${value}`)
      .join(" "),
  };
}

/** Prepares what it is asked, so that the server need not think about it each time. */
class PreparingClient extends pg.Client {
  readonly #names = new Map<string, string>();
  #made = 0;

  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // what a broken line means is said to whoever waits for an answer, and to the pool
    this.on("error", () => {});
  }

  // biome-ignore lint/suspicious/noExplicitAny: it stands for all of the original's forms
  override query(first: any, values?: any, callback?: any): any {
    if (typeof first !== "string" || !Array.isArray(values) || callback !== undefined)
      return super.query(first, values, callback);
    if (values.length === 0) return super.query(first); // may be several statements
    const name = this.#nameOf(first);
    return name === undefined ? super.query(first, values) : super.query({ name, text: first, values });
  }

  /** Another version of the program has changed a table: what was prepared fits no longer. */
  forget(): void {
    this.#names.clear();
  }

  #nameOf(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    if (this.#names.size >= MAX_PREPARED) return undefined;
    this.#made += 1;
    const name = `s${this.#made}`;
    this.#names.set(text, name);
    return name;
  }
}

export class Connections {
  readonly pool: pg.Pool;
  readonly #open = new Set<pg.PoolClient>();

  constructor(server: DatabaseServer, { name, max }: { readonly name: string; readonly max: number }) {
    const config = { ...clientConfig(server, name), max, idleTimeoutMillis: IDLE_MS };
    this.pool = new pg.Pool({ ...config, Client: PreparingClient } as pg.PoolConfig);
    this.pool.on("error", () => {}); // one that nobody used at that moment: the next one is made when it is needed
    this.pool.on("connect", (client) => this.#open.add(client));
    this.pool.on("remove", (client) => this.#open.delete(client));
    // one that comes back within a transaction is nobody's any more
    this.pool.on("release", (_error, client) => {
      if (client.getTransactionStatus() !== IDLE) void client.end().catch(() => {});
    });
  }

  /** The server does not answer any more: whoever waits for it hears so, and the next question gets a new connection. */
  breakAll(): void {
    for (const client of this.#open) streamOf(client).destroy(new Error("the database does not answer"));
  }

  forgetPrepared(): void {
    for (const client of this.#open) if (client instanceof PreparingClient) client.forget();
  }
}

const streamOf = (client: pg.ClientBase): { destroy(error: Error): void } =>
  (client as unknown as { connection: { stream: { destroy(error: Error): void } } }).connection.stream;
