/**
 * The device's proof: a signature over a challenge of ours. The challenge is stateless, expiry ‖ random ‖ HMAC, so that asking
 * for many costs no memory and any node accepts it. Within its two minutes it may be used again; the one-time code may not.
 */
import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from "node:crypto";
import type { Login, OrganisationCode, PublicKey, Signature } from "../protocol/ids.ts";
import { signInText, verify } from "../protocol/signed.ts";
import { deriveKey } from "../store/sealer.ts";

const CHALLENGE_TTL_MS = 2 * 60_000;

export class Challenges {
  /** Bytes would be made one at each use. */
  readonly #key: KeyObject;

  constructor(storeKey: Uint8Array) {
    this.#key = createSecretKey(deriveKey(storeKey, "sign-in challenge 1"));
  }

  issue(now: number): string {
    const text = `${now + CHALLENGE_TTL_MS}.${randomBytes(16).toString("base64url")}`;
    return `${text}.${this.#mac(text)}`;
  }

  isOurs(challenge: string, now: number): boolean {
    return this.issuedAt(challenge, now) !== undefined;
  }

  /** When it was issued, epoch ms. Undefined: it is not ours, or too old. */
  issuedAt(challenge: string, now: number): number | undefined {
    const end = challenge.lastIndexOf(".");
    const text = challenge.slice(0, end);
    const given = Buffer.from(challenge.slice(end + 1));
    const expected = Buffer.from(this.#mac(text));
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const until = Number.parseInt(text, 10);
    return until > now ? until - CHALLENGE_TTL_MS : undefined;
  }

  #mac(text: string): string {
    return createHmac("sha256", this.#key).update(text).digest("base64url");
  }
}

/** Did the holder of this key sign this challenge, to sign in as this person on this origin? */
export function provesKey(o: {
  challenge: string;
  origin: string;
  login: Login;
  organisation?: OrganisationCode | undefined;
  deviceKey: PublicKey;
  signature: Signature;
}): Promise<boolean> {
  return verify(o.deviceKey, o.signature, signInText(o));
}
