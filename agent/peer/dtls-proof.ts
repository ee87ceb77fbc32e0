/**
 * Proves that the other end of a DTLS connection holds the private key of the certificate it showed, and that the certificate
 * is the one whose fingerprint was signed.
 *
 * werift (0.24) checks neither: it reads CertificateVerify and Finished but verifies nothing in them. Whoever stands on the way,
 * the relay above all, could copy the viewer's certificate (DTLS 1.2 shows it in clear) and put an ECDHE key of its own beside it. So
 * we verify the handshake ourselves: RFC 5246 §7.4.8, over the messages as RFC 6347 §4.2.6 counts them.
 */
import { createHash, verify, X509Certificate } from "node:crypto";
import { Fingerprint } from "../../signaling/protocol/ids.ts";

/** Handshake message types (RFC 5246 §7.4). */
export const HANDSHAKE = {
  clientHello: 1,
  certificate: 11,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

/** One reassembled handshake message: `body` without, `whole` with its DTLS header. */
export interface HandshakeMessage {
  readonly type: number;
  readonly body: Uint8Array;
  readonly whole: Uint8Array;
}

export interface Handshake {
  /** Both sides' messages in the order of the transcript, from ClientHello (the one with the cookie) on. */
  readonly messages: readonly HandshakeMessage[];
  /** The ECDHE public key of the client from which the keys in use were derived. */
  readonly peerKey: Uint8Array;
}

export type Proof = { ok: true } | { ok: false; problem: string };

/** `expected`: the signed fingerprint. We are the DTLS server; the client must have shown and proven its certificate. */
export function proveClient(handshake: Handshake, expected: Fingerprint): Proof {
  const end = handshake.messages.findIndex((message) => message.type === HANDSHAKE.certificateVerify);
  const proof = handshake.messages[end];
  const signed = handshake.messages.slice(0, Math.max(end, 0));
  const certificate = only(signed, HANDSHAKE.certificate);
  const keyExchange = only(signed, HANDSHAKE.clientKeyExchange);
  if (!proof || !certificate || !keyExchange) return refuse("the handshake carries no proof of the certificate");

  const der = firstCertificate(certificate.body);
  if (!der) return refuse("the certificate cannot be read");
  if (fingerprintOf(der) !== expected) return refuse("the certificate is not the one whose fingerprint was signed");
  if (!equal(keyExchange.body.subarray(1), handshake.peerKey))
    return refuse("the keys in use are not those of the handshake");
  if (!verifies(der, proof.body, signed)) return refuse("the other side does not hold the certificate's private key");
  return { ok: true };
}

/** SHA-256 of a certificate (DER) as it stands in SDP, lower case. */
export function fingerprintOf(der: Uint8Array): Fingerprint {
  const hex = createHash("sha256").update(der).digest("hex");
  return Fingerprint.parse(hex.match(/../g)?.join(":"));
}

const refuse = (problem: string): Proof => ({ ok: false, problem });

function only(messages: readonly HandshakeMessage[], type: number): HandshakeMessage | undefined {
  const found = messages.filter((message) => message.type === type && !isServersCertificate(messages, message));
  return found.length === 1 ? found[0] : undefined;
}

/** The server's Certificate comes before ServerHelloDone (14), the client's after it. */
function isServersCertificate(messages: readonly HandshakeMessage[], message: HandshakeMessage): boolean {
  return messages.indexOf(message) < messages.findIndex((other) => other.type === 14);
}

/** Certificate (RFC 5246 §7.4.2): a 24-bit length of the list, then each certificate behind its own 24-bit length. */
function firstCertificate(body: Uint8Array): Uint8Array | undefined {
  if (body.length < 6) return undefined;
  const length = ((body[3] ?? 0) << 16) | ((body[4] ?? 0) << 8) | (body[5] ?? 0);
  return length > 0 && body.length >= 6 + length ? body.subarray(6, 6 + length) : undefined;
}

const ECDSA_SECP256R1_SHA256 = 0x0403;

function verifies(der: Uint8Array, body: Uint8Array, signed: readonly HandshakeMessage[]): boolean {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  if (body.length < 4 || view.getUint16(0) !== ECDSA_SECP256R1_SHA256) return false;
  const signature = body.subarray(4, 4 + view.getUint16(2));
  try {
    const key = new X509Certificate(der).publicKey;
    if (key.asymmetricKeyType !== "ec") return false;
    return verify("sha256", Buffer.concat(signed.map((message) => message.whole)), key, signature);
  } catch {
    return false; // not a certificate, or a signature of another form
  }
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => a.length > 0 && Buffer.compare(a, b) === 0;
