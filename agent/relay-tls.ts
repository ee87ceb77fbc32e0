/** The way to a relay's TLS entrance, made before the WebRTC library is asked: through the proxy where there is one. */
import { isIP } from "node:net";
import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import type { Network } from "./network/network.ts";
import { nameOf } from "./network/proxy.ts";
import { readRelayUrl } from "./relay-url.ts";

/** What the library is given: the URL, and for `turns:` how to do TLS on the connection that is there. Used once. */
export interface RelayEntrance {
  readonly url: string;
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
  if (to.transport === "udp") return { url };
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
