/**
 * The head of the audit, said in the log each minute in which something was added, and at start and end. Whoever ships the log
 * elsewhere has there what `audit verify --head` needs to find that the end was cut off or everything was written anew.
 */
import type { Log } from "../log.ts";
import type { Store } from "../store/store.ts";
import { appendAudit } from "./chain.ts";

const EVERY_MS = 60_000;

export interface AuditHeadsParts {
  readonly store: Store;
  readonly log: Log;
  /** Epoch ms. */
  readonly now: () => number;
}

export class AuditHeads {
  readonly #parts: AuditHeadsParts;
  #saidSeq = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: AuditHeadsParts) {
    this.#parts = parts;
  }

  /** What was written before there was a key is covered by the seal of the next record: so there is one at once. */
  async start(): Promise<void> {
    const { store, now } = this.#parts;
    await this.#guarded(() =>
      store.write(async (q) => {
        const last = await q.audit.last();
        if (!last || last.mac !== null || q.audit.seal(last.hash) === null) return;
        const about = { records: last.seq };
        await appendAudit(q, { event: "audit.sealed", at: now(), actor: "server", organisation: null, about });
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
      const last = await store.read((q) => q.audit.last());
      if (!last || last.seq === this.#saidSeq) return;
      this.#saidSeq = last.seq;
      log.info({ seq: last.seq, head: `${last.seq}:${last.hash}`, seal: last.mac }, "audit head");
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.say();
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    await work().catch((err: unknown) => this.#parts.log.error({ err }, "the audit's head is not said"));
  }
}
