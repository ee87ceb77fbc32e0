/** The web side of an edge on a host of its own: each connection goes on to signaling, its true client named first. */
import { EventEmitter } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { EdgeLog, WebTarget } from "./edge.ts";
import { markProven } from "./proof.ts";
import { writeProxyHeader } from "./proxy-protocol.ts";

const CONNECT_TIMEOUT_MS = 5_000;

export type WebProxyOptions = {
  /** Signaling's proxied listener. */
  to: { host: string; port: number };
  /** PEM of the CA that signed the listener's certificate, and the name in it where that is not the host. Without: plain, for loopback only. */
  tls?: { ca: string | Buffer; servername?: string };
  log: EdgeLog;
};

export function webProxy(options: WebProxyOptions): WebTarget {
  const web = new EventEmitter();
  web.on("connection", (client: Socket) => forward(client, options));
  return web;
}

function forward(client: Socket, { to, tls, log }: WebProxyOptions): void {
  client.pause();
  const fail = (error: Error) => {
    if (!client.destroyed)
      log.warn({ code: (error as NodeJS.ErrnoException).code }, "edge: signaling is not reachable");
    client.destroy();
  };
  const server = connectTcp({ ...to, noDelay: true });
  server.setTimeout(CONNECT_TIMEOUT_MS, () => server.destroy(new Error("signaling does not answer")));
  server.on("error", fail);
  client.once("close", () => server.destroy());
  server.once("connect", () => {
    server.write(writeProxyHeader(endpoint(client, "remote"), endpoint(client, "local")));
    const inner = tls
      ? connectTls({ socket: server, host: to.host, ...tls, minVersion: "TLSv1.3", ALPNProtocols: ["http/1.1"] })
      : server;
    inner.on("error", fail);
    const join = () => {
      server.setTimeout(0);
      client.pipe(inner).pipe(client);
      onUpgraded(inner, () => markProven(client));
      // what has arrived still goes out
      inner.once("close", () => client.destroySoon());
    };
    if (tls) inner.once("secureConnect", join);
    else join();
  });
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
