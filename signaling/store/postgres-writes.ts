/**
 * How a write becomes a transaction of PostgreSQL: SERIALIZABLE, so that what it read still holds when it is kept, whoever writes at
 * the same moment on other servers. Of two that cannot both be true the database undoes one, and that one is done again: after some
 * tries alone, when everybody else waits, so that it always ends.
 *
 *   row share ──undone──▶ row share ──undone──▶ … ──▶ exclusive ──▶ kept, or failed for a reason of its own
 *
 * The lock on `schema_version` (which nobody else touches but the migrations) is taken before the first question, because it is that
 * one which decides what the transaction sees: LOCK TABLE sees nothing.
 *
 * Measured with two nodes on one town's chain (test/bench/store.ts): see README, "PostgreSQL".
 */
import { setTimeout as pause } from "node:timers/promises";
import { type Kysely, sql } from "kysely";
import { RequestError } from "../protocol/errors.ts";
import type { Tables } from "./rows/tables.ts";

/** Tries beside others; the next one has the road to itself. */
const BESIDE_OTHERS = 3;
const MAX_TRIES = 6;
const PAUSE_MS = 4;

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
    const once = new Set<string>();
    for (let tries = 1; ; tries += 1) {
      const lock = tries > BESIDE_OTHERS ? "exclusive" : "row share";
      try {
        return await db.connection().execute((connection) => inTransaction(connection, lock, work));
      } catch (caught) {
        const error = caught instanceof Lost ? caught.cause : caught;
        const why = caught instanceof Lost ? LOST : (codeOf(error) ?? "");
        if (why === STALE_PLAN) this.#options.onStalePlans();
        const kind =
          UNDONE.has(why) || isOfOthers(error) ? "undone" : [LOST, VIOLATION].find((prefix) => why.startsWith(prefix));
        if (kind === undefined || once.has(kind)) throw error;
        if (kind !== "undone") once.add(kind);
        if (tries >= MAX_TRIES)
          throw new RequestError("SERVER_BUSY", "too much is written at the same moment", { cause: error });
        this.undone += 1;
        await pause(PAUSE_MS * tries * Math.random());
      }
    }
  }
}

async function inTransaction<T>(connection: Db, lock: "row share" | "exclusive", work: Work<T>): Promise<T> {
  await sql
    .raw(`start transaction isolation level serializable; lock table schema_version in ${lock} mode`)
    .execute(connection);
  let done: T;
  try {
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
 * A row that is there twice, or that refers to nothing. It may be so only because of what others wrote meanwhile (the work had looked
 * before): once more shows.
 */
const VIOLATION = "23";
/** Where a chain of the record ends is known by looking: the place behind it is taken because of others only, however often that happens. */
const CHAIN = "audit_chain";
const isOfOthers = (error: unknown): boolean => (error as { constraint?: unknown } | null)?.constraint === CHAIN;
const LOST = "lost";

export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
