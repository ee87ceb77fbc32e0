/** What a relay's URL says (RFC 7065). */
import { isIP, SocketAddress } from "node:net";
import type { Target } from "../network/proxy.ts";

export interface RelayAddress extends Target {
  readonly transport: "udp" | "tcp" | "tls";
}

/** Undefined when it is written wrongly. */
export function readRelayUrl(url: string): RelayAddress | undefined {
  const parsed = /^(turns?):(\[[^\]]+\]|[^:?]+):(\d+)(?:\?transport=(udp|tcp))?$/.exec(url);
  if (!parsed) return undefined;
  const [, scheme, host = "", port = ""] = parsed;
  const transport = scheme === "turns" ? "tls" : isUdp(url) ? "udp" : "tcp";
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port), transport };
}

/**
 * Hosts on which a relay may be: the server's own, by its enrolled address, and those that IT named, in the token or by the setting
 * `relayHosts`. On any port: IT's relay is trusted, and to say which of its ports is it would be one more thing to keep in step.
 * This PC itself only where the server is on it, too: what listens on loopback is for nobody else.
 */
export function allowedRelayHosts(
  { url, relayHosts = [] }: { url: string; relayHosts?: readonly string[] | undefined },
  more: readonly string[],
): ReadonlySet<string> {
  const server = plainHost(new URL(url).hostname);
  const named = [...relayHosts, ...more].map(plainHost);
  return new Set([server, ...named.filter((host) => isLoopback(server) || !isLoopback(host))]);
}

/**
 * Why this relay is not to be connected to; undefined: it may. The server names relays, and a captured one would name whatever it
 * wants to know of this network: nothing is resolved and no packet leaves for a host that nobody here has allowed.
 */
export function relayProblem(url: string, allowed: ReadonlySet<string>): string | undefined {
  const relay = readRelayUrl(url);
  if (!relay) return "not a relay's URL";
  if (!allowed.has(plainHost(relay.host)))
    return `${relay.host} is neither the server's host nor named in the token or in relayHosts, or is this PC and the server is not`;
  return relay.transport === "tcp" ? "TURN over TCP without TLS is not used" : undefined;
}

/** Whatever a system takes for this PC: the unspecified addresses, too. */
const isLoopback = (host: string): boolean =>
  /^(localhost|.*\.localhost|127(\.\d+){1,3}|0(\.0)*|::1?|::ffff:(127\..*|7f.*))$/.test(host);

/** One way to write each: names in lower case, IPv6 addresses without brackets and as short as the system writes them. */
export function plainHost(host: string): string {
  const plain = host.toLowerCase().replace(/^\[|\]$/g, "");
  return isIP(plain) === 6 ? new SocketAddress({ address: plain, family: "ipv6" }).address : plain;
}

export const isUdp = (url: string): boolean => url.startsWith("turn:") && !/transport=tcp/.test(url);
