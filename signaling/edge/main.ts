/**
 * The edge of one side as a process of its own, on signaling's host or in front of it. It holds the certificate and the key
 * that recognises its side's user names, no database and no secret of the relay; which sessions there are it hears from
 * signaling. One JSON line per event on standard output.
 */

import { type LastResortOptions, lastResort } from "../last-resort.ts";
import { insideLimits, outsideLimits } from "./capacity.ts";
import { readEdgeConfig } from "./config.ts";
import { Door } from "./dial.ts";
import { type EdgeLog, openEdge } from "./edge.ts";
import { isIssuedName } from "./ice-servers.ts";
import { RemotePeers } from "./remote-peers.ts";
import { WebProxy } from "./web-proxy.ts";

const LEVELS = ["debug", "info", "warn", "fatal"] as const;
/** Figures for those who watch the line. */
const STATS_EVERY_MS = 60_000;
const LIMITS = { outside: outsideLimits, inside: insideLimits } as const;

/** pino's line format, without pino: the host that faces the internet runs as little as it can. */
function lines(lowest: (typeof LEVELS)[number]): EdgeLog & LastResortOptions["log"] {
  const write = (level: (typeof LEVELS)[number]) => (fields: object, msg: string) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(lowest)) return;
    process.stdout.write(`${JSON.stringify({ level, time: Date.now(), ...fields, msg }, errorsToo)}\n`);
  };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), fatal: write("fatal") };
}

const errorsToo = (_key: string, value: unknown): unknown =>
  value instanceof Error ? { type: value.name, message: value.message, stack: value.stack } : value;

async function main(): Promise<void> {
  const read = readEdgeConfig(process.env);
  if (!read.ok) {
    for (const problem of read.problems) console.error(problem);
    process.exitCode = 1;
    return;
  }
  const settings = read.config;
  const log = lines(settings.ENGAWA_LOG_LEVEL);
  const to = settings.ENGAWA_EDGE_WEB;
  const { ENGAWA_EDGE_WEB_CA: ca, ENGAWA_EDGE_WEB_NAME: name } = settings;
  const door = new Door({
    to,
    ...(ca !== undefined && { tls: { ca, ...(name !== undefined && { servername: name }) } }),
  });
  const [tagKey = new Uint8Array()] = settings.ENGAWA_EDGE_TAG_KEY_FILE;
  const web = new WebProxy({ door, log });
  const peers = new RemotePeers({
    door,
    key: tagKey,
    figures: () => ({ ...edge.stats() }),
    onProven: (connection) => web.prove(connection),
    log,
  });
  const { ENGAWA_EDGE_TLS_KEY: key, ENGAWA_EDGE_TLS_CERT: cert, ENGAWA_EDGE_SIDE: side } = settings;
  const { ENGAWA_CAPACITY_AGENTS: agents, ENGAWA_CAPACITY_SESSIONS: sessions } = settings;
  const edge = await openEdge({
    name: side,
    listen: settings.ENGAWA_EDGE_LISTEN,
    balancers: settings.ENGAWA_EDGE_BALANCERS,
    ...(key !== undefined && cert !== undefined && { tls: { key, cert } }),
    web,
    peers,
    turn: settings.ENGAWA_EDGE_TURN_UDP,
    isIssued: (username) => isIssuedName(username, settings.ENGAWA_EDGE_TAG_KEY_FILE, Date.now()),
    limits: LIMITS[side]({ agents, sessions }),
    log,
  });
  peers.start();
  const stats = setInterval(() => log.info(edge.stats(), "edge: figures"), STATS_EVERY_MS);
  log.info({ side, ...edge.address }, "edge: listening");
  lastResort({ log, close: () => edge.close() });
  const stop = () => {
    clearInterval(stats);
    peers.close();
    void edge.close();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

await main();
