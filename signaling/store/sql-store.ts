/** The part of a store that is the same on every SQL database: reads, and writes one after another. */
import { CamelCasePlugin, type Dialect, Kysely } from "kysely";
import { RequestError } from "../protocol/errors.ts";
import { migrate } from "./migrations.ts";
import { type Queries, queriesOn } from "./queries.ts";
import type { Store } from "./store.ts";
import type { Tables } from "./tables.ts";

/** Work that may wait for the database. A write takes a few ms (one fsync), so this is seconds of arrears: more is refused. */
const MAX_WAITING = 2_000;

export interface SqlStoreOptions {
  readonly dialect: Dialect;
  /** Runs after the migrations, before anything else. */
  readonly harden: () => void;
  /** Calls the listener when another process wrote; returns what ends it. */
  readonly watch: (listener: () => void) => () => void;
  /** Runs last, after the dialect has closed. */
  readonly release: () => void;
}

export class SqlStore implements Store {
  readonly #options: SqlStoreOptions;
  readonly #db: Kysely<Tables>;
  readonly #watches = new Set<() => void>();
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(options: SqlStoreOptions) {
    this.#options = options;
    this.#db = new Kysely<Tables>({ dialect: options.dialect, plugins: [new CamelCasePlugin()] });
  }

  static async open(options: SqlStoreOptions): Promise<SqlStore> {
    const store = new SqlStore(options);
    try {
      await migrate(store.#db);
      options.harden();
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  read<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#run(() => work(queriesOn(this.#db)));
  }

  write<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#run(() => this.#db.transaction().execute((tx) => work(queriesOn(tx))));
  }

  onForeignChange(listener: () => void): () => void {
    const end = this.#options.watch(listener);
    this.#watches.add(end);
    return () => {
      this.#watches.delete(end);
      end();
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing) throw new Error("the store is closed");
    if (this.#running.size >= MAX_WAITING) throw new RequestError("SERVER_BUSY", "too much work waits for the store");
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async #close(): Promise<void> {
    for (const end of this.#watches) end();
    this.#watches.clear();
    await Promise.allSettled([...this.#running]);
    await this.#db.destroy();
    this.#options.release();
  }
}
