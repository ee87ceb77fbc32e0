/** A real coturn for tests: loopback only, an address of its own to relay on, everything else refused. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { makeUser } from "../../turn-config/probe.ts";
import { type CoturnOptions, startCoturn } from "./coturn.ts";

const CREDENTIALS_TTL_S = 600;
/** Of the addresses it relays from. */
export const RELAY_PORTS = { first: 40_000, last: 60_999 } as const;

export interface TestRelay {
  readonly port: number;
  readonly udpUrl: string;
  readonly tcpUrl: string;
  /** Shared with whoever makes its credentials. */
  readonly secret: string;
  credentials(name: string): { username: string; credential: string };
  /** User names of the allocations there are now: what coturn's log says. */
  allocations(): string[];
  /** Resolves when no allocation has this in its user name. */
  released(name: string): Promise<void>;
  /** Dies without a word and is there again; its allocations are gone. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startRelay(): Promise<TestRelay> {
  const log = new AllocationLog();
  const coturn = await startCoturn({
    listenPort: await freePort(),
    conf: configuration,
    onLog: (text) => log.read(text),
  });
  const { port, secret } = coturn;
  return {
    port,
    udpUrl: `turn:127.0.0.1:${port}?transport=udp`,
    tcpUrl: `turn:127.0.0.1:${port}?transport=tcp`,
    secret,
    credentials: (name) => {
      const { username, password } = makeUser(secret, name, CREDENTIALS_TTL_S);
      return { username, credential: password };
    },
    allocations: () => log.names,
    released: (name) => log.becomes((names) => !names.some((other) => other.includes(name))),
    restart: async () => {
      await coturn.kill();
      log.forget();
      await coturn.restart();
    },
    close: () => coturn.stop(),
  };
}

/** TLS 1.3 in front of the relay's TCP port, as the edge is. */
export async function startTlsFront(relay: TestRelay, tls: { key: string; cert: string }) {
  const server = createTlsServer({ ...tls, minVersion: "TLSv1.3" }, (socket) => {
    const inside = connect(relay.port, "127.0.0.1");
    socket.on("error", () => inside.destroy());
    inside.on("error", () => socket.destroy());
    socket.pipe(inside).pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `turns:127.0.0.1:${port}?transport=tcp`, close: async () => void server.close() };
}

class AllocationLog {
  readonly #open = new Map<string, string>();
  #waiting: Array<() => void> = [];
  #rest = "";

  /** What a relay that died had open. */
  forget(): void {
    this.#open.clear();
    this.#rest = "";
  }

  read(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#read(line);
    for (const check of this.#waiting) check();
  }

  get names(): string[] {
    return [...this.#open.values()];
  }

  becomes(condition: (names: string[]) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!condition(this.names)) return;
        this.#waiting = this.#waiting.filter((other) => other !== check);
        resolve();
      };
      this.#waiting.push(check);
      check();
    });
  }

  #read(line: string): void {
    const session = /session (\d+):/.exec(line)?.[1];
    if (!session) return;
    const user = /user <([^>]*)>/.exec(line)?.[1];
    if (/ALLOCATE processed, success/.test(line)) this.#open.set(session, user ?? "");
    if (/refreshed,.* lifetime=0/.test(line)) this.#open.delete(session);
    if (/ closed | delete: /.test(line)) this.#open.delete(session);
  }
}

/** Not the generated one: it takes TCP as well, and says what it allocates and frees. */
const configuration: NonNullable<CoturnOptions["conf"]> = ({ port, relayIp, secret, realm, folder }) =>
  [
    "listening-ip=127.0.0.1",
    `listening-port=${port}`,
    "no-tls",
    "no-dtls",
    `relay-ip=${relayIp}`,
    `allowed-peer-ip=${relayIp}`,
    "denied-peer-ip=0.0.0.0-255.255.255.255",
    "allow-loopback-peers",
    `min-port=${RELAY_PORTS.first}`,
    `max-port=${RELAY_PORTS.last}`,
    "fingerprint",
    "use-auth-secret",
    `static-auth-secret=${secret}`,
    `realm=${realm}`,
    "no-cli",
    "no-multicast-peers",
    "no-tcp-relay",
    "verbose",
    `pidfile=${join(folder, "pid")}`,
    `userdb=${join(folder, "turndb")}`,
    "log-file=stdout",
  ].join("\n");

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
