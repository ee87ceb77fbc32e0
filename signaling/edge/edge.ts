/**
 * One port for everything a browser (or an agent) needs: page, WebSocket and TURN.
 *
 *               ┌─ first byte 0x00: a STUN request ─▶ TurnBridge ─▶ relay (UDP)
 *   TCP ─▶ TLS ─┤
 *               └─ first byte a capital letter: HTTP ─▶ the web server, in this process
 *
 * TLS 1.3 only. The web server sees the client's own address, because it gets the client's own socket.
 */
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { type Counters, DEFAULT_LIMITS, type EdgeLimits, newCounters, PerSource, sourceOf } from "./limits.ts";
import { Refusals } from "./refusals.ts";
import { type PeerRules, sessionOfName } from "./relay-peers.ts";
import { startRequestTimeouts } from "./request-timeouts.ts";
import { TurnBridge } from "./turn-bridge.ts";

/** What the edge says of itself; pino fits. */
export type EdgeLog = {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
};

/** An http.Server, or anything else that takes over sockets: it listens for data, or pauses, before it returns. */
export type WebTarget = { emit(event: "connection", socket: Socket): boolean };

export type EdgeOptions = {
  listen: { host: string; port: number };
  /** PEM. Without it the port speaks plain TCP: for the loopback demo only. */
  tls?: { key: string | Buffer; cert: string | Buffer };
  web: WebTarget;
  /** Where the relay listens on UDP; `host` is an address, not a name. */
  turn: { host: string; port: number };
  isIssued: (username: string) => boolean;
  /** Whom a name may reach, and which sessions have ended. Without it (an edge of its own): any peer the relay allows. */
  peers?: PeerRules;
  log: EdgeLog;
  limits?: Partial<EdgeLimits>;
  /** Which listener this is, for the log. */
  name?: string;
};

export type Edge = {
  readonly address: { host: string; port: number };
  stats(): Counters;
  /** Ends every connection, the web server's too, and frees the port. */
  close(): Promise<void>;
};

/** The type of an Allocate request is 0x0003, and no other message may come first. */
const STUN_REQUEST_BYTE = 0x00;
/** HTTP methods are written in capitals (RFC 9110 §9.1). */
const isCapital = (byte: number) => byte >= 0x41 && byte <= 0x5a;

export async function openEdge(options: EdgeOptions): Promise<Edge> {
  const edge = new Listener(options);
  await edge.listen();
  return edge;
}

class Listener implements Edge {
  readonly #options: EdgeOptions;
  readonly #limits: EdgeLimits;
  readonly #counters = newCounters();
  readonly #refusals: Refusals;
  readonly #perSource: PerSource;
  readonly #turnPerSource: PerSource;
  readonly #sockets = new Set<Socket>();
  readonly #bridges = new Set<TurnBridge>();
  readonly #tcp = createTcpServer({ noDelay: true });
  readonly #tls: TlsServer | undefined;
  #emptied = Promise.withResolvers<void>();
  readonly #unsubscribe: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: EdgeOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#refusals = new Refusals(options.name ?? "edge", options.log);
    this.#perSource = new PerSource(this.#limits.connectionsPerSource);
    this.#turnPerSource = new PerSource(this.#limits.turnClientsPerSource);
    this.#tls = options.tls && this.#openTls(options.tls);
    this.#tcp.on("connection", (socket) => this.#accept(socket));
    this.#tcp.on("error", (error) =>
      options.log.warn({ code: (error as NodeJS.ErrnoException).code }, "edge: listener"),
    );
    this.#unsubscribe = options.peers?.onEnded((session) => this.#endSession(session));
    startRequestTimeouts(options.web);
  }

  get address(): { host: string; port: number } {
    const { address, port } = this.#tcp.address() as AddressInfo;
    return { host: address, port };
  }

  stats(): Counters {
    return { ...this.#counters };
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#tcp.once("error", reject);
      this.#tcp.listen(this.#options.listen, () => {
        this.#tcp.off("error", reject);
        resolve();
      });
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#tcp.close(() => resolve()));
    this.#unsubscribe?.();
    this.#refusals.close();
    for (const bridge of this.#bridges) bridge.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    if (this.#counters.turnClients > 0) await this.#emptied.promise;
  }

  #openTls(tls: { key: string | Buffer; cert: string | Buffer }): TlsServer {
    const server = createTlsServer({
      ...tls,
      minVersion: "TLSv1.3",
      // the name of RFC 7443 is for clients that ask for TURN by it
      ALPNProtocols: ["http/1.1", "stun.turn"],
      handshakeTimeout: this.#limits.handshakeMs,
    });
    server.on("secureConnection", (socket) => this.#sniff(socket));
    server.on("tlsClientError", (error, socket) => {
      this.#counters.handshakeFailed += 1;
      this.#options.log.debug({ code: (error as NodeJS.ErrnoException).code }, "edge: TLS handshake failed");
      socket.destroy();
    });
    return server;
  }

  #accept(socket: Socket): void {
    socket.on("error", () => {}); // a reset is no event; "close" follows
    const source = sourceOf(socket.remoteAddress ?? "");
    if (!this.#admit(source)) {
      socket.destroy();
      return;
    }
    this.#counters.accepted += 1;
    this.#counters.connections += 1;
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#counters.connections -= 1;
      this.#perSource.give(source);
    });
    if (this.#tls) this.#tls.emit("connection", socket);
    else this.#sniff(socket);
  }

  #admit(source: string): boolean {
    if (this.#closing !== undefined) return false;
    if (this.#counters.connections >= this.#limits.connections) {
      this.#counters.refusedTotal += 1;
      this.#refusals.note("connections", source);
      return false;
    }
    if (this.#perSource.take(source)) return true;
    this.#counters.refusedSource += 1;
    this.#refusals.note("connections of one source", source);
    return false;
  }

  /** Waits for the first bytes and gives the connection to whom they are for. */
  #sniff(socket: Socket): void {
    socket.on("error", () => {});
    const halfOpen = setTimeout(() => {
      this.#counters.halfOpen += 1;
      socket.destroy();
    }, this.#limits.firstByteMs);
    socket.once("close", () => clearTimeout(halfOpen));
    socket.once("data", (first: Buffer) => {
      clearTimeout(halfOpen);
      socket.pause();
      const byte = first[0] ?? 0xff;
      if (byte === STUN_REQUEST_BYTE) this.#turn(socket, first);
      else if (isCapital(byte)) this.#web(socket, first);
      else {
        this.#counters.neither += 1;
        socket.destroy();
      }
    });
  }

  #web(socket: Socket, first: Buffer): void {
    this.#counters.web += 1;
    socket.unshift(first);
    socket.resume(); // takes effect after this turn
    this.#options.web.emit("connection", socket);
  }

  #turn(socket: Socket, first: Buffer): void {
    const source = sourceOf(socket.remoteAddress ?? "");
    if (this.#counters.turnClients >= this.#limits.turnClients || !this.#turnPerSource.take(source)) {
      this.#counters.refusedTurn += 1;
      this.#refusals.note("TURN clients", source);
      socket.destroy();
      return;
    }
    this.#counters.turn += 1;
    this.#counters.turnClients += 1;
    const { turn: relay, isIssued, peers, log } = this.#options;
    const { remoteAddress, remotePort } = socket;
    const bridge = new TurnBridge({
      socket,
      first,
      relay,
      isIssued,
      ...(peers && { mayReach: (username, host, port) => peers.mayReach(username, host, port) }),
      limits: this.#limits,
      counters: this.#counters,
      onClosed: (reason) => {
        this.#bridges.delete(bridge);
        this.#turnPerSource.give(source);
        this.#counters.turnClients -= 1;
        log.debug({ remoteAddress, remotePort, reason }, "edge: TURN client gone");
        if (this.#counters.turnClients === 0) this.#turnEmptied();
      },
    });
    this.#bridges.add(bridge);
    log.debug({ remoteAddress, remotePort }, "edge: TURN client");
  }

  /** Its credentials would keep the allocations alive for ever: they go with the session. */
  #endSession(session: string): void {
    for (const bridge of this.#bridges)
      if (bridge.username !== undefined && sessionOfName(bridge.username) === session) bridge.close("session ended");
  }

  #turnEmptied(): void {
    this.#emptied.resolve();
    if (this.#closing === undefined) this.#emptied = Promise.withResolvers();
  }
}
