/**
 * Writes the relay's configuration: a turnserver.conf that fits one screen, each line with its reason.
 *
 *   node turn-config/generate.ts --secret-file turn.secret --realm town.example.lg.jp \
 *     --listen 127.0.0.1 --listen 10.0.0.5 --relay-ip 10.99.0.1 --out turnserver.conf
 *
 * The secret goes from file to file (0600) and is never shown. A secret file that does not exist is made.
 */
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { isIP, isIPv4 } from "node:net";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { DEFAULT_SESSIONS } from "../signaling/protocol/limits.ts";

/** Agent and viewer have one allocation each. */
const ALLOCATIONS_PER_SESSION = 2;
/**
 * A peer that vanished leaves its allocation behind for its lifetime of ten minutes (RFC 8656 §3.2). Room for 200
 * rebuilt connections in such ten minutes, both ends.
 */
const LEFT_BEHIND = 2 * 200;
/** Each attempt has a user name of its own: one allocation, up to three more where several URLs or interfaces are tried. */
const PER_USER_NAME = 4;
/**
 * BYTES per second of one allocation, each way. A full-screen keyframe (160 kB), its repair and what else moves, within
 * a second; ten times that is a misuse. The mean is the agent's own budget, a hundredth of this.
 */
const BYTES_PER_SECOND = 1_500_000;
export const DEFAULT_PORTS = { min: 50_000, max: 59_999 };

export type TurnserverOptions = {
  /** Where clients reach the relay: the edge's side (127.0.0.1 on the same host) and the agents' side. */
  listenIps: readonly string[];
  listenPort?: number;
  /** IPv4, on this host, used by nothing else. */
  relayIp: string;
  /** Relay addresses of other relays whose clients must reach ours. */
  otherRelayIps?: readonly string[];
  minPort?: number;
  maxPort?: number;
  /** In use, and those of before a rotation. */
  secret: string;
  previousSecrets?: readonly string[];
  realm: string;
  /** Sessions at the same time. */
  sessions?: number;
  userQuota?: number;
  totalQuota?: number;
  maxBytesPerSecond?: number;
  /** A relay address in 127/8, which needs no root: for trying out on one machine. */
  loopbackDemo?: boolean;
  /** coturn needs a database even where it is to find nothing in it: see user-db.ts. Default: the one of Debian's package. */
  userDb?: string;
  pidFile?: string;
};

const ENDS_A_LINE = /[\r\n]/;
const isLoopback = (ip: string) => ip.startsWith("127.");

/** Every problem at once, in words. */
export function problems(options: TurnserverOptions): string[] {
  const { minPort = DEFAULT_PORTS.min, maxPort = DEFAULT_PORTS.max, relayIp, loopbackDemo = false } = options;
  const secrets = [options.secret, ...(options.previousSecrets ?? [])];
  const found: [boolean, string][] = [
    [options.listenIps.length === 0, "no address to listen on"],
    [!options.listenIps.every((ip) => isIP(ip) !== 0), "addresses to listen on must be IPv4 or IPv6 addresses"],
    [!isIPv4(relayIp), `relay address ${relayIp}: must be IPv4 (an IPv6 relay opens ways around the peer list)`],
    [relayIp === "0.0.0.0", "relay address 0.0.0.0: must be one address of its own"],
    [options.listenIps.includes(relayIp), `relay address ${relayIp}: must not be an address that clients connect to`],
    [isLoopback(relayIp) !== loopbackDemo, `relay address ${relayIp}: 127/8 is for the loopback demo, and only for it`],
    [!(options.otherRelayIps ?? []).every(isIPv4), "other relay addresses must be IPv4"],
    [
      maxPort < minPort || minPort < 1024 || maxPort > 65_535,
      `relay ports ${minPort}–${maxPort}: not a range above 1023`,
    ],
    [
      maxPort - minPort + 1 < quotas(options).total,
      `relay ports ${minPort}–${maxPort}: fewer than the ${quotas(options).total} allocations allowed`,
    ],
    [secrets.some((secret) => secret.length < 32), "secret: shorter than 32 characters"],
    [
      secrets.some((secret) => !/^[A-Za-z0-9_-]*$/.test(secret)),
      "secret: letters, digits, - and _ only (coturn reads others as syntax)",
    ],
    [options.realm === "" || ENDS_A_LINE.test(options.realm), "realm: must be one non-empty line"],
    [
      [...options.listenIps, options.pidFile ?? "", options.userDb ?? ""].some((value) => ENDS_A_LINE.test(value)),
      "a value has a line break",
    ],
  ];
  return found.filter(([wrong]) => wrong).map(([, words]) => words);
}

function quotas(options: TurnserverOptions): { user: number; total: number; bytesPerSecond: number } {
  const sessions = options.sessions ?? DEFAULT_SESSIONS;
  return {
    user: options.userQuota ?? PER_USER_NAME,
    total: options.totalQuota ?? ALLOCATIONS_PER_SESSION * sessions + LEFT_BEHIND,
    bytesPerSecond: options.maxBytesPerSecond ?? BYTES_PER_SECOND,
  };
}

export function turnserverConf(options: TurnserverOptions): string {
  const wrong = problems(options);
  if (wrong.length > 0) throw new Error(`turnserver.conf: ${wrong.join("; ")}`);
  const { relayIp, minPort = DEFAULT_PORTS.min, maxPort = DEFAULT_PORTS.max } = options;
  const quota = quotas(options);
  const peers = [relayIp, ...(options.otherRelayIps ?? [])];
  const secrets = [options.secret, ...(options.previousSecrets ?? [])];
  return `${[
    "# Where the edge and the agents connect: UDP only, the edge speaks TLS 1.3 for the relay",
    ...options.listenIps.map((ip) => `listening-ip=${ip}`),
    `listening-port=${options.listenPort ?? 3478}`,
    "no-tcp",
    "no-tls",
    "no-dtls",
    "# Allocations live on an IPv4 address that nothing else uses; they may reach that address and nothing else",
    `relay-ip=${relayIp}`,
    ...peers.map((ip) => `allowed-peer-ip=${ip}`),
    "denied-peer-ip=0.0.0.0-255.255.255.255",
    "denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ...(options.loopbackDemo ? ["# Only because this relay's own address is in 127/8", "allow-loopback-peers"] : []),
    "no-multicast-peers",
    "no-tcp-relay",
    `min-port=${minPort}`,
    `max-port=${maxPort}`,
    "# Short-lived passwords from signaling. A second secret is the one of before a rotation",
    "use-auth-secret",
    ...secrets.map((secret) => `static-auth-secret=${secret}`),
    `realm=${options.realm}`,
    "# No stale-nonce: werift cannot answer 438 and would lose a session after 18 minutes. A nonce is one client's anyway",
    "# per user name (one connection attempt); in all: two a session, and 400 left behind; BYTES per second each way",
    `user-quota=${quota.user}`,
    `total-quota=${quota.total}`,
    `max-bps=${quota.bytesPerSecond}`,
    "# Nothing that answers strangers, says the version, or takes orders",
    "no-stun",
    "no-rfc5780",
    "no-software-attribute",
    "no-cli",
    "no-dynamic-ip-list",
    "no-dynamic-realms",
    "fingerprint",
    "# coturn knows no secret without a database; nobody is in it",
    `userdb=${options.userDb ?? "/var/lib/turn/turndb"}`,
    ...(options.pidFile === undefined ? [] : [`pidfile=${options.pidFile}`]),
    "log-file=stdout",
  ].join("\n")}\n`;
}

/** One secret a line, the one in use first. */
export function readSecrets(file: string): string[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** 32 random bytes. */
export const newSecret = () => randomBytes(32).toString("base64url");

/** Replaces a file in one step; nobody else can read it, not even for a moment. */
export function writePrivate(file: string, text: string): void {
  const next = `${file}.${process.pid}.new`;
  writeFileSync(next, text, { mode: 0o600, flag: "wx" });
  chmodSync(next, 0o600);
  renameSync(next, file);
}

/** The secret file's lines, after making it or (`rotate`) putting a new secret before the one in use. */
export function prepareSecrets(file: string, rotate: boolean): string[] {
  const known = existsSync(file) ? readSecrets(file) : [];
  if (known.length > 0 && !rotate) return known;
  const secrets = [newSecret(), ...known.slice(0, 1)];
  writePrivate(file, `${secrets.join("\n")}\n`);
  return secrets;
}

const USAGE = `usage: generate.ts --listen IP [--listen IP] --relay-ip IP --realm REALM --secret-file FILE --out FILE
  [--port 3478] [--min-port 50000] [--max-port 59999] [--sessions ${DEFAULT_SESSIONS}] [--other-relay-ip IP] [--rotate] [--loopback-demo]`;

/** A host as it stands in URLs: coturn wants an IPv6 address without brackets. */
const withoutBrackets = (ip: string): string => ip.replace(/^\[(.*)\]$/, "$1");

function main(args: string[]): void {
  const { values } = parseArgs({
    args,
    options: {
      listen: { type: "string", multiple: true, default: [] },
      "relay-ip": { type: "string" },
      "other-relay-ip": { type: "string", multiple: true, default: [] },
      realm: { type: "string" },
      "secret-file": { type: "string" },
      out: { type: "string" },
      port: { type: "string", default: "3478" },
      "min-port": { type: "string", default: String(DEFAULT_PORTS.min) },
      "max-port": { type: "string", default: String(DEFAULT_PORTS.max) },
      sessions: { type: "string", default: String(DEFAULT_SESSIONS) },
      rotate: { type: "boolean", default: false },
      "loopback-demo": { type: "boolean", default: false },
    },
  });
  const { "relay-ip": relayIp, realm, "secret-file": secretFile, out } = values;
  if (!relayIp || !realm || !secretFile || !out) throw new Error(USAGE);
  const [secret = "", ...previousSecrets] = prepareSecrets(secretFile, values.rotate);
  const conf = turnserverConf({
    listenIps: values.listen.map(withoutBrackets),
    listenPort: Number(values.port),
    relayIp,
    otherRelayIps: values["other-relay-ip"],
    minPort: Number(values["min-port"]),
    maxPort: Number(values["max-port"]),
    secret,
    previousSecrets,
    realm,
    sessions: Number(values.sessions),
    loopbackDemo: values["loopback-demo"],
  });
  writePrivate(out, conf);
  console.log(`${out}: written (0600, holds the secret of ${secretFile}). Next: restart the relay, then turn:check.`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
