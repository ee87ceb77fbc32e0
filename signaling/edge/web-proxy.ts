/** The web side of an edge on a host of its own: each connection goes on to signaling, its true client named first. */
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { type Door, dial } from "./dial.ts";
import type { EdgeLog, WebTarget } from "./edge.ts";
import { markProven } from "./proof.ts";
import { writeProxyHeader } from "./proxy-protocol.ts";

export type WebProxyOptions = Door & { log: EdgeLog };

export function webProxy(options: WebProxyOptions): WebTarget {
  const web = new EventEmitter();
  web.on("connection", (client: Socket) => forward(client, options));
  return web;
}

function forward(client: Socket, { log, ...door }: WebProxyOptions): void {
  client.pause();
  const header = () => writeProxyHeader(endpoint(client, "remote"), endpoint(client, "local"));
  const server = dial(door, header, {
    failed: (error) => {
      if (!client.destroyed)
        log.warn({ code: (error as NodeJS.ErrnoException).code }, "edge: signaling is not reachable");
      client.destroy();
    },
    ready: (inner) => {
      client.pipe(inner).pipe(client);
      onUpgraded(inner, () => markProven(client));
      // what has arrived still goes out
      inner.once("close", () => client.destroySoon());
    },
  });
  client.once("close", () => server.destroy());
}

/** RFC 9112 §4. A browser opens a connection of its own for each WebSocket, so this is the first thing said on it. */
const UPGRADED = "HTTP/1.1 101";

/** Signaling lets in by upgrade only who has signed in. */
function onUpgraded(server: Socket, upgraded: () => void): void {
  let head = "";
  const look = (chunk: Buffer) => {
    head += chunk.toString("latin1", 0, UPGRADED.length);
    if (head.length < UPGRADED.length) return;
    server.off("data", look);
    if (head.startsWith(UPGRADED)) upgraded();
  };
  server.on("data", look);
}

function endpoint(socket: Socket, side: "remote" | "local"): { address: string; port: number } {
  const [address, port] =
    side === "remote" ? [socket.remoteAddress, socket.remotePort] : [socket.localAddress, socket.localPort];
  return { address: address ?? "0.0.0.0", port: port ?? 0 };
}
