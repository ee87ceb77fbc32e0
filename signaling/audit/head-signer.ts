/**
 * The server's signature under the heads of the audit: Ed25519 (RFC 8032), with a key that is made from the audit key, so that there
 * is no second file to keep. Whoever has a signed head can show that this server said so.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { AuditKey, type SignedHead } from "../protocol/audit.ts";
import { Signature } from "../protocol/ids.ts";
import { auditHeadText } from "../protocol/signed.ts";
import type { Queries } from "../store/queries.ts";
import type { AuditHeadRow } from "../store/rows/audit.ts";

/** RFC 8410 §7 and §4: what stands before the 32 bytes of a private and of a public key. */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

type Head = Omit<SignedHead, "key" | "signature" | "chain"> & { readonly chain: string };

type Signed = Parameters<typeof auditHeadText>[1];

export class HeadSigner {
  readonly key: AuditKey;
  readonly #private: KeyObject;

  constructor(seed: Uint8Array) {
    this.#private = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
    const spki = createPublicKey(this.#private).export({ format: "der", type: "spki" });
    this.key = AuditKey.parse(spki.subarray(SPKI.length).toString("base64url"));
  }

  /** Undefined: this store has no audit key. */
  static from(q: Pick<Queries, "audit">): HeadSigner | undefined {
    const seed = q.audit.secret("head key");
    return seed === null ? undefined : new HeadSigner(Buffer.from(seed, "hex"));
  }

  sign(head: Head, of: Signed = "head"): Signature {
    return Signature.parse(sign(null, Buffer.from(auditHeadText(head, of)), this.#private).toString("base64url"));
  }
}

/** False for a wrong signature and for a key that is none. Never throws. */
export function isSigned(head: Head & Pick<SignedHead, "key" | "signature">, of: Signed = "head"): boolean {
  try {
    const key = createPublicKey({
      key: Buffer.concat([SPKI, Buffer.from(head.key, "base64url")]),
      format: "der",
      type: "spki",
    });
    return verify(null, Buffer.from(auditHeadText(head, of)), key, Buffer.from(head.signature, "base64url"));
  } catch {
    return false;
  }
}

type Row = Omit<AuditHeadRow, "chain"> & { readonly chain: string };

export const isRowSigned = ({ sinceNumber, sinceHash, ...row }: Row, of: Signed = "head"): boolean =>
  isSigned({ ...row, since: { number: sinceNumber, hash: sinceHash } }, of);
