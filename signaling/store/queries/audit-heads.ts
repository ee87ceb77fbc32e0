/** Heads of the audit that were signed, by the server and by office PCs. */
import { type Kysely, sql } from "kysely";
import type { AuditPosition } from "../../protocol/audit.ts";
import type { OrganisationId } from "../../protocol/ids.ts";
import type { AuditCosignatureRow, AuditHeadRow, AuditSegmentRow, AuditShippedRow, ChainId } from "../rows/audit.ts";
import type { Tables } from "../rows/tables.ts";

const DAY_MS = 24 * 3_600_000;

export class AuditHeadQueries {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** One that was signed before stays as it is. */
  async insert(rows: readonly AuditHeadRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#db
      .insertInto("auditHeads")
      .values(rows)
      .onConflict((c) => c.doNothing())
      .execute();
  }

  async insertCosignature(row: AuditCosignatureRow): Promise<void> {
    await this.#db
      .insertInto("auditCosignatures")
      .values(row)
      .onConflict((c) => c.doNothing())
      .execute();
  }

  newest(chain: ChainId): Promise<Pick<AuditHeadRow, "number" | "hash"> | undefined> {
    return this.#db
      .selectFrom("auditHeads")
      .select(["number", "hash"])
      .where("chain", "=", chain)
      .orderBy("number", "desc")
      .limit(1)
      .executeTakeFirst();
  }

  /** Of a record, as the chain has it now; of one that is in a segment, where somebody signed it. */
  async hashAt(chain: ChainId, number: number): Promise<string | undefined> {
    const found = await sql<{ hash: string }>`
      select hash from audit where chain = ${chain} and number = ${number}
      union all
      select hash from (
        select chain, number, hash from audit_segments union all select chain, number, hash from audit_heads
        union all select chain, number, hash from audit_cosignatures
      ) where chain = ${chain} and number = ${number}
        and number <= (select max(number) from audit_segments where chain = ${chain})
      limit 1
    `.execute(this.#db);
    return found.rows[0]?.hash;
  }

  async isInSegment(chain: ChainId, number: number): Promise<boolean> {
    return number <= ((await this.lastSegment(chain))?.number ?? 0);
  }

  segmentsOf(chain: ChainId): Promise<AuditSegmentRow[]> {
    return this.#db.selectFrom("auditSegments").selectAll().where("chain", "=", chain).orderBy("number").execute();
  }

  lastSegment(chain: ChainId): Promise<AuditSegmentRow | undefined> {
    return this.#db
      .selectFrom("auditSegments")
      .selectAll()
      .where("chain", "=", chain)
      .orderBy("number", "desc")
      .limit(1)
      .executeTakeFirst();
  }

  async insertSegment(row: AuditSegmentRow): Promise<void> {
    await this.#db.insertInto("auditSegments").values(row).execute();
  }

  /** The last record behind `after` before the first one that is not so old. */
  async lastBefore(chain: ChainId, after: number, before: number): Promise<AuditPosition | undefined> {
    const found = await sql<AuditPosition>`
      select number, hash from audit where chain = ${chain} and number > ${after} and number <
        coalesce((select min(number) from audit where chain = ${chain} and number > ${after} and at >= ${before}), 9e15)
      order by number desc limit 1
    `.execute(this.#db);
    return found.rows[0];
  }

  /** Forgets `limit` records that are in a segment, and says how many. */
  async forgetSealed(chain: ChainId, limit: number): Promise<number> {
    const { numAffectedRows } = await sql`
      delete from audit where seq in (
        select seq from audit where chain = ${chain}
          and number <= (select max(number) from audit_segments where chain = ${chain}) order by number limit ${limit}
      )
    `.execute(this.#db);
    return Number(numAffectedRows ?? 0);
  }

  /** How far it has gone to a collector; undefined: there is none. */
  async shipped(chain: ChainId): Promise<number | undefined> {
    const row = await this.#db
      .selectFrom("auditShipped")
      .select("number")
      .where("chain", "=", chain)
      .executeTakeFirst();
    return row?.number;
  }

  ofChain(chain: ChainId): Promise<AuditHeadRow[]> {
    return this.#db.selectFrom("auditHeads").selectAll().where("chain", "=", chain).orderBy("number").execute();
  }

  /** Beginning behind this one. */
  after(chain: ChainId, number: number, limit: number): Promise<AuditHeadRow[]> {
    return this.#db
      .selectFrom("auditHeads")
      .selectAll()
      .where("chain", "=", chain)
      .where("number", ">", number)
      .orderBy("number")
      .limit(limit)
      .execute();
  }

  /** Chains of which the collector does not have everything: how far it has come, and to where there is something. */
  async unshipped(): Promise<Array<AuditShippedRow & { readonly end: number }>> {
    const found = await sql<AuditShippedRow & { end: number }>`
      select c.chain, c.number as "end", coalesce(s.number, 0) as number, coalesce(s.head, 0) as head
      from audit_chains c left join audit_shipped s on s.chain = c.chain
      where c.number > coalesce(s.number, 0)
        or coalesce(s.head, 0) < (select coalesce(max(h.number), 0) from audit_heads h where h.chain = c.chain)
      order by c.chain
    `.execute(this.#db);
    return found.rows;
  }

  async putShipped(rows: readonly AuditShippedRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#db
      .insertInto("auditShipped")
      .values(rows)
      .onConflict((c) =>
        c.column("chain").doUpdateSet(({ ref }) => ({ number: ref("excluded.number"), head: ref("excluded.head") })),
      )
      .execute();
  }

  cosignaturesOf(chain: OrganisationId): Promise<AuditCosignatureRow[]> {
    return this.#db
      .selectFrom("auditCosignatures")
      .selectAll()
      .where("auditCosignatures.chain", "=", chain)
      .orderBy("number")
      .execute();
  }

  /** Of days before this moment one head for each chain stays, the last, and the last signature of each office PC. */
  async thin(before: number): Promise<void> {
    const day = sql`at / ${sql.lit(DAY_MS)}`;
    await sql`
      delete from audit_heads where at < ${before} and (chain, number) not in
        (select chain, max(number) from audit_heads group by chain, ${day})
    `.execute(this.#db);
    await sql`
      delete from audit_cosignatures where at < ${before} and (chain, terminal_id, number) not in
        (select chain, terminal_id, max(number) from audit_cosignatures group by chain, terminal_id, ${day})
    `.execute(this.#db);
  }
}
