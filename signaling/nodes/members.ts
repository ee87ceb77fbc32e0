/**
 * Which nodes live.
 *
 *   enter ──beat each second──▶ … ──▶ leave
 *     ▲            │ its row is gone: it was taken for dead while it slept
 *     └── a new id ┘
 *
 * A node's beat is a number in the store that grows. Whoever sees the same number for DEAD_MS of its own monotonic clock takes that node
 * for dead and removes it, if the number has not moved in the very write that removes it: no clocks are compared, so none that jumps
 * does harm. What the removed one had is nobody's from then on, and each of its writes is refused (session-rows.ts), whatever it
 * believes.
 *
 * One that does not reach the store hears nothing of what is decided there, and the others take it for dead: it lets everybody go by
 * itself, so that they are where locks and ends are heard of. Not where it is alone: nobody would have them.
 */
import { randomUUID } from "node:crypto";
import type { Log } from "../log.ts";
import { NodeId } from "../protocol/ids.ts";
import type { OwnedSession } from "../store/queries/nodes.ts";
import type { Store } from "../store/store.ts";

export const BEAT_MS = 1_000;
export const DEAD_MS = 5_000;
/** The others are as far by then. */
const FORSAKEN_MS = 6_000;
/** Who has not looked for so long has slept: what it saw before says nothing. */
const SLEPT_MS = 3_000;

export interface MembersOptions {
  readonly store: Pick<Store, "read" | "write">;
  readonly log: Log;
  readonly now: () => number;
  /** Ms; no clock that can be set. */
  readonly monotonic: () => number;
  /** This one was taken for dead, and has no id; it has another one. */
  readonly fenced: () => void;
  readonly renewed: () => void;
  /** These are gone. */
  readonly died: (ids: readonly NodeId[]) => void;
  /** Sessions that were theirs are this node's. */
  readonly inherited: (sessions: readonly OwnedSession[]) => void;
}

export class Members {
  readonly #options: MembersOptions;
  #id: NodeId | undefined;
  #last: NodeId | undefined;
  /** It was taken for dead, and has not come again. */
  #isOut = false;
  /** When the first beat began that has not succeeded. */
  #failingSince: number | undefined;
  /** The others: their beat, and since when it is this one. */
  #seen = new Map<NodeId, { readonly beat: number; readonly since: number }>();
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(options: MembersOptions) {
    this.#options = options;
  }

  /** Undefined before the start and after the end. */
  get id(): NodeId | undefined {
    return this.#id;
  }

  /** The one it has or had: what was its own, and nobody has taken, may be written to the end. */
  get last(): NodeId | undefined {
    return this.#last;
  }

  /** Gives the sessions that belong to no node that lives. */
  async enter(): Promise<readonly OwnedSession[]> {
    const id = NodeId.parse(randomUUID());
    const sessions = await this.#options.store.write(async (q) => {
      await q.nodes.enter(id, this.#options.now());
      return q.nodes.takeOrphans(id);
    });
    this.#id = id;
    this.#last = id;
    this.#options.log.info({ node: id, sessions: sessions.length }, "this node has come");
    await this.#look(id);
    return sessions;
  }

  async leave(): Promise<void> {
    const id = this.#id;
    this.#id = undefined;
    this.#isOut = false;
    if (id !== undefined) await this.#options.store.write((q) => q.nodes.remove(id));
  }

  /** Call once a beat. Rejects where the store does not answer: then nobody else is let in either. */
  async beat(): Promise<void> {
    if (this.#isOut) return this.#comeAgain();
    const id = this.#id;
    if (id === undefined) return;
    this.#failingSince ??= this.#options.monotonic();
    const lives = await this.#options.store.write((q) => q.nodes.beat(id));
    if (this.#id !== id) return;
    this.#failingSince = undefined;
    if (!lives) return this.lost();
    await this.#look(id);
  }

  /** Another write of this node's has moved its beat. */
  beaten(): void {
    this.#failingSince = undefined;
  }

  /** Its row is gone. */
  async lost(): Promise<void> {
    if (this.#id === undefined) return;
    this.#options.log.warn({ node: this.#id }, "this node was taken for dead: it begins anew");
    this.#letGo();
    await this.#comeAgain();
  }

  /** Call once a beat, whether or not the one before is over. */
  watch(): void {
    const { monotonic, log } = this.#options;
    if (this.#id === undefined || this.#failingSince === undefined || this.#seen.size === 0) return;
    if (monotonic() - this.#failingSince < FORSAKEN_MS) return;
    log.warn({ node: this.#id }, "the store is not reached: this node lets everybody go to the others");
    this.#letGo();
  }

  #letGo(): void {
    this.#id = undefined;
    this.#isOut = true;
    this.#failingSince = undefined;
    this.#options.fenced();
  }

  async #comeAgain(): Promise<void> {
    const sessions = await this.enter();
    this.#isOut = false;
    this.#options.renewed();
    this.#options.inherited(sessions);
  }

  async #look(id: NodeId): Promise<void> {
    const { store, monotonic, died } = this.#options;
    const rows = (await store.read((q) => q.nodes.all())).filter((row) => row.id !== id);
    const now = monotonic();
    const slept = now - this.#lookedAt > SLEPT_MS;
    this.#lookedAt = now;
    const before = this.#seen;
    this.#seen = new Map(
      rows.map(({ id: other, beat }) => {
        const known = before.get(other);
        return [other, known && !slept && known.beat === beat ? known : { beat, since: now }];
      }),
    );
    const gone = [...before.keys()].filter((other) => !this.#seen.has(other));
    for (const [other, { beat, since }] of this.#seen)
      if (now - since >= DEAD_MS && (await this.#bury(id, other, beat))) gone.push(other);
    for (const other of gone) this.#seen.delete(other);
    if (gone.length === 0) return;
    died(gone);
    await this.#inherit(id);
  }

  async #bury(id: NodeId, other: NodeId, beat: number): Promise<boolean> {
    const isDead = await this.#options.store.write((q) => q.nodes.remove(other, beat));
    if (isDead) this.#options.log.warn({ node: id, dead: other }, "a node is taken for dead");
    return isDead;
  }

  async #inherit(id: NodeId): Promise<void> {
    const sessions = await this.#options.store.write(async (q) =>
      (await q.nodes.beat(id)) ? q.nodes.takeOrphans(id) : [],
    );
    if (sessions.length > 0) this.#options.inherited(sessions);
  }
}
