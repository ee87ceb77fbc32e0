/**
 * A statement whose words never change: put together and written out once for each store, and asked with other values from then on.
 * To put one together costs as much as to ask it, and a sign-in asks a dozen.
 */
import type { Compilable, CompiledQuery, DialectAdapter, Kysely } from "kysely";
import type { Tables } from "../rows/tables.ts";

type Db = Kysely<Tables>;

/** Where a value goes. */
class Blank {
  readonly of: PropertyKey;

  constructor(of: PropertyKey) {
    this.of = of;
  }
}

export class Statement<Values extends object, Row> {
  readonly #words: (db: Db, value: Values) => Compilable<Row>;
  /** By whose words: a transaction has those of its store. */
  readonly #written = new WeakMap<DialectAdapter, CompiledQuery<Row>>();

  /** `value` holds blanks: each may stand where a single value is bound, and nothing may be decided by it. Whatever else is bound stays as it is. */
  constructor(words: (db: Db, value: Values) => Compilable<Row>) {
    this.#words = words;
  }

  async all(db: Db, values: Values): Promise<Row[]> {
    return (await db.executeQuery(this.#with(db, values))).rows;
  }

  async first(db: Db, values: Values): Promise<Row | undefined> {
    return (await this.all(db, values))[0];
  }

  /** How many rows it added, changed or removed. */
  async change(db: Db, values: Values): Promise<number> {
    return Number((await db.executeQuery(this.#with(db, values))).numAffectedRows ?? 0);
  }

  #with(db: Db, values: Values): CompiledQuery<Row> {
    const written = this.#writtenFor(db);
    const parameters = written.parameters.map((one) => (one instanceof Blank ? values[one.of as keyof Values] : one));
    return { ...written, parameters };
  }

  #writtenFor(db: Db): CompiledQuery<Row> {
    const { adapter } = db.getExecutor();
    const known = this.#written.get(adapter);
    if (known) return known;
    const blanks = new Proxy({}, { get: (_, name) => new Blank(name) }) as Values;
    const written = this.#words(db, blanks).compile();
    this.#written.set(adapter, written);
    return written;
  }
}
