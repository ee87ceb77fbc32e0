/**
 * The device's proof: a signature over a challenge of ours. The challenge is stateless, expiry ‖ random ‖ HMAC, so that asking
 * for many costs no memory and any node accepts it. Within its two minutes it may be used again; the one-time code may not.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Login, PublicKey, Signature } from "../protocol/ids.ts";
import { signInText, verify } from "../protocol/signed.ts";
import { deriveKey } from "../store/sealer.ts";

const CHALLENGE_TTL_MS = 2 * 60_000;

export class Challenges {
  readonly #key: Uint8Array;

  constructor(storeKey: Uint8Array) {
    this.#key = deriveKey(storeKey, "sign-in challenge 1");
  }

  issue(now: number): string {
    const text = `${now + CHALLENGE_TTL_MS}.${randomBytes(16).toString("base64url")}`;
    return `${text}.${this.#mac(text)}`;
  }

  isOurs(challenge: string, now: number): boolean {
    const end = challenge.lastIndexOf(".");
    const text = challenge.slice(0, end);
    const given = Buffer.from(challenge.slice(end + 1));
    const expected = Buffer.from(this.#mac(text));
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
    return Number.parseInt(text, 10) > now;
  }

  #mac(text: string): string {
    return createHmac("sha256", this.#key).update(text).digest("base64url");
  }
}

/** Does the holder of this key ask to sign in as this person, on this origin, now? */
export async function provesKey(
  challenges: Challenges,
  o: { challenge: string; origin: string; login: Login; deviceKey: PublicKey; signature: Signature; now: number },
): Promise<boolean> {
  const ours = challenges.isOurs(o.challenge, o.now);
  const signed = await verify(o.deviceKey, o.signature, signInText(o));
  return ours && signed;
}
