/**
 * The old part of a chain as a file of its own: what it is of, signed, on the first line, then its records, gzip. It can be checked
 * alone. Once it is written, the table may forget these records: the chain goes on from where the segment ends.
 */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { z } from "zod";
import { AuditHash, AuditKey } from "../protocol/audit.ts";
import { OrganisationId, Signature } from "../protocol/ids.ts";
import type { AuditRow, AuditSegmentRow } from "../store/rows/audit.ts";
import { type AuditHead, hashOf } from "./chain.ts";
import { isRowSigned } from "./head-signer.ts";

const Chain = z.union([z.literal(["server", "legacy"]), OrganisationId]);
const Count = z.int().min(0);

const SegmentLine = z.strictObject({
  engawaAuditSegment: z.literal(1),
  chain: Chain,
  first: Count,
  number: Count,
  sinceNumber: Count,
  sinceHash: AuditHash,
  hash: AuditHash,
  at: Count,
  key: AuditKey,
  signature: Signature,
});

const RecordLine = z.strictObject({
  number: Count,
  organisationId: OrganisationId.nullable(),
  at: z.int(),
  event: z.string(),
  actor: z.string(),
  about: z.string(),
  hash: AuditHash,
  mac: AuditHash.nullable(),
});

/** Flushed to the disk when it is fulfilled. Rejects where there is such a file already. */
export async function writeSegment(
  path: string,
  segment: AuditSegmentRow,
  records: AsyncIterable<readonly AuditRow[]>,
): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await pipeline(Readable.from(linesOf(segment, records)), createGzip(), file.createWriteStream({ flush: true }));
  } finally {
    await file.close().catch(() => undefined); // the stream closes it, too
  }
}

async function* linesOf(segment: AuditSegmentRow, records: AsyncIterable<readonly AuditRow[]>): AsyncIterable<string> {
  const { chain, first, number, sinceNumber, sinceHash, hash, at, key, signature } = segment;
  const head = { engawaAuditSegment: 1, chain, first, number, sinceNumber, sinceHash, hash, at, key, signature };
  yield `${JSON.stringify(head)}\n`;
  for await (const rows of records) yield rows.map((row) => `${JSON.stringify(lineOf(row))}\n`).join("");
}

const lineOf = ({ number, organisationId, at, event, actor, about, hash, mac }: AuditRow) => ({
  ...{ number, organisationId, at, event, actor, about, hash, mac },
});

/** `number`: of the first record that is wrong or missing. */
export type SegmentVerdict =
  | {
      readonly ok: true;
      readonly chain: AuditSegmentRow["chain"];
      readonly records: number;
      readonly head: AuditHead;
      readonly key: AuditKey;
    }
  | { readonly ok: false; readonly number: number | undefined; readonly problem: string };

/** By itself: needs nothing but the file. `noted`: heads written down elsewhere; those of other records are passed over. */
export async function verifySegment(path: string, noted: readonly AuditHead[] = []): Promise<SegmentVerdict> {
  try {
    return await verifyLines(createInterface({ input: createReadStream(path).pipe(createGunzip()) }), noted);
  } catch (error) {
    return { ok: false, number: undefined, problem: `it cannot be read: ${(error as Error).message}` };
  }
}

async function verifyLines(lines: AsyncIterable<string>, noted: readonly AuditHead[]): Promise<SegmentVerdict> {
  let segment: z.infer<typeof SegmentLine> | undefined;
  let head = { number: 0, hash: "" };
  const wrong = (number: number | undefined, problem: string) => ({ ok: false, number, problem }) as const;
  for await (const text of lines) {
    if (!segment) {
      segment = SegmentLine.parse(JSON.parse(text));
      if (!isRowSigned(segment, "segment"))
        return wrong(undefined, "what it says of itself is not signed by the key it names");
      head = { number: segment.first - 1, hash: segment.sinceHash };
      continue;
    }
    const row = RecordLine.parse(JSON.parse(text));
    if (row.number !== head.number + 1) return wrong(head.number + 1, "a record is missing");
    if (row.hash !== hashOf(head.hash, row)) return wrong(row.number, "the record was changed");
    const chain = segment.chain;
    if (noted.some((one) => one.chain === chain && one.number === row.number && one.hash !== row.hash))
      return wrong(row.number, "the record differs from the one noted earlier");
    head = row;
  }
  if (!segment) return wrong(undefined, "it is empty");
  if (head.number !== segment.number)
    return wrong(head.number + 1, `the record ends here, but goes to ${segment.number}`);
  if (head.hash !== segment.hash) return wrong(head.number, "the record is another one than the segment ended with");
  const { chain, number, hash, key, first } = segment;
  return { ok: true, chain, records: number - first + 1, head: { chain, number, hash }, key };
}
