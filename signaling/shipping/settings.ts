/** The collector of records among the settings. */
import { isIP } from "node:net";

export interface Collector {
  readonly host: string;
  readonly port: number;
  /** PEM: who vouches for its certificate. Undefined: those that everybody trusts. */
  readonly ca: string | undefined;
}

/** RFC 5425 §4.1. */
const USUAL_PORT = 6514;

/** Undefined: there is none. What is wrong is added to `problems`. */
export function collectorOf(
  text: string | undefined,
  ca: string | undefined,
  problems: string[],
): Collector | undefined {
  if (text === undefined) {
    if (ca !== undefined) problems.push("ENGAWA_SYSLOG_CA is set but ENGAWA_SYSLOG_URL is not");
    return undefined;
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url && ["", "/"].includes(url.pathname) && !url.search && !url.hash && !url.username;
  if (url?.protocol !== "syslog-tls:" || url.hostname === "" || !isPlain) {
    problems.push("ENGAWA_SYSLOG_URL must be syslog-tls://host or syslog-tls://host:port");
    return undefined;
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return {
    host: isIP(host) ? host : decodeURIComponent(host),
    port: url.port === "" ? USUAL_PORT : Number(url.port),
    ca,
  };
}
