/**
 * One-time codes (RFC 6238): six digits, 30 s, SHA-1, as every authenticator app makes them. The code of the current step
 * counts and no other; a phone's clock that goes wrong is learnt (drift.ts). That a code counts once is the store's matter (`takeStep`).
 */
import { randomBytes } from "node:crypto";
import { generateSync, generateURI, ScureBase32Plugin, verifySync } from "otplib";

const DIGITS = 6;
const STEP_S = 30;
export const STEP_MS = STEP_S * 1_000;
/** 160 bits (RFC 4226 §4 R6 recommends them). */
const SEED_BYTES = 20;

export function newSeed(): Uint8Array {
  return randomBytes(SEED_BYTES);
}

/** The time step whose code this is, at this moment (epoch ms). Undefined for any other code. */
export function stepOf(o: { seed: Uint8Array; code: string; at: number }): number | undefined {
  return stepNear({ ...o, toleranceMs: 0 });
}

/** The time step whose code this is, when it is one of a clock that is up to `toleranceMs` wrong. */
export function stepNear(o: { seed: Uint8Array; code: string; at: number; toleranceMs: number }): number | undefined {
  const result = verifySync({
    secret: o.seed,
    token: o.code,
    epoch: Math.floor(o.at / 1000),
    digits: DIGITS,
    period: STEP_S,
    epochTolerance: o.toleranceMs / 1000,
  });
  return result.valid && "timeStep" in result ? result.timeStep : undefined;
}

/** What an authenticator app shows at this moment. */
export function codeAt(seed: Uint8Array, at: number): string {
  return generateSync({ secret: seed, epoch: Math.floor(at / 1000), digits: DIGITS, period: STEP_S });
}

/** What the QR code says. */
export function otpauthUri(o: { seed: Uint8Array; login: string; issuer: string }): string {
  return generateURI({
    secret: new ScureBase32Plugin().encode(o.seed, { padding: false }),
    label: o.login,
    issuer: o.issuer,
    digits: DIGITS,
    period: STEP_S,
  });
}

export function seedOfUri(uri: string): Uint8Array {
  const secret = new URL(uri).searchParams.get("secret");
  if (!secret) throw new Error("the otpauth URI has no secret");
  return new ScureBase32Plugin().decode(secret);
}
