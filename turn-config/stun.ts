/**
 * As much of STUN and TURN as a checker needs: build a request, read an answer (RFC 8489, RFC 8656; REQUESTED-TRANSPORT
 * TCP: RFC 6062). No sockets here.
 */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { isIPv6 } from "node:net";
import { crc32 } from "node:zlib";
import { ipv6Bytes } from "../signaling/protocol/ipv6.ts";
import {
  ATTRIBUTE,
  CLASS,
  FAMILY,
  MAGIC_COOKIE,
  METHOD,
  readType,
  STUN_HEADER_BYTES,
  typeOf,
} from "../signaling/protocol/stun.ts";

const INTEGRITY_BYTES = 24;
const FINGERPRINT_BYTES = 8;
/** RFC 8489 §14.7 */
const FINGERPRINT_XOR = 0x5354554e;

/** An address's mask is part of the message it stands in, so its value may wait for the transaction. */
export type Attribute = readonly [type: number, value: Buffer | ((transaction: Buffer) => Buffer)];
export type Address = { readonly host: string; readonly port: number };
/** The long-term credential (RFC 8489 §9.2): name and password, with the realm and nonce that the server asked for. */
export type Credential = { username: string; password: string; realm: string; nonce: string };

export type Answer = {
  readonly kind: "success" | "error" | "indication" | "request";
  readonly method: number;
  readonly transaction: Buffer;
  /** Of an error answer, else 0. */
  readonly code: number;
  readonly attributes: ReadonlyMap<number, Buffer>;
};

const u16 = (value: number) => Buffer.from([value >> 8, value & 0xff]);
export const u32 = (value: number) =>
  Buffer.from([value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff]);
const COOKIE = u32(MAGIC_COOKIE);

function encoded([type, given]: Attribute, transaction: Buffer): Buffer {
  const value = typeof given === "function" ? given(transaction) : given;
  return Buffer.concat([u16(type), u16(value.length), value, Buffer.alloc(-value.length & 3)]);
}

function message(type: number, transaction: Buffer, body: Buffer, bodyLength = body.length): Buffer {
  return Buffer.concat([u16(type), u16(bodyLength), COOKIE, transaction, body]);
}

/** MESSAGE-INTEGRITY's key for long-term credentials (RFC 8489 §9.2.2). */
function integrityKey({ username, realm, password }: Credential): Buffer {
  return createHash("md5").update(`${username}:${realm}:${password}`).digest();
}

function integrity(type: number, transaction: Buffer, body: Buffer, credential: Credential): Buffer {
  // the header counts the attribute that is being made (RFC 8489 §14.5)
  const covered = message(type, transaction, body, body.length + INTEGRITY_BYTES);
  return createHmac("sha1", integrityKey(credential)).update(covered).digest();
}

function fingerprint(type: number, transaction: Buffer, body: Buffer): Buffer {
  const covered = message(type, transaction, body, body.length + FINGERPRINT_BYTES);
  return u32((crc32(covered) ^ FINGERPRINT_XOR) >>> 0);
}

/** A request, signed when there is a credential. */
export function request(
  method: number,
  attributes: readonly Attribute[],
  credential?: Credential,
): { bytes: Buffer; transaction: Buffer } {
  const transaction = randomBytes(12);
  const type = typeOf(method, CLASS.request);
  const named: Attribute[] = credential
    ? [
        [ATTRIBUTE.username, Buffer.from(credential.username)],
        [ATTRIBUTE.realm, Buffer.from(credential.realm)],
        [ATTRIBUTE.nonce, Buffer.from(credential.nonce)],
      ]
    : [];
  const write = (attribute: Attribute) => encoded(attribute, transaction);
  let body = Buffer.concat([...attributes, ...named].map(write));
  if (credential) {
    body = Buffer.concat([body, write([ATTRIBUTE.messageIntegrity, integrity(type, transaction, body, credential)])]);
  }
  body = Buffer.concat([body, write([ATTRIBUTE.fingerprint, fingerprint(type, transaction, body)])]);
  return { bytes: message(type, transaction, body), transaction };
}

/** A Send indication (RFC 8656 §11.1). */
export function sendIndication(peer: Address, data: Buffer): Buffer {
  const transaction = randomBytes(12);
  const attributes: Attribute[] = [peerAddress(peer), [ATTRIBUTE.data, data]];
  const body = Buffer.concat(attributes.map((attribute) => encoded(attribute, transaction)));
  return message(typeOf(METHOD.send, CLASS.indication), transaction, body);
}

export function channelData(channel: number, data: Buffer): Buffer {
  return Buffer.concat([u16(channel), u16(data.length), data]);
}

/** Reads a STUN message; undefined for anything else. */
export function parse(bytes: Buffer): Answer | undefined {
  if (bytes.length < STUN_HEADER_BYTES || bytes.readUInt8(0) >= 0x40 || !bytes.subarray(4, 8).equals(COOKIE))
    return undefined;
  const { method, class: messageClass } = readType(bytes.readUInt16BE(0));
  const attributes = parseAttributes(bytes.subarray(STUN_HEADER_BYTES, STUN_HEADER_BYTES + bytes.readUInt16BE(2)));
  if (attributes === undefined) return undefined;
  const kind =
    ({ [CLASS.success]: "success", [CLASS.error]: "error", [CLASS.indication]: "indication" } as const)[messageClass] ??
    "request";
  const error = attributes.get(ATTRIBUTE.errorCode);
  return {
    kind,
    method,
    transaction: bytes.subarray(8, STUN_HEADER_BYTES),
    code: error && error.length >= 4 ? (error.readUInt8(2) & 7) * 100 + error.readUInt8(3) : 0,
    attributes,
  };
}

function parseAttributes(body: Buffer): Map<number, Buffer> | undefined {
  const found = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= body.length; ) {
    const type = body.readUInt16BE(at);
    const end = at + 4 + body.readUInt16BE(at + 2);
    if (end > body.length) return undefined;
    if (!found.has(type)) found.set(type, body.subarray(at + 4, end));
    at = (end + 3) & ~3;
  }
  return found;
}

/** The sixteen or four bytes of an address. */
export const addressBytes = (host: string): Buffer =>
  Buffer.from(isIPv6(host) ? ipv6Bytes(host) : host.split(".").map(Number));

/** The mask of RFC 8489 §14.2: cookie and, as far as IPv6 needs it, transaction. */
function masked(bytes: Buffer, transaction: Buffer): Buffer {
  const mask = Buffer.concat([COOKIE, transaction]);
  return Buffer.from(bytes.map((byte, index) => byte ^ (mask[index] ?? 0)));
}

export function peerAddress(peer: Address): Attribute {
  const address = addressBytes(peer.host);
  const head = Buffer.from([0, address.length === 4 ? FAMILY.ipv4 : FAMILY.ipv6]);
  const port = u16(peer.port ^ COOKIE.readUInt16BE(0));
  return [ATTRIBUTE.xorPeerAddress, (transaction) => Buffer.concat([head, port, masked(address, transaction)])];
}

/** Reads one of the XOR-…-ADDRESS attributes of an answer. */
export function readAddress(answer: Answer, type: number): Address | undefined {
  const value = answer.attributes.get(type);
  if (value === undefined || (value.length !== 8 && value.length !== 20)) return undefined;
  const address = masked(value.subarray(4), answer.transaction);
  const groups = Array.from({ length: address.length / 2 }, (_, index) => address.readUInt16BE(index * 2).toString(16));
  return {
    host: address.length === 4 ? [...address].join(".") : new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1),
    port: value.readUInt16BE(2) ^ COOKIE.readUInt16BE(0),
  };
}
