/** IPv6 addresses, taken apart. Nothing of Node's: all parts may use it. */

/** The eight groups as they are written, `::` written out; a zone (`%eth0`) is left away. */
export function ipv6Groups(address: string): string[] {
  const [head = "", tail] = address.split("%")[0]?.split("::") ?? [];
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(zeros).fill("0"), ...right];
}

/** The sixteen bytes of an address in any form that Node reads, with an IPv4 tail too. Throws for anything else. */
export function ipv6Bytes(address: string): number[] {
  // an URL's host is canonical: hexadecimal groups only, one "::" (RFC 5952)
  const canonical = new URL(`http://[${address.split("%")[0]}]`).hostname.slice(1, -1);
  return ipv6Groups(canonical).flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
