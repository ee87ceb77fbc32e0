/** The part of a store that is the same on every SQL database: reads, and writes one after another. */
import { randomUUID } from "node:crypto";
import {
  CamelCasePlugin,
  type Dialect,
  HandleEmptyInListsPlugin,
  Kysely,
  replaceWithNoncontingentExpression,
} from "kysely";
import { RequestError } from "../protocol/errors.ts";
import { AtEnd } from "./at-end.ts";
import { migrate, type Upgrading } from "./migrations.ts";
import { AuditSeal } from "./queries/audit-seal.ts";
import type { Phrases } from "./queries/console-bases.ts";
import { type Queries, queriesOn } from "./queries.ts";
import { type Change, ChangeNotes, type Changes, MAX_CHANGES, NO_NOTE, type Note } from "./rows/changes.ts";
import type { Tables } from "./rows/tables.ts";
import { type Store, StoreUnusable } from "./store.ts";

/** Work that may wait for the database. A write takes a few ms (one fsync), so this is seconds of arrears: more is refused. */
const MAX_WAITING = 2_000;
/** A write that succeeded so recently proves that one can write. A monitoring system asks every few seconds. */
const PROVEN_MS = 10_000;
/** After a failure, success with little is no proof: for so long, whoever asks gets an answer by trial. */
const DOUBT_MS = 60_000;
/** On a disk that is almost full small writes succeed between large ones that fail: it has recovered when none failed for so long. */
const SETTLED_MS = 5_000;
/** What is tried: some pages, more than any of our usual writes takes. */
const PROBE_BYTES = 32 * 1024;
/** After which a client that was told STORAGE_UNAVAILABLE may ask again: somebody has to make room. */
const RETRY_AFTER_S = 30;

export interface SqlStoreOptions {
  readonly dialect: Dialect;
  readonly phrases: Phrases;
  /** For the migrations. */
  readonly upgrading: Upgrading;
  /** All of the work in one transaction. May do it again where the first time was undone; what it throws in the end is what failed. */
  readonly transaction: <T>(db: Kysely<Tables>, work: (tx: Kysely<Tables>) => Promise<T>) => Promise<T>;
  /** Calls the listener when another than this writer wrote; returns what ends it. */
  readonly watch: (listener: () => void, writer: string) => () => void;
  /**
   * Of `watch`: it hears of every write, one that changed nobody's rights too, and of each once. Otherwise it hears of those that say
   * something, and calls more often than there are any.
   */
  readonly hearsEveryWrite: boolean;
  /** Runs last, after the dialect has closed. */
  readonly release: () => Promise<void>;
  /** In words, when this error means that nothing can be kept at the moment. */
  readonly storageProblem: (error: unknown) => string | undefined;
  /** Seals the audit. */
  readonly auditKey?: Uint8Array;
  readonly isBesideServer?: boolean;
  /** Nothing can be kept any more; said once, until it works again. */
  readonly onTrouble?: (cause: unknown) => void;
  readonly onRecovered?: () => void;
}

export class SqlStore implements Store {
  readonly #options: SqlStoreOptions;
  readonly #db: Kysely<Tables>;
  readonly #seal: AuditSeal | undefined;
  /** By which our own changes are known among others'. */
  readonly #writer = randomUUID();
  readonly #watches = new Set<() => void>();
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;
  #isTroubled = false;
  /** When a write succeeded last, and when one found that nothing can be kept; monotonic ms. */
  #writtenAt = Number.NEGATIVE_INFINITY;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(options: SqlStoreOptions) {
    this.#options = options;
    this.#seal = options.auditKey && new AuditSeal(options.auditKey);
    const emptySets = new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression });
    this.#db = new Kysely<Tables>({ dialect: options.dialect, plugins: [emptySets, new CamelCasePlugin()] });
  }

  static async open(options: SqlStoreOptions): Promise<SqlStore> {
    const store = new SqlStore(options);
    try {
      await migrate(store.#db, options.upgrading);
      return store;
    } catch (error) {
      await store.close();
      const problem = options.storageProblem(error);
      if (problem === undefined) throw error;
      throw new StoreUnusable(`${problem} (${error instanceof Error ? error.message : error})`, { cause: error });
    }
  }

  read<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#run(() => work(this.#queries(this.#db, NO_NOTE, new AtEnd<Queries>())));
  }

  write<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#run(async () => {
      const result = await this.#options.transaction(this.#db, async (tx) => {
        const notes = new ChangeNotes();
        const atEnd = new AtEnd<Queries>();
        const queries = this.#queries(tx, notes.note, atEnd);
        const done = await work(queries);
        await atEnd.run(queries);
        await this.#note(queries, notes.all());
        return done;
      });
      this.#wrote();
      return result;
    });
  }

  /** Whose rights a write changed, so that others hear it: where they hear of every write, nobody's too, and else that it is not known. */
  async #note(queries: Queries, changes: readonly Change[]): Promise<void> {
    const { isBesideServer = false, hearsEveryWrite } = this.#options;
    if (changes.length > 0) await queries.changes.insert(this.#writer, changes);
    else if (isBesideServer === hearsEveryWrite)
      await queries.changes.insertMark(this.#writer, hearsEveryWrite ? "none" : "unknown");
  }

  async problem(): Promise<string | undefined> {
    const now = performance.now();
    if (now - this.#writtenAt < PROVEN_MS && now - this.#failedAt > DOUBT_MS) return undefined;
    try {
      await this.write((q) => q.changes.tryRoom(PROBE_BYTES));
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : "the store cannot be written";
    }
  }

  onForeignChange(listener: (changes: Changes) => void): () => void {
    let ended = false;
    let seen: Promise<number> = this.read((q) => q.changes.newest());
    const { hearsEveryWrite } = this.#options;
    let waiting = 0;
    const look = async (before: Promise<number>): Promise<number> => {
      const behind = await before.finally(() => {
        waiting -= 1;
      });
      const others = { than: this.#writer, after: behind, limit: MAX_CHANGES, isSilenceTelling: hearsEveryWrite };
      const { changes, newest } = await this.read((q) => q.changes.by(others));
      const isNone = changes !== "everything" && changes.length === 0;
      if (!ended && !isNone) listener(changes);
      return newest;
    };
    const unwatch = this.#options.watch(() => {
      if (waiting > 0 && !hearsEveryWrite) return; // the one that waits will see it, too
      waiting += 1;
      const before = seen;
      seen = look(before).catch(() => {
        // who hears more often looks again behind the same number
        if (!ended && !this.#closing && hearsEveryWrite) listener("everything");
        return before.catch(() => 0);
      });
    }, this.#writer);
    seen.catch(() => {});
    const end = (): void => {
      ended = true;
      unwatch();
    };
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

  #queries(db: Kysely<Tables>, note: Note, atEnd: AtEnd<Queries>): Queries {
    return queriesOn(db, { phrases: this.#options.phrases, seal: this.#seal, note, atEnd });
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing) throw new Error("the store is closed");
    if (this.#running.size >= MAX_WAITING) throw new RequestError("SERVER_BUSY", "too much work waits for the store");
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      throw this.#explained(error);
    } finally {
      this.#running.delete(running);
    }
  }

  #explained(error: unknown): unknown {
    const problem = this.#options.storageProblem(error);
    if (problem === undefined) return error;
    this.#failedAt = performance.now();
    if (!this.#isTroubled) this.#options.onTrouble?.(error);
    this.#isTroubled = true;
    return new RequestError("STORAGE_UNAVAILABLE", problem, { cause: error, details: { retryAfterS: RETRY_AFTER_S } });
  }

  #wrote(): void {
    this.#writtenAt = performance.now();
    if (!this.#isTroubled || this.#writtenAt - this.#failedAt < SETTLED_MS) return;
    this.#isTroubled = false;
    this.#options.onRecovered?.();
  }

  async #close(): Promise<void> {
    for (const end of this.#watches) end();
    this.#watches.clear();
    await Promise.allSettled([...this.#running]);
    await this.#db.destroy();
    await this.#options.release();
  }
}
