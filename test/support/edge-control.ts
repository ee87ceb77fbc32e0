/** Signaling's proxied listener and the copy that an edge of its own keeps of its sessions, joined by a real connection. */
import { EdgeControl } from "../../signaling/edge/control-server.ts";
import type { EdgeLog } from "../../signaling/edge/edge.ts";
import { tagKey } from "../../signaling/edge/ice-servers.ts";
import { openProxied } from "../../signaling/edge/proxied-listener.ts";
import type { RelayPeers } from "../../signaling/edge/relay-peers.ts";
import { RemotePeers, type RemotePeersOptions } from "../../signaling/edge/remote-peers.ts";
import { echoWeb, quiet } from "./edge.ts";

export const SECRET = "s".repeat(32);

/** Everything that was said at `warn` and `info`, by its words. */
export function linesOf(): EdgeLog & { readonly said: { level: string; fields: object; message: string }[] } {
  const said: { level: string; fields: object; message: string }[] = [];
  const write = (level: string) => (fields: object, message: string) => void said.push({ level, fields, message });
  return { said, debug: () => {}, info: write("info"), warn: write("warn") };
}

export async function openControl(
  peers: RelayPeers,
  options: {
    port?: number;
    secret?: string;
    log?: EdgeLog;
    tls?: { key: string; cert: string };
    maxQueueBytes?: number;
  } = {},
) {
  const { port = 0, secret = SECRET, log = quiet, tls, maxQueueBytes } = options;
  const control = new EdgeControl({ peers, keys: [tagKey(secret)], log, ...(maxQueueBytes && { maxQueueBytes }) });
  const proxied = await openProxied({
    listen: { host: "127.0.0.1", port },
    from: "127.0.0.1",
    web: echoWeb(),
    control: (socket) => control.take(socket),
    log,
    ...(tls && { tls }),
  });
  return {
    control,
    port: proxied.address.port,
    close: async () => {
      control.close();
      await proxied.close();
    },
  };
}

export function joinControl(
  port: number,
  options: Partial<Omit<RemotePeersOptions, "door">> & { ca?: string } = {},
): RemotePeers {
  const { ca, ...rest } = options;
  const remote = new RemotePeers({
    door: { to: { host: "127.0.0.1", port }, ...(ca !== undefined && { tls: { ca } }) },
    key: tagKey(SECRET),
    figures: () => ({}),
    log: quiet,
    ...rest,
  });
  remote.start();
  return remote;
}
