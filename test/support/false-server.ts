/** A signaling server that does as a test tells it: proves nothing, checks nothing, may lie. */
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { AgentMessage, AgentMessageOf, ToAgent } from "../../signaling/protocol/signal.ts";
import type { TestCa } from "./test-ca.ts";

export class FalseServer {
  readonly received: AgentMessage[] = [];
  /** The server's clock, epoch ms. */
  now = Date.now;
  readonly #https;
  readonly #sockets;
  #agent: WebSocket | undefined;
  #waiting: Array<() => void> = [];

  private constructor(tls: TestCa) {
    this.#https = createServer({ key: tls.key, cert: tls.chain, minVersion: "TLSv1.3" });
    this.#sockets = new WebSocketServer({ server: this.#https, path: "/agent" });
    this.#sockets.on("connection", (socket) => this.#connected(socket));
    this.#sockets.on("headers", (headers) => void headers.push(`Date: ${new Date(this.now()).toUTCString()}`));
  }

  static async start(tls: TestCa, port = 0): Promise<FalseServer> {
    const server = new FalseServer(tls);
    server.#https.listen(port, "127.0.0.1");
    await once(server.#https, "listening");
    return server;
  }

  get port(): number {
    return (this.#https.address() as AddressInfo).port;
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  say(message: ToAgent): void {
    this.#agent?.send(JSON.stringify(message));
  }

  /** The first message of this type from position `from` on. */
  async got<T extends AgentMessage["type"]>(
    type: T,
    where: (message: AgentMessageOf<T>) => boolean = () => true,
    from = 0,
  ): Promise<AgentMessageOf<T>> {
    for (;;) {
      const found = this.received
        .slice(from)
        .find((message) => message.type === type && where(message as AgentMessageOf<T>));
      if (found) return found as AgentMessageOf<T>;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    this.#https.close();
    await once(this.#https, "close");
  }

  #connected(socket: WebSocket): void {
    this.#agent = socket;
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as AgentMessage;
      this.received.push(message);
      if (message.type === "authenticate") {
        this.say({ type: "welcome", terminal: message.terminal, name: "PC", organisation: "City" });
      }
      for (const wake of this.#waiting.splice(0)) wake();
    });
    socket.send(JSON.stringify({ type: "challenge", challenge: "A".repeat(22) }));
  }
}
