/** Whom an address counts as, wherever something is counted by source. */
import { ipv6Groups } from "./protocol/ipv6.ts";

/** The unit that counts as one source: an IPv4 address, or the /64 that one IPv6 subscriber is given (RFC 6177). */
export function sourceOf(address: string): string {
  if (address.startsWith("::ffff:") && address.includes(".")) return address.slice(7);
  if (!address.includes(":")) return address;
  return `${ipv6Groups(address).slice(0, 4).join(":")}::/64`;
}

/** The unit that one site is given at most: an IPv4 address, or an IPv6 /48 (RFC 6177 §2). */
export function prefixOf(address: string): string {
  const source = sourceOf(address);
  return source.includes(":") ? `${ipv6Groups(address).slice(0, 3).join(":")}::/48` : source;
}
