/** Signaling's proxied listener and the copy that an edge of its own keeps of its sessions, joined by a real connection. */
import { EdgeControl } from "../../signaling/edge/control-server.ts";
import { Door } from "../../signaling/edge/dial.ts";
import type { EdgeLog, WebTarget } from "../../signaling/edge/edge.ts";
import { tagKey } from "../../signaling/edge/ice-servers.ts";
import { openProxied } from "../../signaling/edge/proxied-listener.ts";
import type { RelayPeers } from "../../signaling/edge/relay-peers.ts";
import { RemotePeers, type RemotePeersOptions } from "../../signaling/edge/remote-peers.ts";
import type { Side } from "../../signaling/edge/side.ts";
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
    side?: Side;
    web?: WebTarget;
    port?: number;
    secret?: string;
    log?: EdgeLog;
    tls?: { key: string; cert: string };
    maxQueueBytes?: number;
    joinMs?: number;
  } = {},
) {
  const {
    side = "outside",
    web = echoWeb(),
    port = 0,
    secret = SECRET,
    log = quiet,
    tls,
    maxQueueBytes,
    joinMs,
  } = options;
  const keys = [tagKey(secret, side)];
  const control = new EdgeControl({
    side,
    peers,
    keys,
    log,
    ...(maxQueueBytes && { maxQueueBytes }),
    ...(joinMs && { joinMs }),
  });
  const proxied = await openProxied({
    listen: { host: "127.0.0.1", port },
    from: "127.0.0.1",
    web,
    control,
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
  options: Partial<Omit<RemotePeersOptions, "door">> & { ca?: string; side?: Side } = {},
): RemotePeers {
  const { ca, side = "outside", ...rest } = options;
  const remote = new RemotePeers({
    door: new Door({ to: { host: "127.0.0.1", port }, ...(ca !== undefined && { tls: { ca } }) }),
    key: tagKey(SECRET, side),
    figures: () => ({}),
    log: quiet,
    ...rest,
  });
  remote.start();
  return remote;
}
