/**
 * Signaling's web listener behind an edge on a host of its own: takes connections from that one address, requires the
 * PROXY header on each, and gives the web server sockets that name the true client.
 *
 *   edge ─▶ TCP ─▶ PROXY header (who the client is) ─▶ [TLS 1.3] ─▶ HTTP
 *                  PROXY header LOCAL (the edge itself) ─▶ [TLS 1.3] ─┬─ first byte "{" ─▶ control
 *                                                                     └─ else: a health check, HTTP
 *
 * Which of the connections belong to somebody who proved who they are, control hears by their ids.
 */
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import { FIRST_BYTE } from "./control-protocol.ts";
import type { EdgeLog, WebTarget } from "./edge.ts";
import { onProven } from "./proof.ts";
import { type Client, HEADER_TIMEOUT_MS, nameClient, readHeader } from "./proxy-header.ts";
import { type ConnectionId, isFrom } from "./proxy-protocol.ts";
import { startRequestTimeouts } from "./request-timeouts.ts";

export type ProxiedOptions = {
  listen: { host: string; port: number };
  /** The edge's address, the only one that may connect. */
  from: string;
  /** PEM. Required by reason wherever the two hosts are joined by a cable. */
  tls?: { key: string | Buffer; cert: string | Buffer };
  web: WebTarget;
  control?: Control;
  log: EdgeLog;
};
/** What EdgeControl is to this listener. */
export type Control = {
  /** Takes over the edge's control connection. */
  take(socket: Socket): void;
  /** Told once of a connection that is proven, and once of its end. */
  proven(connection: ConnectionId): void;
  gone(connection: ConnectionId): void;
};
export type ProxiedListener = {
  readonly address: { host: string; port: number };
  stats(): { connections: number; accepted: number; foreign: number; malformed: number };
  close(): Promise<void>;
};

export async function openProxied(options: ProxiedOptions): Promise<ProxiedListener> {
  const { log, from } = options;
  const counters = { connections: 0, accepted: 0, foreign: 0, malformed: 0 };
  const sockets = new Set<Socket>();
  /** A TLS socket shows the same remote port as the one beneath it, and all of them come from one address. */
  const clients = new Map<number, Client>();
  const tls =
    options.tls && openTls(options.tls, (socket) => handOver(options, socket, clients.get(socket.remotePort ?? 0)));
  const tcp = createTcpServer({ noDelay: true });
  startRequestTimeouts(options.web);

  tcp.on("connection", (socket) => {
    socket.on("error", () => {});
    if (!isFrom(from, socket.remoteAddress)) {
      counters.foreign += 1;
      log.debug({ remoteAddress: socket.remoteAddress }, "edge: connection from elsewhere refused");
      socket.destroy();
      return;
    }
    counters.connections += 1;
    sockets.add(socket);
    const port = socket.remotePort ?? 0;
    socket.once("close", () => {
      counters.connections -= 1;
      sockets.delete(socket);
      clients.delete(port);
    });
    readHeader(socket, (client) => {
      if (client === "malformed") {
        counters.malformed += 1;
        log.warn({ remoteAddress: socket.remoteAddress }, "edge: connection without a PROXY header refused");
        socket.destroy();
        return;
      }
      counters.accepted += 1;
      if (!tls) return handOver(options, socket, client);
      if (client) clients.set(port, client);
      tls.emit("connection", socket);
    });
  });

  await new Promise<void>((resolve, reject) => {
    tcp.once("error", reject);
    tcp.listen(options.listen, resolve);
  });
  return {
    get address() {
      const { address, port } = tcp.address() as AddressInfo;
      return { host: address, port };
    },
    stats: () => ({ ...counters }),
    close: closerOf(tcp, sockets),
  };
}

/** May be called twice. */
function closerOf(tcp: TcpServer, sockets: ReadonlySet<Socket>): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= new Promise<void>((resolve) => {
      tcp.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
    return closing;
  };
}

/** The web server sees the client's address, which the edge has told. */
function handOver(
  { web, control }: Pick<ProxiedOptions, "web" | "control">,
  socket: Socket,
  client: Client | undefined,
): void {
  socket.on("error", () => {});
  if (client) {
    nameClient(socket, client);
    if (control && client.connection) tellProof(socket, client.connection, control);
  }
  if (!client && control) tellApart(socket, control, web);
  else web.emit("connection", socket);
}

function openTls(tls: { key: string | Buffer; cert: string | Buffer }, take: (socket: TLSSocket) => void): TlsServer {
  const server = createTlsServer({
    ...tls,
    minVersion: "TLSv1.3",
    ALPNProtocols: ["http/1.1"],
    handshakeTimeout: 10_000,
  });
  server.on("secureConnection", take);
  server.on("tlsClientError", (_, socket) => socket.destroy());
  return server;
}

function tellProof(socket: Socket, connection: ConnectionId, control: Control): void {
  onProven(socket, () => {
    if (socket.destroyed) return; // it has gone meanwhile, and will not go again
    control.proven(connection);
    socket.once("close", () => control.gone(connection));
  });
}

/** The edge speaks for itself: on its control connection, or to see whether the web server answers. */
function tellApart(socket: Socket, control: Control, web: WebTarget): void {
  socket.setTimeout(HEADER_TIMEOUT_MS, () => socket.destroy());
  socket.once("data", (first: Buffer) => {
    socket.setTimeout(0);
    socket.pause();
    socket.unshift(first);
    socket.resume(); // takes effect after this turn
    if (first[0] === FIRST_BYTE) control.take(socket);
    else web.emit("connection", socket);
  });
}
