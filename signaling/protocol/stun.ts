/**
 * The numbers of STUN (RFC 8489) and TURN (RFC 8656) that more than one part must know: the edge, which reads what passes,
 * and the checkers, which ask the relay themselves.
 */
export const METHOD = {
  binding: 1,
  allocate: 3,
  refresh: 4,
  send: 6,
  data: 7,
  createPermission: 8,
  channelBind: 9,
} as const;
export const CLASS = { request: 0, indication: 1, success: 2, error: 3 } as const;

export const ATTRIBUTE = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  channelNumber: 0x000c,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedAddressFamily: 0x0017,
  evenPort: 0x0018,
  requestedTransport: 0x0019,
  xorMappedAddress: 0x0020,
  additionalAddressFamily: 0x8000,
  software: 0x8022,
  fingerprint: 0x8028,
  origin: 0x802f,
  mobilityTicket: 0x8030,
} as const;

/** RFC 8489 §14.1 */
export const FAMILY = { ipv4: 1, ipv6: 2 } as const;
export const STUN_HEADER_BYTES = 20;
/** The four bytes after type and length (RFC 8489 §5); addresses are written XORed with them (§14.2). */
export const MAGIC_COOKIE = 0x2112a442;

/** The 14 type bits hold the method's 12 and, between them, the class's two (RFC 8489 §5, figure 3). */
export function typeOf(method: number, messageClass: number): number {
  return (
    (method & 0x000f) |
    ((method & 0x0070) << 1) |
    ((method & 0x0f80) << 2) |
    ((messageClass & 1) << 4) |
    ((messageClass & 2) << 7)
  );
}

/** The reverse of typeOf. */
export function readType(type: number): { method: number; class: number } {
  return {
    method: (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2),
    class: ((type & 0x0010) >> 4) | ((type & 0x0100) >> 7),
  };
}
