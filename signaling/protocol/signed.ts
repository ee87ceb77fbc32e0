/**
 * What is signed, by whom, and how: the one place. All keys are P-256, all signatures ECDSA with SHA-256 as WebCrypto makes
 * them, so the same code runs in the page and in Node.
 *
 * Each text begins with its own purpose line, so that a signature made for one purpose never fits another.
 */
import type { AuditPosition, CosignedHead, SignedHead } from "./audit.ts";
import {
  CROCKFORD,
  Fingerprint,
  KeyCode,
  type LiftCode,
  LiftHash,
  type LockId,
  type Login,
  type Nonce,
  type OrganisationCode,
  PublicKey,
  type SessionId,
  Signature,
  type TerminalId,
} from "./ids.ts";

/** The device key's signature at sign-in. `origin`: what the browser's address bar says. */
export const signInText = (o: {
  challenge: string;
  origin: string;
  login: Login;
  organisation?: OrganisationCode | undefined;
}): string =>
  o.organisation === undefined
    ? lines("engawa sign-in 1", o.challenge, o.origin, o.login)
    : lines("engawa sign-in 2", o.challenge, o.origin, o.organisation, o.login);

/** The terminal's signature when it connects to signaling. */
export const agentText = (o: { challenge: Nonce; terminal: TerminalId }): string =>
  lines("engawa agent 1", o.challenge, o.terminal);

/** The terminal's signature when it enrols. */
export const enrolText = (o: { nonce: Nonce; publicKey: PublicKey; token: string }): string =>
  lines("engawa enrol 1", o.nonce, o.publicKey, o.token);

/** The terminal's signature when it asks for credentials to try its relay with. */
export const relayCheckText = (o: { terminal: TerminalId; nonce: Nonce; at: number }): string =>
  lines("engawa relay check 1", o.terminal, o.nonce, String(o.at));

/** The terminal's signature over its offer. `fingerprint`: of the one DTLS certificate it will present. */
export const offerText = (o: { session: SessionId; attempt: number; nonce: Nonce; fingerprint: Fingerprint }): string =>
  lines("engawa offer 1", o.session, String(o.attempt), o.nonce, o.fingerprint);

/** The device's signature over its answer: both certificates, so neither end can be exchanged. */
export const answerText = (o: {
  session: SessionId;
  attempt: number;
  nonce: Nonce;
  agentFingerprint: Fingerprint;
  viewerFingerprint: Fingerprint;
}): string => lines("engawa answer 1", o.session, String(o.attempt), o.nonce, o.agentFingerprint, o.viewerFingerprint);

/** The server's Ed25519 signature over where a chain of the audit ends; or over a part of it that became a file. */
export const auditHeadText = (
  o: Omit<SignedHead, "key" | "signature" | "chain"> & { readonly chain: string },
  of: "head" | "segment" = "head",
): string => lines(`engawa audit ${of} 1`, o.chain, ...position(o), String(o.at), ...position(o.since));

/** The terminal's signature over the same, as it saw it. */
export const auditCosignText = (o: Omit<CosignedHead, "signature"> & { readonly terminal: TerminalId }): string =>
  lines("engawa audit cosign 1", o.terminal, o.chain, ...position(o), String(o.at));

const position = ({ number, hash }: AuditPosition): string[] => [String(number), hash];

/** The terminal's signature over what it says of a session, as it wrote it. */
export const receiptText = (text: string): string => lines("engawa receipt 1", text);

/** What an office PC keeps of the code that lifts a lock, until somebody shows the code. */
export async function liftHash(o: { lock: LockId; code: LiftCode }): Promise<LiftHash> {
  const text = new TextEncoder().encode(lines("engawa lift 1", o.lock, o.code));
  return LiftHash.parse(toBase64Url(await crypto.subtle.digest("SHA-256", text)));
}

const lines = (...parts: string[]): string => parts.join("\n");

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A new key pair. `extractable` false keeps the private half inside the browser. */
export function generateKeyPair(extractable: boolean): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, extractable, ["sign", "verify"]);
}

export async function sign(privateKey: CryptoKey, text: string): Promise<Signature> {
  return Signature.parse(toBase64Url(await crypto.subtle.sign(ALGORITHM, privateKey, new TextEncoder().encode(text))));
}

/** False for a wrong signature and for a key that is none. Never throws. */
export async function verify(publicKey: PublicKey, signature: Signature, text: string): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey("spki", fromBase64Url(publicKey), ALGORITHM, false, ["verify"]);
    return await crypto.subtle.verify(ALGORITHM, key, fromBase64Url(signature), new TextEncoder().encode(text));
  } catch {
    return false;
  }
}

export async function exportPublicKey(key: CryptoKey): Promise<PublicKey> {
  return PublicKey.parse(toBase64Url(await crypto.subtle.exportKey("spki", key)));
}

/** The code people compare: see `KeyCode`. */
export async function keyCode(publicKey: PublicKey): Promise<KeyCode> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", fromBase64Url(publicKey)));
  let letters = "";
  for (let bit = 0; bit < 100; bit += 5) {
    const pair = ((hash[bit >> 3] ?? 0) << 8) | (hash[(bit >> 3) + 1] ?? 0);
    letters += CROCKFORD[(pair >> (11 - (bit & 7))) & 31];
  }
  return KeyCode.parse(letters.match(/.{5}/g)?.join("-"));
}

/**
 * The one certificate fingerprint an SDP names. Undefined when there is none, when it is not SHA-256, or when the lines
 * differ: some stacks accept any of several (RFC 8122 §5 allows it), which would let a middleman add their own.
 */
export function onlyFingerprint(sdp: string): Fingerprint | undefined {
  const found = new Set<string>();
  for (const line of sdp.split(/\r?\n/)) {
    if (!/^a=fingerprint:/i.test(line)) continue;
    const value = /^a=fingerprint:sha-256 +(\S+)$/i.exec(line.trim())?.[1];
    found.add(value?.toLowerCase() ?? "");
  }
  const [only] = found;
  const parsed = Fingerprint.safeParse(only);
  return found.size === 1 && parsed.success ? parsed.data : undefined;
}

export function toBase64Url(bytes: ArrayBuffer | Uint8Array): string {
  let text = "";
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** Throws on letters that are not base64url. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}
