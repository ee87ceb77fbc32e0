/** An HTTP proxy that understands nothing but CONNECT (RFC 9110 §9.3.6), with names that only it can resolve. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface ConnectProxyOptions {
  /** `host:port` as it is asked for → port on 127.0.0.1. Anything else: 403. */
  readonly ports: Readonly<Record<string, number>>;
  readonly credentials?: { readonly user: string; readonly password: string };
}

export class ConnectProxy {
  /** Every request line that came, e.g. `CONNECT server.invalid:443`, refused ones included. */
  readonly requests: string[] = [];
  /** What came as user and password with each of them, in the clear; undefined: nothing. */
  readonly credentials: (string | undefined)[] = [];
  /** Tunnels that were made. */
  made = 0;
  readonly #options: ConnectProxyOptions;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  private constructor(options: ConnectProxyOptions) {
    this.#options = options;
  }

  static async start(options: ConnectProxyOptions): Promise<ConnectProxy> {
    const proxy = new ConnectProxy(options);
    await proxy.listen();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** As in the agent's settings. */
  url(credentials = this.#options.credentials): string {
    const user = credentials
      ? `${encodeURIComponent(credentials.user)}:${encodeURIComponent(credentials.password)}@`
      : "";
    return `http://${user}127.0.0.1:${this.#port}`;
  }

  /** Again on the port it had. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => {
      this.requests.push(`${request.method} ${request.url}`);
      response.writeHead(405).end();
    });
    server.on("connection", (socket) => this.#keep(socket));
    server.on("connect", (request, socket: Socket) => this.#tunnel(request.url ?? "", request.headers, socket));
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Dies: whoever is connected is cut off, and nobody gets in. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.close();
    for (const socket of this.#sockets) socket.destroy();
    if (server) await once(server, "close");
  }

  #tunnel(target: string, headers: NodeJS.Dict<string | string[]>, client: Socket): void {
    this.requests.push(`CONNECT ${target}`);
    const { credentials, ports } = this.#options;
    const [, shown] = /^Basic (.*)$/.exec(String(headers["proxy-authorization"] ?? "")) ?? [];
    this.credentials.push(shown && Buffer.from(shown, "base64").toString("utf8"));
    const expected = credentials && Buffer.from(`${credentials.user}:${credentials.password}`).toString("base64");
    if (expected && headers["proxy-authorization"] !== `Basic ${expected}`) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\n\r\n');
      return;
    }
    const port = ports[target];
    if (port === undefined) return void client.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    const server = connect(port, "127.0.0.1");
    this.#keep(server);
    server.once("connect", () => {
      this.made += 1;
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.pipe(server).pipe(client);
    });
    server.once("error", () => client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
    client.once("close", () => server.destroy());
    server.once("close", () => client.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#sockets.delete(socket));
  }
}
