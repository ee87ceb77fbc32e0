/** A real coturn for tests: loopback only, an address of its own to relay on, everything else refused. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";

const RELAY_ADDRESS = "127.77.0.1";
const SECRET = "relay secret of the tests";

export interface TestRelay {
  readonly port: number;
  readonly udpUrl: string;
  readonly tcpUrl: string;
  credentials(name: string): { username: string; credential: string };
  /** User names of the allocations there are now: what coturn's log says. */
  allocations(): string[];
  /** Resolves when no allocation has this in its user name. */
  released(name: string): Promise<void>;
  close(): Promise<void>;
}

export async function startRelay(): Promise<TestRelay> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "relay-"));
  const config = join(folder, "turnserver.conf");
  await writeFile(config, configuration(port, folder));
  const child = spawn("turnserver", ["-c", config, "--log-file", "stdout"], { stdio: ["ignore", "pipe", "ignore"] });
  const log = new AllocationLog(child);
  await answering(port);
  return {
    port,
    udpUrl: `turn:127.0.0.1:${port}?transport=udp`,
    tcpUrl: `turn:127.0.0.1:${port}?transport=tcp`,
    credentials: (name) => {
      const username = `${Math.floor(Date.now() / 1000) + 600}:${name}`;
      return { username, credential: createHmac("sha1", SECRET).update(username).digest("base64") };
    },
    allocations: () => log.names,
    released: (name) => log.becomes((names) => !names.some((other) => other.includes(name))),
    close: async () => {
      if (child.exitCode === null) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      await rm(folder, { recursive: true, force: true });
    },
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

  constructor(child: ChildProcess) {
    let rest = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#read(line);
      for (const check of this.#waiting) check();
    });
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

const configuration = (port: number, folder: string): string =>
  [
    "listening-ip=127.0.0.1",
    `listening-port=${port}`,
    "no-tls",
    "no-dtls",
    `relay-ip=${RELAY_ADDRESS}`,
    `allowed-peer-ip=${RELAY_ADDRESS}`,
    "denied-peer-ip=0.0.0.0-255.255.255.255",
    "allow-loopback-peers",
    "min-port=40000",
    "max-port=60999",
    "fingerprint",
    "use-auth-secret",
    `static-auth-secret=${SECRET}`,
    "realm=test",
    "no-cli",
    "no-multicast-peers",
    "no-tcp-relay",
    "verbose",
    `pidfile=${join(folder, "pid")}`,
    `userdb=${join(folder, "turndb")}`,
  ].join("\n");

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Asks with STUN Binding requests (RFC 8489 §5) until one is answered. */
async function answering(port: number): Promise<void> {
  const socket = createSocket("udp4");
  const request = Buffer.alloc(20);
  request.writeUInt16BE(1, 0);
  request.writeUInt32BE(0x2112a442, 4);
  request.write(randomUUID().slice(0, 12), 8);
  const answered = once(socket, "message");
  const ask = setInterval(() => socket.send(request, port, "127.0.0.1"), 50);
  await answered;
  clearInterval(ask);
  socket.close();
}
