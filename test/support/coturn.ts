/** A real turnserver from the generated configuration, on free ports, without root. Several may run side by side. */
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newSecret, type TurnserverOptions, turnserverConf, writePrivate } from "../../turn-config/generate.ts";
import { openProbe } from "../../turn-config/probe.ts";
import { prepareUserDb } from "../../turn-config/user-db.ts";
import { until } from "./until.ts";

/** Whom Debian gives to programs without any rights. */
const NOBODY = 65_534;
const START_TIMEOUT_MS = 15_000;

export type CoturnOptions = Partial<TurnserverOptions> & {
  /** Written instead of the generated configuration: for relays that are set up badly. `{…}` holds what was chosen. */
  conf?: (chosen: { port: number; relayIp: string; secret: string; realm: string; folder: string }) => string;
  /** What its first answer must be: a challenge, or (a relay without authentication) anything. */
  ready?: "challenge" | "open";
  /** Each piece of its log as it comes. */
  onLog?: (text: string) => void;
};

export type Coturn = {
  host: string;
  port: number;
  relayIp: string;
  secret: string;
  realm: string;
  readonly pid: number;
  /** What it has written to its log. */
  log(): string;
  /** Kills it without a word, as a crash would. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
};

async function freeUdpPort(host: string): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

/** An address in 127/8 of this process's own: nobody else's relay can share ports with it. */
let made = 0;
function freeRelayIp(): string {
  made += 1;
  const own = (process.pid * 31 + made) % (253 * 253);
  return `127.77.${1 + Math.floor(own / 253)}.${1 + (own % 253)}`;
}

export async function startCoturn(options: CoturnOptions = {}): Promise<Coturn> {
  const host = options.listenIps?.[0] ?? "127.0.0.1";
  const port = options.listenPort ?? (await freeUdpPort(host));
  const folder = mkdtempSync(join(tmpdir(), "engawa-coturn-"));
  const chosen = {
    port,
    relayIp: options.relayIp ?? freeRelayIp(),
    secret: options.secret ?? newSecret(),
    realm: options.realm ?? "engawa.test",
  };
  const { relayIp, secret, realm } = chosen;
  const file = join(folder, "turnserver.conf");
  const { conf, ready = "challenge", onLog = () => {}, ...rest } = options;
  const files = { pidFile: join(folder, "pid"), userDb: join(folder, "turndb") };
  writePrivate(
    file,
    conf?.({ ...chosen, folder }) ??
      turnserverConf({
        loopbackDemo: true,
        ...rest,
        listenIps: [host],
        listenPort: port,
        relayIp,
        secret,
        realm,
        ...files,
      }),
  );
  prepareUserDb(files.userDb);
  const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (process.getuid?.() === 0) for (const path of [folder, file, files.userDb]) chownSync(path, NOBODY, NOBODY);
  const run = new Run(
    () => spawn("turnserver", ["-c", file], { ...asNobody, cwd: folder }),
    { host, port, ready },
    onLog,
  );
  await run.start();
  return {
    host,
    ...chosen,
    get pid() {
      return run.pid;
    },
    log: () => run.log,
    kill: () => run.end("SIGKILL"),
    restart: async () => {
      await run.end("SIGTERM");
      await run.start();
    },
    stop: async () => {
      await run.end("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type At = { host: string; port: number; ready: "challenge" | "open" };

class Run {
  log = "";
  #child: ChildProcess | undefined;
  readonly #spawn: () => ChildProcess;
  readonly #at: At;
  readonly #onLog: (text: string) => void;

  constructor(spawnIt: () => ChildProcess, at: At, onLog: (text: string) => void) {
    this.#spawn = spawnIt;
    this.#at = at;
    this.#onLog = onLog;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async start(): Promise<void> {
    const child = this.#spawn();
    this.#child = child;
    // a test run that dies must not leave relays behind
    const orphaned = () => child.kill("SIGKILL");
    process.once("exit", orphaned);
    child.once("exit", () => process.off("exit", orphaned));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.log = (this.log + chunk.toString()).slice(-200_000);
        this.#onLog(chunk.toString());
      });
    }
    const died = new Promise<never>((_, reject) => {
      child.once("error", (error) =>
        reject(new Error(`turnserver does not start (apt-get install coturn?): ${error.message}`)),
      );
      child.once("exit", (code) => reject(new Error(`turnserver ended with ${code}: ${this.log.slice(-2000)}`)));
    });
    died.catch(() => {});
    await Promise.race([answers(this.#at), died]);
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  }
}

/** Ready is whoever answers an Allocate with a challenge. */
async function answers(at: At): Promise<void> {
  let why = "";
  const asked = async (): Promise<boolean> => {
    const probe = await openProbe({ ...at, timeoutMs: 1_000 });
    try {
      const answer = await probe.askChallenge();
      if (answer.code === 401 || at.ready === "open") return true;
      why = `it answers ${answer.kind} ${answer.code} to an Allocate without credentials`;
    } catch (error) {
      why = error instanceof Error ? error.message : String(error); // refused while the port is not open yet
    } finally {
      await probe.close();
    }
    return false;
  };
  await until(() => `the relay answers: ${why}`, asked, START_TIMEOUT_MS);
}
