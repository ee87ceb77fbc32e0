/**
 * The audit goes to a collector elsewhere, record by record and head by head, in the order of each chain. How far it has come
 * stands in the store, so that there is no second queue, and nothing is lost when either side is started anew:
 *
 *   the store ──records behind the position──▶ the collector
 *       ▲                                          │ the connection has held for a while
 *       └──────────────position────────────────────┘
 *
 * What was written when a connection broke is written again: a collector knows it by chain and number.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Backoff } from "../client/backoff.ts";
import type { Log } from "../log.ts";
import type { Queries } from "../store/queries.ts";
import type { AuditHeadRow, AuditRow, AuditShippedRow } from "../store/rows/audit.ts";
import type { Store } from "../store/store.ts";
import type { Collector } from "./settings.ts";
import { type Line, ownName, SyslogConnection, syslogFrame } from "./syslog.ts";

/** Between two looks at what was added. */
const EVERY_MS = 2_000;
/** For so long a connection has to hold behind what was written. */
const SETTLED_MS = 1_000;
/** Records in one go; some hundred kB. */
const TOGETHER = 1_000;
const BACKOFF = { baseMs: 1_000, maxMs: 60_000 };

export interface AuditShippingParts {
  readonly collector: Collector;
  readonly store: Store;
  /** Whether it is this node's to do now; left out: there is no other. */
  readonly isOurs?: (() => Promise<boolean>) | undefined;
  readonly log: Log;
  /** For tests: other than usual. */
  readonly everyMs?: number;
  readonly settledMs?: number;
}

interface Batch {
  readonly lines: readonly Line[];
  readonly positions: readonly AuditShippedRow[];
}

export class AuditShipping {
  readonly #parts: AuditShippingParts;
  readonly #backoff = new Backoff(BACKOFF);
  readonly #stop = new AbortController();
  readonly #host = ownName();
  #connection: SyslogConnection | undefined;
  #running: Promise<void> | undefined;
  #isTroubled = false;
  #behind = 0;

  constructor(parts: AuditShippingParts) {
    this.#parts = parts;
  }

  /** Records that the collector does not have, as far as was looked. */
  get behind(): number {
    return this.#behind;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#connection?.close();
  }

  async #run(): Promise<void> {
    const { everyMs = EVERY_MS } = this.#parts;
    while (!this.#stop.signal.aborted) {
      try {
        const isAll = await this.#ship();
        this.#went();
        if (isAll) await this.#pause(everyMs);
      } catch (error) {
        this.#failed(error);
        await this.#pause(this.#backoff.next());
      }
    }
  }

  /** True: there is no more. */
  async #ship(): Promise<boolean> {
    const { store, collector, isOurs, settledMs = SETTLED_MS } = this.#parts;
    if (isOurs && !(await isOurs())) return true;
    const batch = await store.read((q) => this.#next(q));
    if (batch.lines.length === 0) return true;
    if (!this.#connection?.isOpen) this.#connection = await SyslogConnection.open(collector);
    const connection = this.#connection;
    await connection.write(batch.lines.map((line) => syslogFrame(line, this.#host)));
    await this.#pause(settledMs);
    const hasArrived = this.#stop.signal.aborted ? await connection.close() : connection.isOpen;
    if (!hasArrived) throw new Error("the collector has closed the connection");
    await store.write((q) => q.auditHeads.putShipped(batch.positions));
    return batch.lines.length < TOGETHER;
  }

  async #next(q: Queries): Promise<Batch> {
    const lines: Line[] = [];
    const positions: AuditShippedRow[] = [];
    const behind = await q.auditHeads.unshipped();
    this.#behind = behind.reduce((sum, { end, number }) => sum + end - number, 0);
    for (const { chain, number, head } of behind) {
      const room = TOGETHER - lines.length;
      if (room <= 0) break;
      const rows = await q.audit.ofChain(chain, number, room);
      const heads = await q.auditHeads.after(chain, head, room);
      lines.push(...rows.map(lineOfRecord), ...heads.map(lineOfHead));
      const [last, lastHead] = [rows.at(-1)?.number ?? number, heads.at(-1)?.number ?? head];
      positions.push({ chain, number: last, head: lastHead });
    }
    return { lines, positions };
  }

  #went(): void {
    this.#backoff.reset();
    if (this.#isTroubled) this.#parts.log.info("the audit goes to its collector again");
    this.#isTroubled = false;
  }

  #failed(err: unknown): void {
    if (this.#isTroubled) return;
    this.#isTroubled = true;
    const { host, port } = this.#parts.collector;
    this.#parts.log.error(
      { err, host, port },
      "the audit does not reach its collector: it is kept, and goes out later",
    );
  }

  async #pause(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}

const lineOfRecord = (row: AuditRow): Line => ({
  at: row.at,
  kind: row.event,
  id: { chain: row.chain, number: row.number },
  message: {
    ...{ chain: row.chain, number: row.number, organisation: row.organisationId, at: row.at, event: row.event },
    ...{ actor: row.actor, about: row.about, hash: row.hash, seal: row.mac },
  },
});

const lineOfHead = ({ chain, number, hash, at, sinceNumber, sinceHash, key, signature }: AuditHeadRow): Line => ({
  at,
  kind: "audit.head",
  id: { chain, head: number },
  message: { chain, number, hash, at, since: { number: sinceNumber, hash: sinceHash }, key, signature },
});
