/** The signaling server as a child process, and its administrators' command line on the same state. */
import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { COMPILE_CACHE, NODE, ROOT, SIGNALING_FLAGS } from "./build.ts";
import type { BehindPorts, EdgeName } from "./edges.ts";
import { handleOf, Part, type PartEvent, type PartHandle } from "./part.ts";
import type { Pki } from "./pki.ts";
import { hostPort } from "./ports.ts";

export interface SignalingOptions {
  /** Database and keys. */
  readonly folder: string;
  readonly logs: string;
  readonly pki: Pki;
  /** TLS, for viewers on other machines. */
  readonly outside: { readonly host: string; readonly port: number };
  /** TLS, for agents. */
  readonly inside: { readonly host: string; readonly port: number };
  /** TLS, for administrators. */
  readonly console?: { readonly host: string; readonly port: number };
  /** Plain HTTP on 127.0.0.1, for a viewer on this machine. */
  readonly localPort: number;
  /** These are served by edges of their own, which hand over there; else in signaling's process. */
  readonly behind?: BehindPorts;
  /** Addresses and names under which the outside listener is reached, beside localhost. */
  readonly names: readonly string[];
  readonly turn: { readonly host: string; readonly port: number };
  /** Where agents look for the relay over UDP; else where the edge does. */
  readonly agentTurn?: { readonly host: string; readonly port: number };
  readonly turnSecretFile: string;
  readonly realm: string;
  /** Of Node, instead of those for one organisation's server. */
  readonly flags?: readonly string[];
  /** More settings, and others than ours. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly onEvent?: (event: PartEvent) => void;
  /** Told of each line it logs. */
  readonly onLog?: (line: string) => void;
}

export interface Signaling extends PartHandle {
  /** `http://localhost:PORT` */
  readonly localUrl: string;
  /** `https://ADDRESS:PORT`, best first. */
  readonly outsideUrls: readonly string[];
  readonly insideUrl: string;
  /** When there is a console. */
  readonly consoleUrl: string | undefined;
  /** Its settings: what `npm run admin` needs too. */
  readonly environment: Readonly<Record<string, string>>;
  /** One command of `npm run admin`, with --json; returns what it printed, parsed. */
  admin(...args: readonly string[]): Promise<unknown>;
  /** One of its lists: the rows. */
  list(...args: readonly string[]): Promise<unknown[]>;
}

const ADMIN = "signaling/cli/main.ts";

export async function startSignaling(options: SignalingOptions): Promise<Signaling> {
  const { folder, logs, inside, outside, localPort, flags = SIGNALING_FLAGS, onEvent, onLog } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const env = environment(options);
  const part = await Part.start({
    name: "signaling",
    command: NODE,
    args: [...flags, join(ROOT, "signaling/main.ts")],
    env,
    cwd: ROOT,
    logs,
    keep: true,
    readyLine: (line) => {
      onLog?.(line);
      return line.startsWith("{") && line.includes('"msg":"ready"');
    },
    ...(onEvent === undefined ? {} : { onEvent }),
  });
  return {
    ...handleOf(part),
    localUrl: localOrigin(localPort),
    outsideUrls: options.names.map((host) => `https://${hostPort({ host, port: outside.port })}`),
    insideUrl: `https://${hostPort(inside)}`,
    consoleUrl: consoleOrigins(options)[0],
    environment: env,
    admin: (...args) => runJson(ADMIN, args, env),
    list: async (...args) => (await linesOf(ADMIN, args, env)).map((line) => JSON.parse(line)),
  };
}

/** Runs one of our own command lines to its end; returns what it printed, parsed. */
export async function runJson(...command: Parameters<typeof linesOf>): Promise<unknown> {
  const [line] = await linesOf(...command);
  return line === undefined ? undefined : JSON.parse(line);
}

/** What it says on failure becomes the error. */
async function linesOf(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string[]> {
  // dies with us, so that nothing is left when we are ended in the middle of it
  const command = ["--pdeathsig", "KILL", "--", NODE, join(ROOT, program), ...args, "--json"];
  try {
    const { stdout } = await promisify(execFile)("setpriv", command, { env, cwd: ROOT });
    return stdout.split("\n").filter((line) => line.trim() !== "");
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    throw new Error(`${program} ${args.slice(0, 2).join(" ")}: ${said || error}`, { cause: error });
  }
}

const localOrigin = (port: number): string => `http://localhost:${port}`;

/** The best first: a certificate is more often trusted for a name. */
function consoleOrigins({ console: at }: SignalingOptions): string[] {
  if (at === undefined) return [];
  const hosts = at.host === "127.0.0.1" ? ["localhost", at.host] : [at.host];
  return hosts.map((host) => `https://${hostPort({ host, port: at.port })}`);
}

function environment(options: SignalingOptions): Record<string, string> {
  const { folder, pki, outside, inside, localPort, behind, turn, agentTurn = turn } = options;
  const at = hostPort;
  const origins = options.names.map((host) => `https://${at({ host, port: outside.port })}`);
  const entrance = (name: EdgeName, listen: { host: string; port: number }) => {
    const prefix = `ENGAWA_${name.toUpperCase()}`;
    if (behind === undefined) return { [`${prefix}_LISTEN`]: at(listen) };
    const proxied = { host: "127.0.0.1", port: behind[name] };
    return { [`${prefix}_PROXIED_LISTEN`]: at(proxied), [`${prefix}_PROXIED_FROM`]: proxied.host };
  };
  return {
    PATH: "/usr/bin:/bin",
    ...COMPILE_CACHE,
    NODE_ENV: "production",
    ENGAWA_STATE_DIR: folder,
    ...entrance("outside", outside),
    ENGAWA_OUTSIDE_ORIGINS: origins.join(","),
    ...entrance("inside", inside),
    ENGAWA_INSIDE_URL: `https://${at(inside)}`,
    ...entrance("local", { host: "127.0.0.1", port: localPort }),
    ENGAWA_LOCAL_ORIGIN: localOrigin(localPort),
    ...(options.console === undefined
      ? {}
      : {
          ENGAWA_CONSOLE_LISTEN: at(options.console),
          ENGAWA_CONSOLE_ORIGINS: consoleOrigins(options).join(","),
        }),
    ENGAWA_TLS_CERT: pki.certFile,
    ENGAWA_TLS_KEY: pki.keyFile,
    ENGAWA_TLS_CA: pki.caFile,
    ENGAWA_TURN_UDP: at(turn),
    ENGAWA_TURN_SECRET_FILE: options.turnSecretFile,
    ENGAWA_TURN_REALM: options.realm,
    ENGAWA_TURN_INSIDE_URLS: `turn:${at(agentTurn)}?transport=udp,turns:${at(inside)}?transport=tcp`,
    // Cookies do not tell ports apart (RFC 6265 § 8.5): two demos on one machine must not overwrite each other's.
    ENGAWA_COOKIE_NAME: `__Host-engawa-${outside.port}`,
    ...options.settings,
  };
}
