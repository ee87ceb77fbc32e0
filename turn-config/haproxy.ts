/**
 * Writes the configuration of the load balancer before several servers: one for each side, because the one that faces the
 * internet knows nothing of the inside.
 *
 *   clients ─▶ HAProxy ─TLS as it came, a PROXY header before it─▶ edge of each node
 *                 └────GET /readyz, each second──────────────────▶ monitoring listener of each node
 *
 *   node turn-config/haproxy.ts --listen 192.0.2.5:443 --node a=10.0.1.11:443 --node b=10.0.1.12:443 --out haproxy.cfg
 *   node turn-config/haproxy.ts --listen 10.0.0.5:443 --console 10.0.0.5:8445 --node … --node … --out haproxy.cfg
 *
 * There is no secret in it, and no certificate: TLS ends at the edges.
 */
import { writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

/** signaling/README.md has it in its examples. */
const MONITORING_PORT = 9_464;
const CONSOLE_PORT = 8_445;
/** 10,000 office PCs, or 2,000 people's pages with the relay, and strangers besides. Some 20 kB of memory each. */
const MAX_CONNECTIONS = 40_000;

export interface BalancerNode {
  readonly name: string;
  /** Its edge of this side. An IPv6 address is in brackets. */
  readonly host: string;
  readonly port: number;
  /** On the same host. */
  readonly monitoringPort?: number | undefined;
  readonly consolePort?: number | undefined;
}

export interface BalancerOptions {
  /** `host:port`; an IPv6 address is in brackets. */
  readonly listen: string;
  /** Where administrators connect, on the inside. */
  readonly console?: string | undefined;
  readonly nodes: readonly BalancerNode[];
  readonly maxConnections?: number;
  /** As an ordinary user in the foreground, its log on standard output: for trying out. `adminSocket`: where it takes orders. */
  readonly tryOut?: { readonly adminSocket?: string };
}

const ADDRESS = /^(\[[0-9a-fA-F:]+\]|[\w.-]+):(\d{1,5})$/;
const NAME = /^[A-Za-z0-9_-]{1,32}$/;
const isAddress = (text: string): boolean => ADDRESS.test(text) && Number(ADDRESS.exec(text)?.[2]) <= 65_535;

/** Every problem at once, in words. */
export function balancerProblems({ listen, console, nodes }: BalancerOptions): string[] {
  const names = nodes.map(({ name }) => name);
  const found: [boolean, string][] = [
    [!isAddress(listen), `${listen}: must be host:port`],
    [console !== undefined && !isAddress(console), `${console}: must be host:port`],
    [console === listen, "the console needs a listener of its own"],
    [nodes.length === 0, "no node: say --node NAME=HOST:PORT for each"],
    [!names.every((name) => NAME.test(name)), "names of nodes are letters, digits, - and _ (up to 32)"],
    [new Set(names).size !== names.length, "two nodes have the same name"],
    [
      !nodes.every(({ host }) => isIP(host.replace(/^\[(.*)\]$/, "$1")) !== 0),
      "nodes are said by their IP addresses: names would be looked up once, at the start",
    ],
  ];
  return found.filter(([wrong]) => wrong).map(([, words]) => words);
}

export function haproxyConf(options: BalancerOptions): string {
  const wrong = balancerProblems(options);
  if (wrong.length > 0) throw new Error(`haproxy.cfg: ${wrong.join("; ")}`);
  const { listen, console, nodes } = options;
  const toEdges = nodes.map((node) => server(node, node.port));
  const toConsoles = nodes.map((node) => server(node, node.consolePort ?? CONSOLE_PORT));
  return `${[
    ...general(options),
    "",
    ...entrance("edges", listen, toEdges),
    ...(console === undefined ? [] : ["", ...entrance("consoles", console, toConsoles, CONSOLE_BALANCE)]),
  ].join("\n")}\n`;
}

function general({ maxConnections = MAX_CONNECTIONS, tryOut }: BalancerOptions): string[] {
  const { adminSocket } = tryOut ?? {};
  return [
    "global",
    ...(tryOut
      ? [
          "  log stdout format raw local0 info",
          ...(adminSocket ? [`  stats socket ${adminSocket} mode 600 level admin`] : []),
        ]
      : [
          "  log /dev/log local0 info",
          "  user haproxy",
          "  group haproxy",
          "  chroot /var/lib/haproxy",
          "  # For orders by hand: echo 'set server edges/NAME state drain' | socat stdio /run/haproxy/admin.sock",
          "  stats socket /run/haproxy/admin.sock mode 660 level admin",
        ]),
    `  maxconn ${maxConnections}`,
    "  # Of a reload, which a new configuration needs: the old process serves its connections to their end, and not for ever",
    "  hard-stop-after 12h",
    "",
    "defaults",
    "  # TLS as it came: the edges end it, and tell pages from the relay within it",
    "  mode tcp",
    "  log global",
    "  option tcplog",
    "  option dontlognull",
    `  maxconn ${maxConnections}`,
    "  # By connections and not by turns: they last a day",
    "  balance leastconn",
    "  timeout connect 3s",
    "  # WebSockets say something each 20 s, and an allocation of the relay is refreshed within 10 min: longer than both",
    "  timeout client 15m",
    "  timeout server 15m",
    "  # A client that has gone without a word, long before that",
    "  option clitcpka",
    "  option srvtcpka",
    "  # One that does not answer has not been found out yet: the other one, at once",
    "  retries 2",
    "  option redispatch 1",
    "  # 503 while a server drains, or cannot keep what it is told: nobody new, and whoever is there stays",
    "  option httpchk GET /readyz",
    "  http-check expect status 200",
    "  timeout check 2s",
    "  # A server that comes back gets its share within half a minute, not everybody at once",
    "  default-server check inter 1s fall 2 rise 2 slowstart 30s send-proxy-v2",
  ];
}

const CONSOLE_BALANCE = [
  "  # An administrator stays at one: what is shown of a file before it is imported is kept by the server that read it",
  "  balance source",
];

/** Where none is ready whoever lives says why (a full disk, a database that is away): better than a port that is closed. */
const entrance = (
  name: string,
  listen: string,
  servers: readonly Server[],
  balance: readonly string[] = [],
): string[] => [
  `frontend ${name}-in`,
  `  bind ${listen}`,
  `  use_backend ${name}-unready if { nbsrv(${name}) eq 0 }`,
  `  default_backend ${name}`,
  "",
  `backend ${name}`,
  ...balance,
  ...servers.map(({ line, monitoring }) => `  ${line} check port ${monitoring}`),
  "",
  `backend ${name}-unready`,
  ...servers.map(({ line }) => `  ${line}`),
];

type Server = { readonly line: string; readonly monitoring: number };

const server = ({ name, host, monitoringPort = MONITORING_PORT }: BalancerNode, port: number): Server => ({
  line: `server ${name} ${host}:${port}`,
  monitoring: monitoringPort,
});

/** `NAME=HOST:PORT[,monitoring=PORT][,console=PORT]` */
export function nodeOf(text: string): BalancerNode {
  const [first = "", ...rest] = text.split(",");
  const [, name = "", at = ""] = /^([^=]*)=(.*)$/.exec(first) ?? [];
  const [, host = "", port = ""] = ADDRESS.exec(at) ?? [];
  const others = Object.fromEntries(rest.map((one) => one.split("=") as [string, string]));
  const known = Object.keys(others).every((key) => key === "monitoring" || key === "console");
  const ports = [port, ...Object.values(others)].map(Number);
  if (host === "" || !known || !ports.every((one) => one > 0 && one <= 65_535))
    throw new Error(
      `--node ${text}: must be NAME=HOST:PORT, with ,monitoring=PORT and ,console=PORT where they differ`,
    );
  const portOf = (key: string) => (others[key] === undefined ? undefined : Number(others[key]));
  return { name, host, port: Number(port), monitoringPort: portOf("monitoring"), consolePort: portOf("console") };
}

const USAGE = `usage: haproxy.ts --listen HOST:PORT --node NAME=HOST:PORT[,monitoring=${MONITORING_PORT}][,console=${CONSOLE_PORT}] --node … --out FILE
  [--console HOST:PORT] [--max-connections ${MAX_CONNECTIONS}]`;

function main(args: string[]): void {
  const { values } = parseArgs({
    args,
    options: {
      listen: { type: "string" },
      console: { type: "string" },
      node: { type: "string", multiple: true, default: [] },
      "max-connections": { type: "string", default: String(MAX_CONNECTIONS) },
      out: { type: "string" },
    },
  });
  const { listen, out } = values;
  if (!listen || !out) throw new Error(USAGE);
  const maxConnections = Number(values["max-connections"]);
  if (!(Number.isInteger(maxConnections) && maxConnections > 0)) throw new Error(USAGE);
  const nodes = values.node.map(nodeOf);
  writeFileSync(out, haproxyConf({ listen, console: values.console, nodes, maxConnections }), { mode: 0o644 });
  const setting = "ENGAWA_EDGE_BALANCERS";
  process.stdout.write(
    `${out}: written. Next: haproxy -c -f ${out}, then systemctl reload haproxy. On each node, ${setting} is the address this balancer connects from.\n`,
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
