/**
 * PROXY protocol, version 2 (haproxy, "The PROXY protocol", § 2.2): the header in which an edge on a host of its own says
 * who the client is.
 *
 *   signature, 12 bytes │ version 2 and command │ family and transport │ length │ addresses, ports │ extensions
 *
 * Of extensions (§ 2.2.7: type, length, value) the connection's unique id is read, the others are skipped.
 */
import { randomBytes } from "node:crypto";
import { BlockList, isIPv4, isIPv6, SocketAddress } from "node:net";
import { z } from "zod";
import { ipv6Bytes } from "../protocol/ipv6.ts";

const SIGNATURE = Buffer.from("0d0a0d0a000d0a515549540a", "hex");
const VERSION_PROXY = 0x21;
const VERSION_LOCAL = 0x20;
const TCP_OVER_IPV4 = 0x11;
const TCP_OVER_IPV6 = 0x21;
export const PROXY_PREFIX_BYTES = 16;
const IPV4_BYTES = 12;
const IPV6_BYTES = 36;
/** PP2_TYPE_UNIQUE_ID, § 2.2.5. */
const UNIQUE_ID = 0x05;
const EXTENSION_PREFIX_BYTES = 3;
/** Addresses take 36 bytes at most; the rest is room for extensions. Longer than this is not from our edge. */
const MAX_BODY_BYTES = 512;

export type Endpoint = { readonly address: string; readonly port: number };
/** By which an edge of ours knows a connection that it handed over. Other proxies write what they like there: that is none. */
export const ConnectionId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{12}$/)
  .brand<"ConnectionId">();
export type ConnectionId = z.infer<typeof ConnectionId>;
export const newConnectionId = (): ConnectionId => ConnectionId.parse(randomBytes(9).toString("base64url"));

/** `local`: the proxy speaks for itself (a health check, or our edge's control connection); the connection's own addresses hold. */
export type ProxyHeader =
  | { kind: "proxied"; source: Endpoint; destination: Endpoint; connection?: ConnectionId }
  | { kind: "local" };

const unmapped = (address: string) => (/^::ffff:[\d.]+$/i.test(address) ? address.slice(7) : address);
const ipv4Bytes = (address: string) => Buffer.from(address.split(".").map(Number));

const portBytes = (port: number) => Buffer.from([port >> 8, port & 0xff]);

export function writeProxyHeader(source: Endpoint, destination: Endpoint, connection?: ConnectionId): Buffer {
  const [from, to] = [unmapped(source.address), unmapped(destination.address)];
  const family = isIPv4(from) && isIPv4(to) ? TCP_OVER_IPV4 : TCP_OVER_IPV6;
  // one family for both (§ 2.2): an IPv4 address beside an IPv6 one is written as mapped
  const bytes = (address: string) =>
    family === TCP_OVER_IPV4
      ? ipv4Bytes(address)
      : Buffer.from(ipv6Bytes(isIPv6(address) ? address : `::ffff:${address}`));
  const id = Buffer.from(connection ?? "");
  const extension = id.length === 0 ? [] : [Buffer.from([UNIQUE_ID, 0, id.length]), id];
  const ports = [portBytes(source.port), portBytes(destination.port)];
  const body = Buffer.concat([bytes(from), bytes(to), ...ports, ...extension]);
  return Buffer.concat([SIGNATURE, Buffer.from([VERSION_PROXY, family]), portBytes(body.length), body]);
}

/** LOCAL: the edge speaks for itself. No addresses follow (§ 2.2: family and transport unspecified). */
export function writeLocalHeader(): Buffer {
  return Buffer.concat([SIGNATURE, Buffer.from([VERSION_LOCAL, 0x00]), portBytes(0)]);
}

/** Reads the fixed 16 bytes: how many follow? undefined: not a header we take. */
export function proxyBodyLength(prefix: Buffer): number | undefined {
  if (prefix.length !== PROXY_PREFIX_BYTES || !prefix.subarray(0, SIGNATURE.length).equals(SIGNATURE)) return undefined;
  const length = prefix.readUInt16BE(14);
  return length <= MAX_BODY_BYTES ? length : undefined;
}

function readIpv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  // node writes the shortest form (RFC 5952)
  return unmapped(new SocketAddress({ address: groups.join(":"), family: "ipv6" }).address);
}

/** Reads the whole header: the prefix and as many bytes as it promised. */
export function parseProxyHeader(prefix: Buffer, body: Buffer): ProxyHeader | undefined {
  if (proxyBodyLength(prefix) !== body.length) return undefined;
  const [command, family] = [prefix.readUInt8(12), prefix.readUInt8(13)];
  if (command === VERSION_LOCAL) return { kind: "local" };
  if (command !== VERSION_PROXY) return undefined;
  if (family === TCP_OVER_IPV4 && body.length >= IPV4_BYTES) {
    const at = (start: number) => [...body.subarray(start, start + 4)].join(".");
    return {
      kind: "proxied",
      source: { address: at(0), port: body.readUInt16BE(8) },
      destination: { address: at(4), port: body.readUInt16BE(10) },
      ...connectionIn(body.subarray(IPV4_BYTES)),
    };
  }
  if (family === TCP_OVER_IPV6 && body.length >= IPV6_BYTES) {
    return {
      kind: "proxied",
      source: { address: readIpv6(body.subarray(0, 16)), port: body.readUInt16BE(32) },
      destination: { address: readIpv6(body.subarray(16, 32)), port: body.readUInt16BE(34) },
      ...connectionIn(body.subarray(IPV6_BYTES)),
    };
  }
  return undefined;
}

function connectionIn(extensions: Buffer): { connection?: ConnectionId } {
  for (let at = 0; at + EXTENSION_PREFIX_BYTES <= extensions.length; ) {
    const end = at + EXTENSION_PREFIX_BYTES + extensions.readUInt16BE(at + 1);
    const value = extensions.subarray(at + EXTENSION_PREFIX_BYTES, end).toString("latin1");
    const { data } = ConnectionId.safeParse(value);
    if (extensions[at] === UNIQUE_ID && end <= extensions.length && data !== undefined) return { connection: data };
    at = end;
  }
  return {};
}

/** Whose header is believed: one address, however it is written (an IPv4 address may arrive mapped into IPv6). */
export function isFrom(trusted: string, remote: string | undefined): boolean {
  if (remote === undefined) return false;
  const [one, other] = [unmapped(trusted), unmapped(remote)];
  const list = new BlockList();
  list.addAddress(one, isIPv6(one) ? "ipv6" : "ipv4");
  return list.check(other, isIPv6(other) ? "ipv6" : "ipv4");
}
