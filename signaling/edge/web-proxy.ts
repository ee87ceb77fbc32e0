/** The web side of an edge of its own: each connection goes on to signaling, its true client named first. */
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { Door } from "./dial.ts";
import type { EdgeLog, WebTarget } from "./edge.ts";
import { markProven } from "./proof.ts";
import { type ConnectionId, newConnectionId, writeProxyHeader } from "./proxy-protocol.ts";

export type WebProxyOptions = { readonly door: Door; readonly log: EdgeLog };

export class WebProxy extends EventEmitter implements WebTarget {
  readonly #options: WebProxyOptions;
  readonly #clients = new Map<ConnectionId, Socket>();
  /** Said in the log since signaling was reached last: with it away, thousands come in vain. */
  #saidAway = false;

  constructor(options: WebProxyOptions) {
    super();
    this.#options = options;
    this.on("connection", (client: Socket) => this.#forward(client));
  }

  /** Signaling says whose connection it is: it keeps its place among those of strangers. */
  prove(connection: ConnectionId): void {
    const client = this.#clients.get(connection);
    if (client) markProven(client);
  }

  #forward(client: Socket): void {
    client.pause();
    const { log, door } = this.#options;
    const id = newConnectionId();
    const header = () => writeProxyHeader(endpoint(client, "remote"), endpoint(client, "local"), id);
    this.#clients.set(id, client);
    const server = door.dial(header, {
      failed: (error) => {
        if (!client.destroyed && !this.#saidAway) {
          this.#saidAway = true;
          log.warn({ problem: (error as NodeJS.ErrnoException).code }, "edge: signaling is not reachable");
        }
        client.destroy();
      },
      ready: (inner) => {
        this.#saidAway = false;
        client.pipe(inner).pipe(client);
        // what has arrived still goes out
        inner.once("close", () => client.destroySoon());
      },
    });
    client.once("close", () => {
      this.#clients.delete(id);
      server.destroy();
    });
  }
}

function endpoint(socket: Socket, side: "remote" | "local"): { address: string; port: number } {
  const [address, port] =
    side === "remote" ? [socket.remoteAddress, socket.remotePort] : [socket.localAddress, socket.localPort];
  return { address: address ?? "0.0.0.0", port: port ?? 0 };
}
