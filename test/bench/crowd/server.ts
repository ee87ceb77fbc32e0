/**
 * The real server on loopback: signaling, and its edges as processes of their own as `npm start` has them, with as much capacity
 * as the crowd needs and otherwise their defaults.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSecureContext, type SecureContext } from "node:tls";
import { type DatabaseServer, databaseServerOf } from "../../../signaling/postgres/settings.ts";
import {
  behindPorts,
  EDGES,
  type EdgeName,
  type Edges,
  type EdgesOptions,
  startEdges,
} from "../../../signaling/quickstart/edges.ts";
import type { Handle } from "../../../signaling/quickstart/part.ts";
import { makePki } from "../../../signaling/quickstart/pki.ts";
import { freePort } from "../../../signaling/quickstart/ports.ts";
import type { Postgres } from "../../../signaling/quickstart/postgres.ts";
import { type Signaling, startSignaling } from "../../../signaling/quickstart/signaling.ts";
import { newSecret, writePrivate } from "../../../turn-config/generate.ts";
import { round } from "../stats.ts";
import { cpuSeconds, openFilesLimit, residentMB } from "./process-figures.ts";
import { TURNS_MARK, type Turns } from "./turns-probe.ts";

const HOST = "127.0.0.1";
const PROBE = join(import.meta.dirname, "turns-probe.ts");
/** Files that are neither an office PC's connection nor a person's. */
const OTHER_FILES = 500;

export const PROCESSES = ["signaling", ...EDGES] as const;
/** A figure of each process. */
export type PerProcess = Readonly<Record<"signaling" | EdgeName, number>>;

export const sumOf = (figures: PerProcess): number => PROCESSES.reduce((sum, name) => sum + figures[name], 0);

/** What each used since. Signaling may be another process by then, the edges are the same. */
export const usedSince = (before: PerProcess, after: PerProcess): PerProcess =>
  perProcess((name) => round(after[name] - before[name]));

export const perProcess = (of: (name: keyof PerProcess) => number): PerProcess =>
  Object.fromEntries(PROCESSES.map((name) => [name, of(name)])) as PerProcess;

export interface Crowd {
  readonly agents: number;
  readonly people: number;
}

export interface LongestTurn {
  /** By the clock: what somebody who waits notices. */
  readonly wallMs: number;
  /** Processor time of the main thread in one turn: the same on a machine that others use too. */
  readonly cpuMs: number;
  readonly gcMs: number;
}

export interface Server {
  readonly stateDir: string;
  /** Undefined: a file there. */
  readonly database: DatabaseServer | undefined;
  readonly storeKey: Uint8Array;
  /** PEM. */
  readonly ca: string;
  readonly caFile: string;
  /** Of who trusts that one, read once for all of a crowd: each of them is a machine of its own, ours pays for all. */
  readonly trust: SecureContext;
  readonly insideUrl: string;
  readonly origin: string;
  readonly consoleUrl: string;
  start(): Promise<void>;
  /** One command of `npm run admin`. */
  admin(...args: readonly string[]): Promise<unknown>;
  /** SIGKILL of signaling, and at once again. Resolves when it is ready. */
  killAndRestart(): Promise<void>;
  /** Since each process began. */
  cpuSeconds(): PerProcess;
  residentMB(): PerProcess;
  /** The longest turns of signaling's event loop that ended since then (epoch ms). */
  longestTurn(since: number): LongestTurn;
  close(): Promise<void>;
}

/** In words, what stands in the way. */
export function tooFewFiles({ agents, people }: Crowd): string | undefined {
  // an edge holds two for each connection: to its client and to signaling
  const needed = Math.max(2 * agents, 4 * people, agents + 2 * people) + OTHER_FILES;
  const allowed = openFilesLimit();
  return allowed >= needed ? undefined : `${needed} open files are needed, ${allowed} are allowed: ulimit -n ${needed}`;
}

export interface ServerOptions {
  /** Else a file. */
  readonly postgres?: Postgres | undefined;
  /** Left out where nobody asks for the longest turn: the probe costs a sign-in 0.3 ms. */
  readonly countsTurns?: boolean;
}

export async function openServer(folder: string, crowd: Crowd, options: ServerOptions = {}): Promise<Server> {
  const { postgres, countsTurns = true } = options;
  const pki = await makePki({ folder: join(folder, "pki"), addresses: [] });
  const at = async () => ({ host: HOST, port: await freePort(undefined, HOST) });
  const listen = { outside: await at(), inside: await at(), local: await at() };
  const places = { listen, behind: await behindPorts(), turn: await at(), console: await at() };
  const logs = join(folder, "logs");
  mkdirSync(logs, { recursive: true });
  const storeKey = randomBytes(32);
  writeFileSync(join(folder, "store.key"), storeKey, { mode: 0o600 });
  writePrivate(join(folder, "turn.secret"), newSecret());
  return new Processes({ folder, logs, pki, storeKey, crowd, postgres, countsTurns, ...places });
}

interface Installation extends Pick<EdgesOptions, "folder" | "logs" | "pki" | "listen" | "behind" | "turn"> {
  readonly storeKey: Uint8Array;
  readonly console: { readonly host: string; readonly port: number };
  readonly crowd: Crowd;
  readonly postgres: Postgres | undefined;
  readonly countsTurns: boolean;
}

class Processes implements Server {
  readonly ca: string;
  readonly trust: SecureContext;
  readonly #at: Installation;
  readonly #opened: Handle[] = [];
  #signaling: Signaling | undefined;
  #edges: Partial<Edges> = {};
  #turns: Turns[] = [];

  constructor(at: Installation) {
    this.#at = at;
    this.ca = readFileSync(at.pki.caFile, "utf8");
    this.trust = createSecureContext({ ca: this.ca });
  }

  get stateDir(): string {
    return join(this.#at.folder, "state");
  }

  get database(): DatabaseServer | undefined {
    const { postgres } = this.#at;
    if (!postgres) return undefined;
    const files = { password: readFileSync(postgres.passwordFile, "utf8").trim(), ca: undefined };
    return databaseServerOf({ ENGAWA_DATABASE_URL: postgres.url() }, files, []);
  }

  get storeKey(): Uint8Array {
    return this.#at.storeKey;
  }

  get caFile(): string {
    return this.#at.pki.caFile;
  }

  get insideUrl(): string {
    return `https://${HOST}:${this.#at.listen.inside.port}`;
  }

  get origin(): string {
    return `https://${HOST}:${this.#at.listen.outside.port}`;
  }

  get consoleUrl(): string {
    return `https://localhost:${this.#at.console.port}`;
  }

  async start(): Promise<void> {
    const { folder, crowd, listen, logs, pki, behind, turn, console, postgres, countsTurns } = this.#at;
    const own = { logs, pki, behind, turn, turnSecretFile: join(folder, "turn.secret") };
    const capacity = {
      ENGAWA_CAPACITY_AGENTS: String(crowd.agents),
      ...(crowd.people > 0 && { ENGAWA_CAPACITY_SESSIONS: String(crowd.people) }),
    };
    const keyFile = join(folder, "store.key");
    this.#signaling = await startSignaling({
      ...{ ...own, folder: this.stateDir, outside: listen.outside, inside: listen.inside, console },
      ...{
        localPort: listen.local.port,
        names: [HOST],
        realm: "engawa",
        flags: countsTurns ? ["--import", PROBE] : [],
      },
      settings: {
        ...capacity,
        ...(postgres && {
          ENGAWA_DATABASE_URL: postgres.url(),
          ENGAWA_DATABASE_PASSWORD_FILE: postgres.passwordFile,
        }),
        ENGAWA_STORE_KEY_FILE: keyFile,
        ENGAWA_MONITORING_LISTEN: `${HOST}:0`,
      },
      onLog: (line) => {
        if (line.startsWith(TURNS_MARK)) this.#turns.push(JSON.parse(line.slice(TURNS_MARK.length)) as Turns);
      },
    });
    this.#opened.push(this.#signaling);
    const edges = { ...own, folder: join(folder, "edges"), listen, settings: capacity };
    this.#edges = await startEdges(edges, (edge) => this.#opened.push(edge));
  }

  async admin(...args: readonly string[]): Promise<unknown> {
    return this.#signaling?.admin(...args);
  }

  async killAndRestart(): Promise<void> {
    await this.#signaling?.takeAway();
    this.#turns = [];
    await this.#signaling?.restart();
  }

  cpuSeconds(): PerProcess {
    return perProcess((name) => cpuSeconds(this.#pid(name)));
  }

  residentMB(): PerProcess {
    return perProcess((name) => residentMB(this.#pid(name)));
  }

  longestTurn(since: number): LongestTurn {
    const among = this.#turns.filter(({ at }) => at > since);
    const longest = (of: (turn: Turns) => number): number => round(Math.max(0, ...among.map(of)));
    return { wallMs: longest((t) => t.wallMs), cpuMs: longest((t) => t.cpuMs), gcMs: longest((t) => t.gcMs) };
  }

  async close(): Promise<void> {
    for (const part of this.#opened.splice(0).reverse()) await part.close();
  }

  #pid(name: keyof PerProcess): number {
    const pid = (name === "signaling" ? this.#signaling : this.#edges[name])?.pid();
    if (pid === undefined) throw new Error(`${name} does not run`);
    return pid;
  }
}
