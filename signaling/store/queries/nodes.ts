/** Which nodes there are, which office PCs and sessions each of them has, and what only one of them may do. */
import type { Kysely } from "kysely";
import type { NodeId, PersonId, SessionId, TerminalId } from "../../protocol/ids.ts";
import type { NodeRow, PresenceRow } from "../rows/nodes.ts";
import type { SessionRow, Tables } from "../rows/tables.ts";

export type OwnedSession = SessionRow & { readonly nodeId: NodeId | null };

export class NodeQueries {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  // ── who lives ────────────────────────────────────────────────────────────────────────────────

  async enter(id: NodeId, startedAt: number): Promise<void> {
    await this.#db.insertInto("nodes").values({ id, beat: 0, startedAt }).execute();
  }

  /** False: it was taken for dead. */
  async beat(id: NodeId): Promise<boolean> {
    const result = await this.#db
      .updateTable("nodes")
      .set(({ eb }) => ({ beat: eb("beat", "+", 1) }))
      .where("id", "=", id)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  all(): Promise<NodeRow[]> {
    return this.#db.selectFrom("nodes").selectAll().orderBy("startedAt").orderBy("id").execute();
  }

  /** What it had is nobody's from now on. With a beat: only if it has not moved since. False: it had gone, or it lives. */
  async remove(id: NodeId, beat?: number): Promise<boolean> {
    const result = await this.#db
      .deleteFrom("nodes")
      .where("id", "=", id)
      .$if(beat !== undefined, (query) => query.where("beat", "=", beat ?? 0))
      .executeTakeFirst();
    if (result.numDeletedRows !== 1n) return false;
    await this.#db.deleteFrom("presences").where("nodeId", "=", id).execute();
    return true;
  }

  // ── office PCs ───────────────────────────────────────────────────────────────────────────────

  /** They are this node's from now on, whosever they were. */
  async claim(nodeId: NodeId, terminals: readonly TerminalId[], since: number): Promise<PresenceRow[]> {
    // in one order everywhere: two nodes that claim the same wait for each other, and not for ever
    const values = [...terminals].sort().map((terminalId) => ({ terminalId, nodeId, epoch: 1, since }));
    return this.#db
      .insertInto("presences")
      .values(values)
      .onConflict((conflict) =>
        conflict
          .column("terminalId")
          .doUpdateSet(({ eb, ref }) => ({ nodeId, since, epoch: eb(ref("presences.epoch"), "+", 1) })),
      )
      .returningAll()
      .execute();
  }

  async release(nodeId: NodeId, terminals: readonly TerminalId[]): Promise<void> {
    await this.#db.deleteFrom("presences").where("nodeId", "=", nodeId).where("terminalId", "in", terminals).execute();
  }

  /** Holds the row until this write is done: nobody else can claim the office PC before. */
  async holds(nodeId: NodeId, terminalId: TerminalId): Promise<boolean> {
    const result = await this.#db
      .updateTable("presences")
      .set({ nodeId })
      .where("nodeId", "=", nodeId)
      .where("terminalId", "=", terminalId)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  presences(terminals?: readonly TerminalId[]): Promise<PresenceRow[]> {
    return this.#db
      .selectFrom("presences")
      .selectAll()
      .$if(terminals !== undefined, (query) => query.where("terminalId", "in", terminals ?? []))
      .execute();
  }

  // ── sessions ─────────────────────────────────────────────────────────────────────────────────

  async giveSession(id: SessionId, nodeId: NodeId): Promise<void> {
    await this.#db.updateTable("sessions").set({ nodeId }).where("id", "=", id).execute();
  }

  /** Holds the row until this write is done. */
  async ownsSession(nodeId: NodeId, id: SessionId): Promise<boolean> {
    const result = await this.#db
      .updateTable("sessions")
      .set({ nodeId })
      .where("id", "=", id)
      .where("nodeId", "=", nodeId)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  /** The open ones on these office PCs are this node's from now on. */
  takeSessionsOn(nodeId: NodeId, terminals: readonly TerminalId[]): Promise<OwnedSession[]> {
    return this.#db
      .updateTable("sessions")
      .set({ nodeId })
      .where("terminalId", "in", terminals)
      .where("endedAt", "is", null)
      .returningAll()
      .execute();
  }

  /** The open ones that belong to no node that lives. */
  takeOrphans(nodeId: NodeId): Promise<OwnedSession[]> {
    return this.#db
      .updateTable("sessions")
      .set({ nodeId })
      .where("endedAt", "is", null)
      .where(({ or, eb, selectFrom }) =>
        or([eb("nodeId", "is", null), eb("nodeId", "not in", selectFrom("nodes").select("nodes.id"))]),
      )
      .returningAll()
      .execute();
  }

  openSessions(of: { terminals?: readonly TerminalId[]; person?: PersonId } = {}): Promise<OwnedSession[]> {
    const { terminals, person } = of;
    return this.#db
      .selectFrom("sessions")
      .selectAll()
      .where("endedAt", "is", null)
      .$if(terminals !== undefined, (query) => query.where("terminalId", "in", terminals ?? []))
      .$if(person !== undefined, (query) => query.where("personId", "=", person as PersonId))
      .execute();
  }

  async session(id: SessionId): Promise<OwnedSession | undefined> {
    return this.#db.selectFrom("sessions").selectAll().where("id", "=", id).executeTakeFirst();
  }

  async openCount(person: PersonId): Promise<number> {
    const row = await this.#db
      .selectFrom("sessions")
      .select(({ fn }) => fn.countAll<number | bigint | string>().as("open"))
      .where("personId", "=", person)
      .where("endedAt", "is", null)
      .executeTakeFirst();
    return Number(row?.open ?? 0);
  }

  // ── what one does for all ────────────────────────────────────────────────────────────────────

  /** Whose it is; undefined: nobody's who lives. */
  async holderOf(name: string): Promise<NodeId | undefined> {
    const row = await this.#db
      .selectFrom("offices")
      .innerJoin("nodes", "nodes.id", "offices.nodeId")
      .select("nodes.id")
      .where("offices.name", "=", name)
      .executeTakeFirst();
    return row?.id;
  }

  /** True: it is this node's to do. One that was taken for dead gets none. */
  async takeOffice(name: string, nodeId: NodeId): Promise<boolean> {
    if (!(await this.beat(nodeId))) return false;
    await this.#db
      .insertInto("offices")
      .values({ name, nodeId })
      .onConflict((conflict) =>
        conflict
          .column("name")
          .doUpdateSet({ nodeId })
          .where(({ eb, selectFrom }) => eb("offices.nodeId", "not in", selectFrom("nodes").select("nodes.id"))),
      )
      .execute();
    const row = await this.#db.selectFrom("offices").select("nodeId").where("name", "=", name).executeTakeFirst();
    return row?.nodeId === nodeId;
  }

  /** False: it was used before. */
  async useOnce(name: string, until: number, now: number): Promise<boolean> {
    await this.#db.deleteFrom("usedOnce").where("until", "<", now).execute();
    const result = await this.#db
      .insertInto("usedOnce")
      .values({ name, until })
      .onConflict((conflict) => conflict.column("name").doNothing())
      .executeTakeFirst();
    return result.numInsertedOrUpdatedRows === 1n;
  }
}
