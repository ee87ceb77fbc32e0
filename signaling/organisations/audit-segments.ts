/** Old records as files of their own (audit/segments.ts): by the operator, who says from where on they stay in the table. */
import { join } from "node:path";
import { type AuditHead, appendAudit, organisationOf, originOf } from "../audit/chain.ts";
import { HeadSigner } from "../audit/head-signer.ts";
import { type SegmentVerdict, verifySegment, writeSegment } from "../audit/segments.ts";
import { ROOT } from "../auth/principal.ts";
import type { AuditRow, AuditSegmentRow, ChainId } from "../store/rows/audit.ts";
import { type Desk, look } from "./desk.ts";

/** Records that are read, or forgotten, at once: between two of these others get their turn. */
const BATCH = 1_000;

/** `kept`: why nothing of a chain was taken out. */
export type SealedSegment =
  | { readonly chain: ChainId; readonly file: string; readonly first: number; readonly last: number }
  | { readonly chain: ChainId; readonly kept: "not-shipped" };

/** All records before this moment (epoch ms), one file for each chain, in a folder that is there. */
export async function sealSegments(
  desk: Desk,
  { before, folder }: { before: number; folder: string },
): Promise<SealedSegment[]> {
  const chains = await look(desk, async (q, ask) => {
    ask.must("audit.seal", ROOT);
    return (await q.audit.allEnds()).map(({ chain }) => chain);
  });
  const sealed: SealedSegment[] = [];
  for (const chain of chains) {
    const one = await sealOne(desk, chain, before, folder);
    if (one) sealed.push(one);
  }
  return sealed;
}

async function sealOne(desk: Desk, chain: ChainId, before: number, folder: string): Promise<SealedSegment | undefined> {
  const segment = await nextSegment(desk, chain, before);
  if (!segment) return undefined;
  const shipped = await desk.store.read((q) => q.auditHeads.shipped(chain));
  if (shipped !== undefined && shipped < segment.number) return { chain, kept: "not-shipped" };
  const { first, number: last } = segment;
  const file = join(folder, `audit-${chain}-${first}-${last}.jsonl.gz`);
  await writeSegment(file, segment, recordsOf(desk, segment));
  const verdict = await verifySegment(file);
  if (!verdict.ok || verdict.head.hash !== segment.hash)
    throw new Error(`${file} is not what was written: ${verdict.ok ? "another end" : verdict.problem}`);
  await desk.store.write(async (q) => {
    await q.auditHeads.insertSegment(segment);
    const about = { chain, number: last, records: last - first + 1, digest: segment.hash };
    const organisation = organisationOf(chain);
    await appendAudit(q, {
      event: "audit.segment-sealed",
      at: desk.now(),
      actor: desk.principal.who,
      organisation,
      about,
    });
  });
  // the rest of it comes at the next time, where it is broken off here
  while ((await desk.store.write((q) => q.auditHeads.forgetSealed(chain, BATCH))) === BATCH);
  return { chain, file, first, last };
}

/** Undefined: there is nothing so old behind the last segment. */
function nextSegment(desk: Desk, chain: ChainId, before: number): Promise<AuditSegmentRow | undefined> {
  return desk.store.read(async (q) => {
    const signer = HeadSigner.from(q);
    if (!signer) throw new Error("a segment is signed with the audit key, and there is none");
    const last = await q.auditHeads.lastSegment(chain);
    const [legacy] = await q.audit.ends(["legacy"]);
    const since = last ?? { number: 0, hash: originOf(chain, legacy) };
    const end = await q.auditHeads.lastBefore(chain, since.number, before);
    if (!end) return undefined;
    const [number, hash] = [end.number, end.hash];
    const head = { chain, number, hash, at: desk.now(), since: { number: since.number, hash: since.hash } };
    const signature = signer.sign(head, "segment");
    const own = { chain, first: since.number + 1, number, hash, at: head.at };
    return { ...own, sinceNumber: since.number, sinceHash: since.hash, key: signer.key, signature };
  });
}

async function* recordsOf({ store }: Desk, { chain, first, number }: AuditSegmentRow): AsyncIterable<AuditRow[]> {
  for (let after = first - 1; after < number; ) {
    const rows = await store.read((q) => q.audit.ofChain(chain, after, Math.min(BATCH, number - after)));
    const last = rows.at(-1);
    if (!last) throw new Error(`record ${after + 1} of ${chain} is missing`);
    yield rows;
    after = last.number;
  }
}

/** Whether a file is whole, and is one that this server sealed. */
export async function verifySegmentFile(
  desk: Desk,
  file: string,
  noted: readonly AuditHead[] = [],
): Promise<SegmentVerdict & { readonly isOurs: boolean }> {
  const key = await look(desk, async (q, ask) => {
    ask.must("audit.verify", ROOT);
    return HeadSigner.from(q)?.key;
  });
  const verdict = await verifySegment(file, noted);
  return { ...verdict, isOurs: verdict.ok && verdict.key === key };
}
