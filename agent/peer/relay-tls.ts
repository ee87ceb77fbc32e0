/** The way to a relay, made before the WebRTC library is asked: the address for UDP; for TLS a connection, through the proxy where there is one. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import type { Network } from "../network/network.ts";
import { nameOf } from "../network/proxy.ts";
import { plainHost, readRelayUrl } from "./relay-url.ts";

/** What the library is given: the URL, and for `turns:` how to do TLS on the connection that is there. Used once. */
export interface RelayEntrance {
  readonly url: string;
  /** Of the address, where packets go there without a connection. */
  readonly family?: 4 | 6;
  readonly tls?: ConnectionOptions;
}

/** Rejects with a NetworkError when there is no way. */
export async function reachRelay(o: {
  relay: { url: string };
  network: Network;
  ca: string | undefined;
  timeoutMs: number;
}): Promise<RelayEntrance> {
  const { network } = o;
  const { url } = o.relay;
  const to = readRelayUrl(url);
  if (!to) throw new Error(`not a relay's URL: ${url}`);
  if (to.transport === "udp") {
    const { address, family } = await inTime(addressOf(to.host), o.timeoutMs);
    return { url: `turn:${nameOf({ host: address, port: to.port })}?transport=udp`, family };
  }
  if (to.transport === "tcp") throw new Error("TURN over TCP without TLS is not used");
  const socket = await network.connect(to, o.timeoutMs);
  return {
    // answers count only when they come from the address that was asked: the connection's other end, which may be a proxy
    url: `turns:${nameOf({ host: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 })}?transport=tcp`,
    tls: {
      socket,
      ca: network.trusted(o.ca),
      minVersion: "TLSv1.3",
      servername: isIP(to.host) === 0 ? to.host : "",
      checkServerIdentity: (_, certificate) => checkServerIdentity(to.host, certificate),
    },
  };
}

function inTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`the relay's name was not resolved within ${timeoutMs} ms`)), timeoutMs).unref();
  });
  return Promise.race([work, late]);
}

/** Written as the system writes it in what comes from there. Of a name the IPv4 address, if it has one. */
async function addressOf(host: string): Promise<{ address: string; family: 4 | 6 }> {
  const found = isIP(host) === 0 ? await lookup(host, { all: true, order: "ipv4first" }) : [{ address: host }];
  const address = plainHost(found[0]?.address ?? host);
  return { address, family: isIP(address) === 6 ? 6 : 4 };
}
