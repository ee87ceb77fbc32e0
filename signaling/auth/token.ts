/** The cookie of a sign-in: 256 random bits, of which the store keeps the SHA-256 only. */
import { createHash, randomBytes } from "node:crypto";

/** When a sign-in ends. */
export interface SignInLimits {
  /** Without use for this long. */
  readonly idleMs: number;
  /** In any case, of sign-ins that begin from now on. */
  readonly absoluteMs: number;
}

/** NIST SP 800-63B, AAL2: 30 minutes without use, 12 hours in any case. An operator may set others (ASVS 7.3). */
export const DEFAULT_SIGN_IN_IDLE_MINUTES = 30;
export const DEFAULT_SIGN_IN_HOURS = 12;
export const DEFAULT_SIGN_IN_LIMITS: SignInLimits = signInLimits(DEFAULT_SIGN_IN_IDLE_MINUTES, DEFAULT_SIGN_IN_HOURS);

export function signInLimits(idleMinutes: number, hours: number): SignInLimits {
  return { idleMs: idleMinutes * 60_000, absoluteMs: hours * 3_600_000 };
}

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

/** A plain hash is enough: there is nothing to guess in 256 random bits. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** Without Max-Age: closing the browser forgets it. */
export function setCookie(name: string, token: string): string {
  return `${name}=${token}; ${ATTRIBUTES}`;
}

export function clearCookie(name: string): string {
  return `${name}=; Max-Age=0; ${ATTRIBUTES}`;
}

const ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict";

/** The token in a Cookie header. None when the cookie stands there twice: then somebody else has set one of them. */
export function tokenFromCookies(header: string | undefined, name: string): string | undefined {
  const found = (header ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  const [token] = found;
  return found.length === 1 && token !== undefined && TOKEN.test(token) ? token : undefined;
}
