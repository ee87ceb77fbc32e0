/** The real signaling process on loopback, with as much capacity as the crowd needs and otherwise its defaults. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NODE, ROOT } from "../../../signaling/quickstart/build.ts";
import { Part } from "../../../signaling/quickstart/part.ts";
import { makePki } from "../../../signaling/quickstart/pki.ts";
import { freePort } from "../../../signaling/quickstart/ports.ts";
import { newSecret, writePrivate } from "../../../turn-config/generate.ts";
import { round } from "../stats.ts";
import { cpuSeconds, openFilesLimit, residentMB } from "./process-figures.ts";
import { TURNS_MARK, type Turns } from "./turns-probe.ts";

const HOST = "127.0.0.1";
const PROBE = join(import.meta.dirname, "turns-probe.ts");
/** Files that are neither an office PC's connection nor a person's. */
const OTHER_FILES = 500;

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
  readonly storeKey: Uint8Array;
  /** PEM. */
  readonly ca: string;
  readonly insideUrl: string;
  readonly origin: string;
  start(): Promise<void>;
  /** SIGKILL, and at once again. Resolves when it is ready. */
  killAndRestart(): Promise<void>;
  /** Since this process began. */
  cpuSeconds(): number;
  residentMB(): number;
  /** The longest turns of its event loop that ended since then (epoch ms). */
  longestTurn(since: number): LongestTurn;
  close(): Promise<void>;
}

/** In words, what stands in the way. */
export function tooFewFiles({ agents, people }: Crowd): string | undefined {
  const needed = agents + 2 * people + OTHER_FILES;
  const allowed = openFilesLimit();
  return allowed >= needed ? undefined : `${needed} open files are needed, ${allowed} are allowed: ulimit -n ${needed}`;
}

export async function openServer(folder: string, crowd: Crowd): Promise<Server> {
  const pki = await makePki({ folder: join(folder, "pki"), addresses: [] });
  const [outside, inside, turn] = await Promise.all([
    freePort(undefined, HOST),
    freePort(undefined, HOST),
    freePort(undefined, HOST),
  ]);
  const storeKey = randomBytes(32);
  const [keyFile, secretFile] = [join(folder, "store.key"), join(folder, "turn.secret")];
  writeFileSync(keyFile, storeKey, { mode: 0o600 });
  writePrivate(secretFile, newSecret());
  const stateDir = join(folder, "state");
  const origin = `https://${HOST}:${outside}`;
  const insideUrl = `https://${HOST}:${inside}`;
  const env = {
    PATH: "/usr/bin:/bin",
    NODE_ENV: "production",
    ENGAWA_STATE_DIR: stateDir,
    ENGAWA_STORE_KEY_FILE: keyFile,
    ENGAWA_OUTSIDE_LISTEN: `${HOST}:${outside}`,
    ENGAWA_OUTSIDE_ORIGINS: origin,
    ENGAWA_INSIDE_LISTEN: `${HOST}:${inside}`,
    ENGAWA_INSIDE_URL: insideUrl,
    ENGAWA_MONITORING_LISTEN: `${HOST}:0`,
    ENGAWA_TLS_CERT: pki.certFile,
    ENGAWA_TLS_KEY: pki.keyFile,
    ENGAWA_TLS_CA: pki.caFile,
    ENGAWA_TURN_UDP: `${HOST}:${turn}`,
    ENGAWA_TURN_SECRET_FILE: secretFile,
    ENGAWA_TURN_INSIDE_URLS: `turn:${HOST}:${turn}?transport=udp`,
    ENGAWA_CAPACITY_AGENTS: String(crowd.agents),
    ...(crowd.people > 0 && { ENGAWA_CAPACITY_SESSIONS: String(crowd.people) }),
  };
  let part: Part | undefined;
  let turns: Turns[] = [];
  const running = (): { part: Part; pid: number } => {
    if (part?.pid === undefined) throw new Error("signaling does not run");
    return { part, pid: part.pid };
  };
  const readyLine = (line: string): boolean => {
    if (line.startsWith(TURNS_MARK)) turns.push(JSON.parse(line.slice(TURNS_MARK.length)) as Turns);
    return line.includes('"msg":"ready"');
  };
  const args = ["--import", PROBE, join(ROOT, "signaling/main.ts")];
  return {
    stateDir,
    storeKey,
    ca: readFileSync(pki.caFile, "utf8"),
    insideUrl,
    origin,
    start: async () => {
      part = await Part.start({
        name: "signaling",
        command: NODE,
        args,
        env,
        cwd: ROOT,
        logs: folder,
        readyLine,
        keep: false,
      });
    },
    killAndRestart: async () => {
      const { part } = running();
      part.kill("SIGKILL");
      await part.ended();
      turns = [];
      await part.restart();
    },
    cpuSeconds: () => cpuSeconds(running().pid),
    residentMB: () => residentMB(running().pid),
    longestTurn: (since) => {
      const among = turns.filter(({ at }) => at > since);
      const longest = (of: (turn: Turns) => number): number => round(Math.max(0, ...among.map(of)));
      return { wallMs: longest((t) => t.wallMs), cpuMs: longest((t) => t.cpuMs), gcMs: longest((t) => t.gcMs) };
    },
    close: async () => {
      await part?.close();
    },
  };
}
