/** What a relay's URL says (RFC 7065). */
import type { Target } from "./network/proxy.ts";

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

export const isUdp = (url: string): boolean => url.startsWith("turn:") && !/transport=tcp/.test(url);
