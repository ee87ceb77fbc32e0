/**
 * Secrets in the store are sealed with AES-256-GCM under a key that is not in the store: a copied database or backup gives
 * nothing away. The row's id is authenticated along with it, so a sealed secret cannot be moved to another row.
 */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from "node:crypto";

const VERSION = "1";
/** 96 bits, the length GCM is made for (NIST SP 800-38D §8.2.2: random is fine up to 2³² seals). */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A key for one purpose, derived from the one key file (RFC 5869). */
export function deriveKey(storeKey: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", storeKey, new Uint8Array(), `engawa ${purpose}`, 32));
}

export class Sealer {
  /** Bytes would be made one at each use. */
  readonly #key: KeyObject;

  constructor(storeKey: Uint8Array) {
    this.#key = createSecretKey(deriveKey(storeKey, "seal 1"));
  }

  seal(secret: Uint8Array, rowId: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(rowId));
    const sealed = Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
    return `${VERSION}.${sealed.toString("base64url")}`;
  }

  /** Throws when the key, the row or a bit is wrong. */
  open(sealed: string, rowId: string): Uint8Array {
    const [version, text = ""] = sealed.split(".");
    if (version !== VERSION) throw new Error("the secret was sealed by another version");
    const bytes = Buffer.from(text, "base64url");
    const decipher = createDecipheriv("aes-256-gcm", this.#key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(rowId));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch (cause) {
      throw new Error("a secret in the store does not open: is ENGAWA_STORE_KEY_FILE the one it was made with?", {
        cause,
      });
    }
  }
}
