/**
 * How a write becomes a transaction of PostgreSQL: SERIALIZABLE, so that what it read still holds when it is kept, whoever writes at
 * the same moment on other servers. Of two that cannot both be true the database undoes one. That one is done again alone, while all
 * others wait, so that it cannot be undone once more; and where it is crowded, this server's next ones take their turn at once.
 *
 *   row share (beside others) ──undone──▶ exclusive (alone) ──▶ kept, or failed for a reason of its own
 *
 * The lock on `schema_version` (which nobody else touches but the migrations) is taken before the first question, because it is that
 * one which decides what the transaction sees: LOCK TABLE sees nothing.
 *
 * Two servers that write to the same chain of the audit can hardly write beside each other; those of different organisations can. Of
 * 600 sign-ins of one town on two servers 21 were undone, and 265 kept a second, as many as by one server; with three tries beside
 * others it was 361 and 66 (two busy cores; test/bench/store.ts has the whole way of a sign-in).
 */
import { type Kysely, sql } from "kysely";
import { RequestError } from "../protocol/errors.ts";
import type { Tables } from "./rows/tables.ts";

const MAX_TRIES = 5;
/** So long after a write was undone the next ones do not try it beside others. */
const CROWDED_MS = 100;

type Db = Kysely<Tables>;
type Work<T> = (tx: Db) => Promise<T>;

export interface PostgresWritesOptions {
  /** So many at a time; the others wait here, not in the database. */
  readonly together: number;
  /** What was prepared fits no longer. */
  readonly onStalePlans: () => void;
}

export class PostgresWrites {
  readonly #options: PostgresWritesOptions;
  readonly #waiting: Array<() => void> = [];
  #running = 0;
  #crowdedUntil = Number.NEGATIVE_INFINITY;
  /** Since the start. */
  undone = 0;

  constructor(options: PostgresWritesOptions) {
    this.#options = options;
  }

  async run<T>(db: Db, work: Work<T>): Promise<T> {
    if (this.#running >= this.#options.together) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await this.#untilDone(db, work);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  async #untilDone<T>(db: Db, work: Work<T>): Promise<T> {
    let isLost = false;
    for (let tries = 1; ; tries += 1) {
      const isAlone = tries > 1 || performance.now() < this.#crowdedUntil;
      try {
        return await db.connection().execute((connection) => inTransaction(connection, isAlone, work));
      } catch (caught) {
        const error = caught instanceof Lost ? caught.cause : caught;
        const code = codeOf(error) ?? "";
        const mayTryAgain =
          caught instanceof Lost ? !isLost : UNDONE.has(code) || (!isAlone && code.startsWith(VIOLATION));
        if (!mayTryAgain) throw error;
        if (tries === MAX_TRIES)
          throw new RequestError("SERVER_BUSY", "too much is written at the same moment", { cause: error });
        isLost ||= caught instanceof Lost;
        if (code === STALE_PLAN) this.#options.onStalePlans();
        else this.#crowdedUntil = performance.now() + CROWDED_MS;
        this.undone += 1;
      }
    }
  }
}

async function inTransaction<T>(connection: Db, isAlone: boolean, work: Work<T>): Promise<T> {
  const lock = isAlone ? "exclusive" : "row share";
  const begin = `start transaction isolation level serializable; lock table schema_version in ${lock} mode`;
  let done: T;
  try {
    // where the lock is not had the transaction has begun all the same, and must be ended: whoever gets this connection next could do nothing
    await sql.raw(begin).execute(connection);
    done = await work(connection);
  } catch (error) {
    await sql
      .raw("rollback")
      .execute(connection)
      .catch(() => {
        throw new Lost(error);
      });
    throw error;
  }
  try {
    await sql.raw("commit").execute(connection);
  } catch (error) {
    // the server said why it kept nothing; whoever does not hear it does not know whether it was kept, and must not do it again
    if (codeOf(error) !== undefined) throw error;
    throw Object.assign(new Error("the database did not say whether it kept a write"), { cause: error, code: UNKNOWN });
  }
  return done;
}

/** The connection is gone, and with it the transaction: the database has undone it, or will, and another connection may be had. */
class Lost extends Error {
  override readonly name = "Lost";
  constructor(cause: unknown) {
    super("the connection to the database was lost", { cause });
  }
}

/** A commit of which nobody knows whether it was one: a transaction_resolution_unknown. */
const UNKNOWN = "08007";
const STALE_PLAN = "0A000";
/** Undone because of others: it could not be put in an order with theirs, or each waited for the other, or stood idle for too long. */
const UNDONE = new Set(["40001", "40P01", "25P03", "55P03", STALE_PLAN]);

/**
 * A row that is there twice, or that refers to nothing. Beside others it may be so only because of what they wrote meanwhile (the work
 * had looked before, and numbers follow each other in a chain): alone it shows.
 */
const VIOLATION = "23";

export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
