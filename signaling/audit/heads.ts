/**
 * The heads of the audit, signed and kept, and said in the log each minute in which something was added, and at start and end. Whoever ships the log
 * elsewhere has there what `audit verify --head` needs to find that everything was written anew.
 */
import type { Log } from "../log.ts";
import { slices } from "../slices.ts";
import type { AuditHeadRow, ChainId } from "../store/rows/audit.ts";
import type { Store } from "../store/store.ts";
import { type AuditHead, appendAudits, organisationOf, originOf } from "./chain.ts";
import type { AuditEvent } from "./events.ts";
import { HeadSigner } from "./head-signer.ts";

const EVERY_MS = 60_000;
/** In one line: some 20 kB. */
const SAID_TOGETHER = 200;

export interface AuditHeadsParts {
  readonly store: Store;
  readonly log: Log;
  /** Epoch ms. */
  readonly now: () => number;
}

export class AuditHeads {
  readonly #parts: AuditHeadsParts;
  readonly #said = new Map<ChainId, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: AuditHeadsParts) {
    this.#parts = parts;
  }

  /** What was written before there was a key is covered by the seal of the next record: so there is one at once. */
  async start(): Promise<void> {
    const { store, now } = this.#parts;
    await this.#guarded(() =>
      store.write(async (q) => {
        if (q.audit.seal("") === null) return;
        const ends = await q.audit.allEnds();
        const begun = ends.some(({ chain, mac }) => chain !== "legacy" && mac !== null);
        const bare = ends.filter(({ chain, mac }) => mac === null && (chain !== "legacy" || !begun));
        const sealed = bare.map(({ chain, number }): AuditEvent => {
          const organisation = organisationOf(chain);
          return { event: "audit.sealed", at: now(), actor: "server", organisation, about: { records: number } };
        });
        await appendAudits(q, sealed);
      }),
    );
    await this.say();
    this.#timer = setInterval(() => void this.say(), EVERY_MS);
    this.#timer.unref();
  }

  /** Unless it was said already. */
  say(): Promise<void> {
    const { store, log } = this.#parts;
    return this.#guarded(async () => {
      const ends = await store.read((q) => q.audit.allEnds());
      const news = ends.filter(({ chain, number }) => this.#said.get(chain) !== number);
      for (const some of slices(news)) await this.#sign(some);
      for (const { chain, number } of news) this.#said.set(chain, number);
      for (const some of slices(news, SAID_TOGETHER)) log.info({ heads: some.map(headText) }, "audit heads");
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.say();
  }

  /** Each says of the one before that it is still in the chain. */
  async #sign(ends: readonly AuditHead[]): Promise<void> {
    const { store, now } = this.#parts;
    const legacy = (await store.read((q) => q.audit.ends(["legacy"])))[0];
    const signed = await store.read(async (q) => {
      const signer = HeadSigner.from(q);
      const rows: AuditHeadRow[] = [];
      for (const { chain, number, hash } of signer ? ends : []) {
        const since = (await q.auditHeads.newest(chain)) ?? { number: 0, hash: originOf(chain, legacy) };
        const head = { chain, number, hash, at: now(), since: { number: since.number, hash: since.hash } };
        if (since.number === number || !signer) continue;
        const [sinceNumber, sinceHash] = [since.number, since.hash];
        const signature = signer.sign(head);
        rows.push({ chain, number, hash, at: head.at, sinceNumber, sinceHash, key: signer.key, signature });
      }
      return rows;
    });
    if (signed.length > 0) await store.write((q) => q.auditHeads.insert(signed));
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    await work().catch((err: unknown) => this.#parts.log.error({ err }, "the audit's heads are not said"));
  }
}

/** As `audit verify --head` takes it. */
export const headText = ({ chain, number, hash }: AuditHead): string => `${chain}:${number}:${hash}`;
