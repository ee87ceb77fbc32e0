/**
 * One port for everything a browser (or an agent) needs: page, WebSocket and TURN.
 *
 *               ┌─ first byte 0x00: a STUN request ─▶ TurnBridge ─▶ relay (UDP)
 *   TCP ─▶ TLS ─┤
 *               └─ first byte a capital letter: HTTP ─▶ the web server, in this process
 *
 * TLS 1.3 only. The web server sees the client's own address, because it gets the client's own socket; behind a load balancer
 * that one says it first, by a PROXY header.
 */
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import { sourceOf } from "../source.ts";
import { type Counters, DEFAULT_LIMITS, type EdgeLimits, newCounters } from "./limits.ts";
import { PacedHandshakes } from "./paced-handshakes.ts";
import { Pools, type Share } from "./pools.ts";
import { onProven } from "./proof.ts";
import { nameClient, readHeader } from "./proxy-header.ts";
import { isFrom } from "./proxy-protocol.ts";
import { Refusals } from "./refusals.ts";
import { type PeerRules, sessionOfName } from "./relay-peers.ts";
import { startRequestTimeouts } from "./request-timeouts.ts";
import { TurnBridge } from "./turn-bridge.ts";
import { TurnNames } from "./turn-names.ts";

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
  /** Which sessions there are, and whom a name may reach. Without it (tests): every name, and any peer the relay allows. */
  peers?: PeerRules;
  log: EdgeLog;
  limits?: Partial<EdgeLimits>;
  /** Addresses of load balancers: connections from there, and from nowhere else, begin with a PROXY header, which is believed. */
  balancers?: readonly string[] | undefined;
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

/**
 * Connections that the kernel completes before we come to them (it takes at most net.core.somaxconn, 4,096 by default). One
 * that finds no place is tried again by the client's kernel after 1, 3, 7 s.
 */
const BACKLOG = 4_096;

const EVICTED = { source: "evictedSource", prefix: "evictedPrefix", all: "evictedTotal" } as const;
const WORDS: Readonly<Record<Share, string>> = { source: "of one source", prefix: "of one IPv6 site", all: "in all" };

/** No two open connections have the same four. */
const endsOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;

/** Its client is that of the one beneath, where a load balancer named another than who connected. */
function named(socket: TLSSocket, { remoteAddress: address, remotePort: port }: Socket): TLSSocket {
  if (address !== undefined && port !== undefined && (address !== socket.remoteAddress || port !== socket.remotePort))
    nameClient(socket, { address, port });
  return socket;
}

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
  readonly #pools: Pools<Socket>;
  readonly #names: TurnNames;
  readonly #sockets = new Set<Socket>();
  /** A TLS socket shows the same ends as the one beneath it, and does not say which one that is. */
  readonly #beneath = new Map<string, Socket>();
  readonly #bridges = new Set<TurnBridge>();
  readonly #tcp = createTcpServer({ noDelay: true });
  readonly #tls: TlsServer | undefined;
  readonly #handshakes: PacedHandshakes;
  #emptied = Promise.withResolvers<void>();
  readonly #unsubscribe: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: EdgeOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#refusals = new Refusals(options.name ?? "edge", options.log);
    this.#pools = new Pools(this.#limits);
    this.#names = new TurnNames(this.#limits);
    this.#tls = options.tls && this.#openTls(options.tls);
    this.#handshakes = new PacedHandshakes({
      atOnce: this.#limits.handshakesAtOnce,
      slotMs: this.#limits.handshakeSlotMs,
      silenceMs: this.#limits.handshakeMs,
      begin: (socket) => this.#tls?.emit("connection", socket),
      onSilent: (socket) => {
        this.#counters.handshakeFailed += 1;
        socket.destroy();
      },
    });
    this.#tcp.on("connection", (socket) => this.#accept(socket));
    this.#tcp.on("error", (error) =>
      options.log.warn({ problem: (error as NodeJS.ErrnoException).code }, "edge: listener"),
    );
    this.#unsubscribe = options.peers?.onEnded((session) => this.#endSession(session));
    startRequestTimeouts(options.web);
  }

  get address(): { host: string; port: number } {
    const { address, port } = this.#tcp.address() as AddressInfo;
    return { host: address, port };
  }

  stats(): Counters {
    return { ...this.#counters, proven: this.#pools.proven, handshakesWaiting: this.#handshakes.waiting };
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#tcp.once("error", reject);
      this.#tcp.listen({ ...this.#options.listen, backlog: BACKLOG }, () => {
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
    server.on("secureConnection", (socket) => {
      const beneath = this.#beneath.get(endsOf(socket));
      if (beneath) this.#sniff(named(socket, beneath), beneath);
      else socket.destroy(); // closed in this very moment
    });
    server.on("tlsClientError", (error, socket) => {
      this.#counters.handshakeFailed += 1;
      this.#options.log.debug({ problem: (error as NodeJS.ErrnoException).code }, "edge: TLS handshake failed");
      socket.destroy();
    });
    return server;
  }

  #accept(socket: Socket): void {
    socket.on("error", () => {}); // a reset is no event; "close" follows
    // undefined: it has gone before we came to it
    if (this.#closing !== undefined || socket.remoteAddress === undefined) {
      socket.destroy();
      return;
    }
    this.#counters.accepted += 1;
    this.#counters.connections += 1;
    this.#sockets.add(socket);
    const ends = endsOf(socket);
    this.#beneath.set(ends, socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#counters.connections -= 1;
      if (this.#beneath.get(ends) === socket) this.#beneath.delete(ends);
      this.#pools.leave(socket);
    });
    const { remoteAddress: from } = socket;
    if (this.#options.balancers?.some((balancer) => isFrom(balancer, from))) this.#behindBalancer(socket);
    else this.#admit(socket, from);
  }

  #behindBalancer(socket: Socket): void {
    readHeader(socket, (client) => {
      if (client === "malformed") {
        this.#counters.neither += 1;
        this.#refusals.note("connections of the load balancer without a PROXY header", socket.remoteAddress ?? "");
        socket.destroy();
        return;
      }
      if (client) nameClient(socket, client);
      if (!socket.destroyed) this.#admit(socket, socket.remoteAddress ?? "");
    });
  }

  #admit(socket: Socket, address: string): void {
    this.#enter(socket, address);
    if (this.#tls) this.#handshakes.enter(socket);
    else this.#sniff(socket, socket);
  }

  #enter(socket: Socket, address: string): void {
    const eviction = this.#pools.enter(socket, address);
    if (!eviction) return;
    this.#counters[EVICTED[eviction.share]] += 1;
    this.#refusals.note(`unproven connections (${WORDS[eviction.share]})`, sourceOf(address));
    eviction.connection.destroy();
  }

  #prove(beneath: Socket, source: string): void {
    this.#handshakes.done(beneath);
    const full = this.#pools.prove(beneath);
    if (full === true) return;
    this.#counters[full === "all" ? "refusedTotal" : "refusedSource"] += 1;
    this.#refusals.note(`connections (${WORDS[full]})`, source);
  }

  /** Waits for the first bytes and gives the connection to whom they are for. `beneath`: what is counted. */
  #sniff(socket: Socket, beneath: Socket): void {
    const source = sourceOf(socket.remoteAddress ?? "");
    const prove = () => this.#prove(beneath, source);
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
      if (byte === STUN_REQUEST_BYTE) this.#turn(socket, first, prove);
      else if (isCapital(byte)) this.#web(socket, first, prove);
      else {
        this.#counters.neither += 1;
        socket.destroy();
      }
    });
  }

  #web(socket: Socket, first: Buffer, prove: () => void): void {
    this.#counters.web += 1;
    onProven(socket, prove);
    socket.unshift(first);
    socket.resume(); // takes effect after this turn
    this.#options.web.emit("connection", socket);
  }

  #turn(socket: Socket, first: Buffer, prove: () => void): void {
    const source = sourceOf(socket.remoteAddress ?? "");
    this.#counters.turn += 1;
    this.#counters.turnClients += 1;
    const { turn: relay, isIssued, peers, log } = this.#options;
    const { remoteAddress, remotePort } = socket;
    const bridge = new TurnBridge({
      socket,
      first,
      relay,
      isIssued,
      ...(peers && {
        isThere: (username) => peers.admits(username),
        mayReach: (username, host, port) => peers.mayReach(username, host, port),
      }),
      limits: this.#limits,
      counters: this.#counters,
      admit: (username) => {
        const refusal = this.#names.enter(bridge, username, source);
        if (refusal !== undefined) this.#refusals.note(refusal, source);
        else prove();
        for (const stale of refusal === undefined ? this.#names.stale(username) : []) stale.close("attempt replaced");
        return refusal;
      },
      onQuota: () => this.#refusals.note("allocations of the relay (486)", source),
      onClosed: (reason) => {
        this.#bridges.delete(bridge);
        this.#names.leave(bridge);
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
