/**
 * Heads of an organisation's record of what happened (audit/chain.ts): signed by the server, and once more by office PCs, which keep
 * what they signed last. A record that was written anew contradicts what they keep.
 */
import { z } from "zod";
import { OrganisationId, Signature } from "./ids.ts";

export const AuditHash = z.string().regex(/^[0-9a-f]{64}$/);
const Position = { number: z.int().min(0), hash: AuditHash };
const At = z.int().min(0);

/** The last record of a chain at a moment. */
export const AuditPosition = z.strictObject(Position);
export type AuditPosition = z.infer<typeof AuditPosition>;

/** Ed25519 (RFC 8032): 32 bytes, base64url. */
export const AuditKey = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/)
  .brand<"AuditKey">();
export type AuditKey = z.infer<typeof AuditKey>;

/** `since`: an earlier one of the same chain, which the server says is still in it. Ed25519 over `auditHeadText` (signed.ts). */
export const SignedHead = z.strictObject({
  chain: OrganisationId,
  ...Position,
  at: At,
  since: AuditPosition,
  key: AuditKey,
  signature: Signature,
});
export type SignedHead = z.infer<typeof SignedHead>;

/** `at`: by the office PC's clock. The signature is that of its key over `auditCosignText`. */
export const CosignedHead = z.strictObject({ chain: OrganisationId, ...Position, at: At, signature: Signature });
export type CosignedHead = z.infer<typeof CosignedHead>;

/** An office PC moves between organisations a few times in its life. */
export const MAX_COSIGNED_CHAINS = 8;
export const CosignedHeads = z.array(CosignedHead).max(MAX_COSIGNED_CHAINS);

/** A year and something. */
export const MAX_EARLIER_HEADS = 400;

/**
 * What an office PC keeps in a file of its own; `audit verify --head` takes it. `earlier`: of each day before, by its own clock, the last one
 * that it signed, oldest first. A server that says of a rewritten record that the last head is still in it has those against it.
 */
export const CosignedFile = z.strictObject({
  version: z.literal(1),
  heads: CosignedHeads,
  earlier: z.array(CosignedHead).max(MAX_EARLIER_HEADS).default([]),
});
export type CosignedFile = z.infer<typeof CosignedFile>;
