/**
 * `verify` of protocol/signed.ts once more, by Node's own functions and at once. Web Crypto's go through another thread and many
 * promises, for ten thousand office PCs that come back together a quarter of all the work.
 */
import { createPublicKey, verify } from "node:crypto";
import type { PublicKey, Signature } from "../protocol/ids.ts";

/** False for a wrong signature and for a key that is none on P-256. Never throws. */
export function verifyNow(publicKey: PublicKey, signature: Signature, text: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, "base64url"), format: "der", type: "spki" });
    if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") return false;
    const how = { key, dsaEncoding: "ieee-p1363" } as const;
    return verify("sha256", Buffer.from(text), how, Buffer.from(signature, "base64url"));
  } catch {
    return false;
  }
}
