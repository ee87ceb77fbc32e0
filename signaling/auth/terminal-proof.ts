/**
 * `verify` of protocol/signed.ts once more, by Node's own functions and at once. Web Crypto's go through another thread and many
 * promises; when thousands of office PCs come back together, those of all of them make one long turn of the event loop.
 */
import { verify } from "node:crypto";
import type { PublicKey, Signature } from "../protocol/ids.ts";

/** SubjectPublicKeyInfo of an uncompressed point on P-256 up to the point (RFC 5480 §2): any other key is none of ours. */
const P256_SPKI = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d03010703420004", "hex");
const POINT_BYTES = 64;

/** False for a wrong signature and for a key that is none on P-256. Never throws. */
export function verifyNow(publicKey: PublicKey, signature: Signature, text: string): boolean {
  const der = Buffer.from(publicKey, "base64url");
  if (der.length !== P256_SPKI.length + POINT_BYTES || !der.subarray(0, P256_SPKI.length).equals(P256_SPKI))
    return false;
  try {
    const key = { key: der, format: "der", type: "spki", dsaEncoding: "ieee-p1363" } as const;
    return verify("sha256", Buffer.from(text), key, Buffer.from(signature, "base64url"));
  } catch {
    return false; // a point that is not on the curve
  }
}
