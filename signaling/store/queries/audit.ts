/** The rows of the audit. What they mean and how they are chained is audit/'s matter. */
import { type Kysely, sql } from "kysely";
import type { AuditChainRow, AuditRow, ChainId } from "../rows/audit.ts";
import type { Tables } from "../rows/tables.ts";
import type { AuditSeal } from "./audit-seal.ts";
import { countOf, type ListFilter, matches, type PageOf } from "./lists.ts";
import { Statement } from "./statement.ts";

/** Records up to one of the list, in reach, of these moments (epoch ms). */
export interface AuditSpan extends Omit<ListFilter, "search"> {
  readonly upTo: number;
  readonly from: number | undefined;
  readonly before: number | undefined;
}

/** What most writes do: one record to one chain. */
const TWO_ENDS = new Statement<{ one: ChainId; other: ChainId }, AuditChainRow>((db, { one, other }) =>
  db.selectFrom("auditChains").selectAll().where("chain", "in", [one, other]),
);
const INSERT_ONE = new Statement<Omit<AuditRow, "seq">, unknown>((db, row) =>
  db.insertInto("audit").values({
    ...{ chain: row.chain, number: row.number, organisationId: row.organisationId, at: row.at, event: row.event },
    ...{ actor: row.actor, about: row.about, hash: row.hash, mac: row.mac },
  }),
);
const PUT_END = new Statement<AuditChainRow, unknown>((db, { chain, number, hash, mac }) =>
  puttingEnds(db, [{ chain, number, hash, mac }]),
);

const puttingEnds = (db: Kysely<Tables>, rows: readonly AuditChainRow[]) =>
  db
    .insertInto("auditChains")
    .values(rows)
    .onConflict((c) =>
      c.column("chain").doUpdateSet(({ ref }) => ({
        number: ref("excluded.number"),
        hash: ref("excluded.hash"),
        mac: ref("excluded.mac"),
      })),
    );

export class AuditQueries {
  readonly #db: Kysely<Tables>;

  readonly #seal: AuditSeal | undefined;

  constructor(db: Kysely<Tables>, seal: AuditSeal | undefined) {
    this.#db = db;
    this.#seal = seal;
  }

  /** Of a record's hash; null without a key. */
  seal(hash: string): string | null {
    return this.#seal?.of(`engawa audit 1 ${hash}`) ?? null;
  }

  /** That a chain ends here; null without a key. */
  sealEnd({ chain, number, hash }: Omit<AuditChainRow, "mac">): string | null {
    return this.#seal?.of(`engawa audit end 1 ${chain} ${number} ${hash}`) ?? null;
  }

  /** 32 bytes that only who has the audit key can make, hex; null without it. Each purpose has its own. */
  secret(purpose: string): string | null {
    return this.#seal?.of(`engawa audit secret 1 ${purpose}`) ?? null;
  }

  async insert(...rows: ReadonlyArray<Omit<AuditRow, "seq">>): Promise<void> {
    const [only, ...others] = rows;
    if (only === undefined) return;
    if (others.length === 0) await INSERT_ONE.change(this.#db, only);
    else await this.#db.insertInto("audit").values(rows).execute();
  }

  /** Where these chains end; those that have not begun are left out. */
  ends(chains: readonly ChainId[]): Promise<AuditChainRow[]> {
    const [one, other, ...more] = chains;
    if (one !== undefined && other !== undefined && more.length === 0) return TWO_ENDS.all(this.#db, { one, other });
    return this.#db.selectFrom("auditChains").selectAll().where("chain", "in", chains).execute();
  }

  allEnds(): Promise<AuditChainRow[]> {
    return this.#db.selectFrom("auditChains").selectAll().orderBy("chain").execute();
  }

  async putEnds(rows: readonly AuditChainRow[]): Promise<void> {
    const [only, ...others] = rows;
    if (only !== undefined && others.length === 0) await PUT_END.change(this.#db, only);
    else await puttingEnds(this.#db, rows).execute();
  }

  /** Of one chain, in order, beginning behind `number`. */
  async ofChain(chain: ChainId, number: number, limit: number): Promise<AuditRow[]> {
    const found = await sql<AuditRow>`
      select seq, chain, number, organisation_id as "organisationId", at, event, actor, about, hash, mac
      from audit where chain = ${chain} and number > ${number} order by number limit ${limit}
    `.execute(this.#db.withoutPlugins()); // a million of them are read at once: no look at the name of each column
    return found.rows;
  }

  /** What came last, of all chains. */
  last(): Promise<AuditRow | undefined> {
    return this.#db.selectFrom("audit").selectAll().orderBy("seq", "desc").limit(1).executeTakeFirst();
  }

  /** Chains that have a record. */
  async chains(): Promise<ChainId[]> {
    const rows = await this.#db.selectFrom("audit").select("chain").distinct().orderBy("chain").execute();
    return rows.map(({ chain }) => chain);
  }

  /** Of all chains, as they came, beginning behind `seq`. */
  after(seq: number, limit: number): Promise<AuditRow[]> {
    return this.#db.selectFrom("audit").selectAll().where("seq", ">", seq).orderBy("seq").limit(limit).execute();
  }

  /** Oldest first, beginning behind `seq`. */
  inOrder({ upTo, from, before, ...filter }: AuditSpan, seq: number, limit: number): Promise<AuditRow[]> {
    return this.#matching(filter)
      .selectAll()
      .where("seq", ">", seq)
      .where("seq", "<=", upTo)
      .$if(from !== undefined, (query) => query.where("at", ">=", from ?? 0))
      .$if(before !== undefined, (query) => query.where("at", "<", before ?? 0))
      .orderBy("seq")
      .limit(limit)
      .execute();
  }

  /** Newest first. */
  page(filter: ListFilter, { after, limit }: PageOf<number>): Promise<AuditRow[]> {
    return this.#matching(filter)
      .selectAll()
      .$if(after !== undefined, (query) => query.where("seq", "<", after ?? 0))
      .orderBy("seq", "desc")
      .limit(limit)
      .execute();
  }

  count(filter: ListFilter): Promise<number> {
    return countOf(this.#matching(filter));
  }

  #matching(filter: ListFilter) {
    const searched = ["event", "actor", "about"];
    return this.#db.selectFrom("audit").where(matches(filter, { organisation: "organisationId", searched }));
  }
}
