/**
 * Recomputes the chains, and names in each the first record that is not as it was written. Without a key what was changed,
 * removed, put elsewhere or cut off shows; with it, also a chain that somebody wrote anew; against heads that were noted
 * elsewhere, one that was written anew by who has the key.
 */
import { setImmediate } from "node:timers/promises";
import type { Queries } from "../store/queries.ts";
import type { AuditChainRow, AuditRow, ChainId } from "../store/rows/audit.ts";
import type { Store } from "../store/store.ts";
import { type AuditHead, hashOf, originOf } from "./chain.ts";
import { HeadSigner, isRowSigned } from "./head-signer.ts";

/** Records that are read at once. */
const BATCH = 2_000;

/** A head that was written down elsewhere, and by whom; for people. */
export interface NotedHead extends AuditHead {
  readonly by: string;
}

/** `sealedFrom`: the first record with a seal, which covers those before it. */
export interface WholeChain {
  readonly ok: true;
  readonly chain: ChainId;
  /** Those that were recomputed. */
  readonly records: number;
  /** Those before them, which became files. */
  readonly inSegments: number;
  readonly head: AuditHead;
  readonly sealedFrom: number | undefined;
}

/** `number`: the first record that is wrong, or is not there. `seq`: its number in the list. */
export interface BrokenChain {
  readonly ok: false;
  readonly chain: ChainId;
  readonly number: number;
  readonly seq: number | undefined;
  readonly problem: string;
}

export interface AuditVerdict {
  readonly ok: boolean;
  /** Of those chains that are whole. */
  readonly records: number;
  readonly chains: readonly (WholeChain | BrokenChain)[];
}

/** `noted`: heads written down earlier, which must still be part of it. Seals are looked at where the store has the key. */
export async function verifyAudit(store: Store, ...noted: readonly NotedHead[]): Promise<AuditVerdict> {
  const [kept, found] = await store.read(async (q) => [await q.audit.allEnds(), await q.audit.chains()] as const);
  const names = [...found, ...kept.map(({ chain }) => chain), ...noted.map(({ chain }) => chain)];
  const legacy = kept.find(({ chain }) => chain === "legacy");
  const seals = await store.read(sealsOf);
  const chains: (WholeChain | BrokenChain)[] = [];
  for (const chain of new Set(names)) {
    const from = await beginOf(store, chain, originOf(chain, legacy));
    // what is in a segment is looked for in its file
    const own = noted.filter((head) => head.chain === chain && (!("number" in from) || head.number >= from.number));
    chains.push("ok" in from ? from : await new ChainCheck(store, seals, from, own).run());
  }
  const problem = unvouched(chains, seals);
  const all = chains.map((chain) => (chain.chain === "legacy" && chain.ok && problem ? problem(chain) : chain));
  const records = all.reduce((sum, chain) => sum + (chain.ok ? chain.records : 0), 0);
  return { ok: all.every(({ ok }) => ok), records, chains: all };
}

/** Where the table's part of a chain begins: behind its segments, which have to follow one another and be signed by this server. */
async function beginOf(store: Store, chain: ChainId, origin: string): Promise<AuditHead | BrokenChain> {
  const { segments, key } = await store.read(async (q) => ({
    segments: await q.auditHeads.segmentsOf(chain),
    key: HeadSigner.from(q)?.key,
  }));
  let head: AuditHead = { chain, number: 0, hash: origin };
  for (const segment of segments) {
    const isNext =
      segment.first === head.number + 1 && segment.sinceNumber === head.number && segment.sinceHash === head.hash;
    const isOurs = isRowSigned(segment, "segment") && (key === undefined || segment.key === key);
    if (!isNext || !isOurs)
      return broken(head, head.number + 1, "the segment that begins here is not one that was sealed");
    head = { chain, number: segment.number, hash: segment.hash };
  }
  return head;
}

/** As the store with its key makes them. */
interface Seals {
  readonly isKeyed: boolean;
  readonly of: (hash: string) => string | null;
  readonly ofEnd: (end: AuditHead) => string | null;
}

const sealsOf = async ({ audit }: Queries): Promise<Seals> => ({
  isKeyed: audit.seal("") !== null,
  of: (hash) => audit.seal(hash),
  ofEnd: (end) => audit.sealEnd(end),
});

/** Records from before there was a key have no seal of their own: one of a chain that began behind them has to cover them. */
function unvouched(
  chains: readonly (WholeChain | BrokenChain)[],
  { isKeyed }: Seals,
): ((legacy: WholeChain) => WholeChain | BrokenChain) | undefined {
  const covers = chains.some((one) => one.ok && one.chain !== "legacy" && one.sealedFrom !== undefined);
  if (!isKeyed || covers) return undefined;
  return (legacy) => (legacy.sealedFrom === undefined ? broken(legacy.head, legacy.head.number, NOT_SEALED) : legacy);
}

const NOT_SEALED = "the end is not sealed: it was written without the key, or the server has not run since it has one";

const broken = ({ chain }: AuditHead, number: number, problem: string, seq?: number): BrokenChain => ({
  ...{ ok: false, chain, number, problem, seq },
});

/** Walks along one chain. */
class ChainCheck {
  readonly #store: Store;
  readonly #seals: Seals;
  readonly #noted: ReadonlyMap<number, readonly NotedHead[]>;
  readonly #from: AuditHead;
  #head: AuditHead;
  #isSealed = false;
  #sealedFrom: number | undefined;

  constructor(store: Store, seals: Seals, from: AuditHead, noted: readonly NotedHead[]) {
    this.#store = store;
    this.#seals = seals;
    this.#noted = Map.groupBy(noted, ({ number }) => number);
    this.#from = from;
    this.#head = from;
    // what a segment ends with was signed
    this.#isSealed = from.number > 0;
    this.#sealedFrom = from.number > 0 ? 1 : undefined;
  }

  async run(): Promise<WholeChain | BrokenChain> {
    const other = this.#noted.get(this.#from.number)?.find(({ hash }) => hash !== this.#from.hash);
    if (other) return broken(this.#from, other.number, `the record differs from the one ${other.by}`);
    for (;;) {
      const { rows, end, problem } = await this.#store.read((q) => this.#look(q));
      if (problem) return problem;
      if (rows < BATCH) return this.#ended(end);
      await setImmediate();
    }
  }

  async #look(q: Queries): Promise<{ rows: number; end?: AuditChainRow | undefined; problem?: BrokenChain }> {
    const { chain, number } = this.#head;
    // the end first: what is added meanwhile is behind it
    const [end] = await q.audit.ends([chain]);
    const rows = await q.audit.ofChain(chain, number, BATCH);
    for (const row of rows) {
      const problem = this.#problemWith(row, end);
      if (problem) return { rows: rows.length, problem: broken(this.#head, this.#head.number + 1, problem, row.seq) };
      this.#head = { chain, number: row.number, hash: row.hash };
      this.#isSealed = row.mac !== null;
      if (this.#isSealed) this.#sealedFrom ??= row.number;
    }
    return { rows: rows.length, end };
  }

  #problemWith(row: AuditRow, end: AuditChainRow | undefined): string | undefined {
    if (row.number !== this.#head.number + 1) return "a record is missing";
    if (row.hash !== hashOf(this.#head.hash, row)) return "the record was changed, or is not where it was written";
    const other = this.#noted.get(row.number)?.find(({ hash }) => hash !== row.hash);
    if (other) return `the record differs from the one ${other.by}`;
    if (row.number === end?.number && row.hash !== end.hash) return "the chain ended with another record";
    if (!this.#seals.isKeyed) return undefined;
    if (row.mac === null) return this.#isSealed ? "the record is not sealed, but the one before it is" : undefined;
    return row.mac === this.#seals.of(row.hash) ? undefined : "the record's seal was not made with this key";
  }

  async #ended(end: AuditChainRow | undefined): Promise<WholeChain | BrokenChain> {
    const { chain, number } = this.#head;
    const [last] = [...this.#noted.values()].map(([head]) => head).sort((a, b) => (b?.number ?? 0) - (a?.number ?? 0));
    const cut = (what: string) => broken(this.#head, number + 1, `the record ends here, but ${what}`);
    if (last && last.number > number) return cut(`number ${last.number} was ${last.by}`);
    if (end && end.number > number) return cut(`number ${end.number} was written`);
    if (!end || (end.number < number && (await this.#isStillBehind(number))))
      return broken(this.#head, (end?.number ?? 0) + 1, "the record stands behind the end of its chain");
    if (end.number === number && end.hash !== this.#head.hash) return cut("the chain ended with another record");
    if (end.number === number && this.#isFalse(end))
      return cut("that it does was not sealed with this key: what stood behind it was cut off");
    if (chain !== "legacy" && !this.#isSealed && this.#seals.isKeyed) return broken(this.#head, number, NOT_SEALED);
    const inSegments = this.#from.number;
    const whole = { chain, records: number - inSegments, inSegments, head: this.#head };
    return { ok: true, ...whole, sealedFrom: this.#sealedFrom };
  }

  #isFalse(end: AuditChainRow): boolean {
    if (!this.#seals.isKeyed || end.chain === "legacy") return false;
    return end.mac === null ? this.#isSealed : end.mac !== this.#seals.ofEnd(end);
  }

  /** Not because something was added while we looked. */
  async #isStillBehind(number: number): Promise<boolean> {
    const [end] = await this.#store.read((q) => q.audit.ends([this.#head.chain]));
    return !end || end.number < number;
  }
}
