/**
 * Office PCs as witnesses: each keeps in a file of its own the head that it signed last, and signs another one only where the
 * server says that the record it signed is still in the chain. Whoever writes the chain anew, keys or no keys, has what lies on
 * a town's office PCs against them.
 */

import { appendAudit, originOf } from "../audit/chain.ts";
import { HeadSigner } from "../audit/head-signer.ts";
import { verifyNow } from "../auth/terminal-proof.ts";
import type { Log } from "../log.ts";
import type { AuditPosition, CosignedHead, SignedHead } from "../protocol/audit.ts";
import type { OrganisationId } from "../protocol/ids.ts";
import { auditCosignText } from "../protocol/signed.ts";
import type { HeadAsked, Terminal, Witnesses } from "../records.ts";
import type { Queries } from "../store/queries.ts";
import type { ChainId } from "../store/rows/audit.ts";
import type { Store } from "../store/store.ts";

export interface AuditWitnessesParts {
  readonly store: Store;
  readonly log: Log;
  /** Epoch ms. */
  readonly now: () => number;
}

/** Until the server is started again. There should never be one. */
const MAX_RECORDED = 1_000;

export class AuditWitnesses implements Witnesses {
  readonly #parts: AuditWitnessesParts;
  #signer: HeadSigner | undefined;
  /** Contradictions that are in the record: an office PC that comes again and again says each once. */
  readonly #recorded = new Set<string>();

  constructor(parts: AuditWitnessesParts) {
    this.#parts = parts;
  }

  /** In the order asked; undefined where nothing was added since. */
  headsFor(asked: readonly HeadAsked[]): Promise<Array<SignedHead | undefined>> {
    return this.#parts.store.read(async (q) => {
      const ends = await q.audit.ends([...asked.map(({ chain }) => chain), "legacy"]);
      const at = new Map(ends.map((end) => [end.chain, end]));
      const heads: Array<SignedHead | undefined> = [];
      for (const { chain, since } of asked) {
        const end = at.get(chain);
        const before = end && end.number > since ? await positionAt(q, chain, since) : undefined;
        heads.push(end && before && this.#signed(q, { chain, number: end.number, hash: end.hash, since: before }));
      }
      return heads;
    });
  }

  async cosigned(terminal: Terminal, head: CosignedHead): Promise<boolean> {
    const { store, log } = this.#parts;
    const { id, publicKey, organisation } = terminal;
    const isIts = verifyNow(publicKey, head.signature, auditCosignText({ ...head, terminal: id }));
    if (!isIts || head.chain !== organisation.id) {
      log.warn({ terminal: id }, "an office PC says that it signed a head of the audit, and has not");
      return false;
    }
    const isThere = await store.write(async (q) => {
      if ((await q.auditHeads.hashAt(head.chain, head.number)) !== head.hash) return false;
      await q.auditHeads.insertCosignature({ ...head, terminalId: id, publicKey });
      return true;
    });
    if (!isThere) await this.contradicted(terminal, head);
    return isThere;
  }

  async agrees(terminal: Terminal, heads: readonly CosignedHead[]): Promise<boolean> {
    const against = await this.#parts.store.read(async (q) => {
      for (const head of heads) if (await isAgainst(q, terminal, head)) return head;
      return undefined;
    });
    if (against) await this.contradicted(terminal, against);
    return against === undefined;
  }

  /** Loudly, and in the record: it is no less true for standing in the chain that is in question. */
  async contradicted(terminal: Terminal, kept: CosignedHead, head?: AuditPosition): Promise<void> {
    const { store, log, now } = this.#parts;
    const name = `${terminal.id} ${kept.number} ${kept.hash}`;
    if (this.#recorded.has(name) || this.#recorded.size >= MAX_RECORDED) return;
    this.#recorded.add(name);
    const isIts = verifyNow(terminal.publicKey, kept.signature, auditCosignText({ ...kept, terminal: terminal.id }));
    if (!isIts)
      return void log.warn({ terminal: terminal.id }, "an office PC keeps a head of the audit that it did not sign");
    const about = { terminal: terminal.id, number: kept.number, digest: kept.hash };
    log.error({ ...about, head }, "AN OFFICE PC CONTRADICTS THE AUDIT: it signed a head that is not in it");
    const organisation = terminal.organisation.id;
    await store.write((q) =>
      appendAudit(q, { event: "audit.contradicted", at: now(), actor: `terminal:${terminal.id}`, organisation, about }),
    );
  }

  #signed(q: Queries, head: { chain: OrganisationId; since: AuditPosition } & AuditPosition): SignedHead | undefined {
    this.#signer ??= HeadSigner.from(q);
    if (!this.#signer) return undefined;
    const whole = { ...head, at: this.#parts.now() };
    return { ...whole, key: this.#signer.key, signature: this.#signer.sign(whole) };
  }
}

/** Undefined: it is not in the table. */
export async function positionAt(q: Queries, chain: ChainId, number: number): Promise<AuditPosition | undefined> {
  if (number > 0) {
    const hash = await q.auditHeads.hashAt(chain, number);
    return hash === undefined ? undefined : { number, hash };
  }
  const [legacy] = await q.audit.ends(["legacy"]);
  return { number, hash: originOf(chain, legacy) };
}

/** What a PC of another organisation, or of another key, keeps says nothing here. */
async function isAgainst(q: Queries, { id, publicKey, organisation }: Terminal, head: CosignedHead): Promise<boolean> {
  if (head.chain !== organisation.id) return false;
  const hash = await q.auditHeads.hashAt(head.chain, head.number);
  if (hash === head.hash) return false;
  // one that is in a segment and that nobody signed here: the segment's file knows
  if (hash === undefined && (await q.auditHeads.isInSegment(head.chain, head.number))) return false;
  // last, because thousands come back together and hardly one contradicts
  return verifyNow(publicKey, head.signature, auditCosignText({ ...head, terminal: id }));
}
