/**
 * One process of the product: started, watched, started again when it crashed, ended without a trace.
 *
 *   starting ──ready──▶ running ──exit──▶ (keep) starting, after a pause that grows
 *       │                  │
 *       └──────close───────┴──▶ closed: the process and all of its group are gone
 *
 * Every process leads a group of its own, so that a Ctrl-C in the terminal reaches the one who closes in order and not the
 * children, and dies with us when we are killed (`setpriv --pdeathsig`).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { LogFile } from "./log-file.ts";

export interface Program {
  /** In messages and of the log file. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Folder for `NAME.log`. */
  readonly logs: string;
  /** Runs under this account instead of ours (only root may). */
  readonly user?: string | undefined;
  /** Ready once a line of its output passes… */
  readonly readyLine?: (line: string) => boolean;
  /** …or once this says so, asked again and again. Neither: ready when started. */
  readonly probe?: () => Promise<boolean>;
  /** What ends it in order; else SIGTERM. */
  readonly endSignal?: NodeJS.Signals;
  /** An exit that nobody asked for is a crash, after which it is started again. Else it may end when it likes. */
  readonly keep: boolean;
  /** Told of every crash and when it runs again. */
  readonly onEvent?: (event: PartEvent) => void;
}

export type PartEvent =
  | { kind: "crashed"; name: string; why: string; lastLines: string }
  | { kind: "back"; name: string };

/** What the owner of a running part may do with it. */
export interface Handle {
  /** Undefined while it is down. */
  pid(): number | undefined;
  restart(): Promise<void>;
  /** What a crash, a hang or an out-of-memory killer does. */
  kill(signal: NodeJS.Signals): void;
  logs(): string;
  close(): Promise<void>;
}

export interface PartHandle extends Handle {
  /** For tests: killed, and not there again until `restart`. */
  takeAway(): Promise<void>;
}

/** A part as a handle, with what is to be done after its end. */
export function handleOf(part: Part, afterwards: () => void = () => {}): PartHandle {
  return {
    pid: () => part.pid,
    restart: () => part.restart(),
    kill: (signal) => part.kill(signal),
    takeAway: () => part.takeAway(),
    logs: () => part.logs(),
    close: async () => {
      await part.close();
      afterwards();
    },
  };
}

/** A part did not start. The message has what it said last. */
export class StartError extends Error {
  override readonly name = "StartError";
  readonly part: string;
  readonly lastLines: string;
  constructor(part: string, why: string, lastLines: string) {
    super(`${part}: ${why}`);
    this.part = part;
    this.lastLines = lastLines;
  }
}

/** The slowest start seen is the first one of a cold machine with two cores: about 6 s. */
const READY_TIMEOUT_MS = 30_000;
const PROBE_EVERY_MS = 50;
/** What a part gets to end in order before it is killed. */
const GRACE_MS = 5_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** A part that ran this long has recovered: the next crash is a first one. */
const STABLE_MS = 30_000;

export class Part {
  readonly name: string;
  readonly #program: Program;
  readonly #log: LogFile;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #closing = false;
  #pauseMs = FIRST_PAUSE_MS;
  #waiting = new AbortController();

  private constructor(program: Program) {
    this.name = program.name;
    this.#program = program;
    this.#log = new LogFile(`${program.logs}/${program.name}.log`);
  }

  static async start(program: Program): Promise<Part> {
    const part = new Part(program);
    try {
      await part.#begin();
    } catch (error) {
      await part.close();
      throw error;
    }
    return part;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Everything it printed, earlier runs with the same log folder included. */
  logs(): string {
    return this.#log.text();
  }

  /** For tests: what a crash, a hang or an out-of-memory killer does. */
  kill(signal: NodeJS.Signals): void {
    signalGroup(this.#child, signal);
  }

  /** For tests: a crash after which nobody starts it again, until `restart`. */
  async takeAway(): Promise<void> {
    this.#closing = true;
    this.#waiting.abort();
    signalGroup(this.#child, "SIGKILL");
    await this.#exited;
  }

  async restart(): Promise<void> {
    this.#closing = true;
    this.#waiting.abort();
    await this.#end();
    this.#closing = false;
    await this.#begin();
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#waiting.abort();
    await this.#end();
  }

  /** Resolves when the process is gone, whoever ended it. */
  async ended(): Promise<void> {
    await this.#exited;
  }

  async #begin(): Promise<void> {
    const { name, command, args, env, cwd, user } = this.#program;
    const drop = user === undefined ? [] : [`--reuid=${user}`, `--regid=${user}`, "--init-groups", "--no-new-privs"];
    const child = spawn("setpriv", [...drop, "--pdeathsig", "KILL", "--", command, ...args], {
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      ...(cwd === undefined ? {} : { cwd }),
    });
    this.#child = child;
    this.#waiting = new AbortController();
    const startedAt = performance.now();
    let gone = false;
    this.#exited = new Promise((resolve) => {
      child.once("error", (error) => {
        this.#log.append(String(error));
        gone = true;
        resolve();
      });
      child.once("exit", () => {
        gone = true;
        resolve();
      });
    });
    const said = this.#readLines(child);
    const { probe, readyLine } = this.#program;
    const until = startedAt + READY_TIMEOUT_MS;
    const isReady = async () => (readyLine === undefined ? ((await probe?.()) ?? true) : said.ready);
    while (!(await isReady())) {
      if (gone) throw new StartError(name, `ended at once (${exitWords(child)})`, await this.#lastWords(child));
      if (performance.now() > until) throw new StartError(name, "not ready in time", this.#log.lastLines());
      await Promise.race([pause(PROBE_EVERY_MS), this.#exited]);
    }
    void this.#exited.then(() => this.#onExit(child, performance.now() - startedAt));
  }

  #readLines(child: ChildProcess): { ready: boolean } {
    const said = { ready: false };
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        this.#log.append(line);
        if (this.#program.readyLine?.(line) === true) said.ready = true;
      });
    }
    return said;
  }

  async #lastWords(child: ChildProcess): Promise<string> {
    if (child.stdout?.closed === false) await Promise.race([once(child, "close"), pause(500)]);
    return this.#log.lastLines();
  }

  async #onExit(child: ChildProcess, ranMs: number): Promise<void> {
    signalGroup(child, "SIGKILL"); // whatever it left behind
    if (this.#closing || child !== this.#child || !this.#program.keep) return;
    const { name, onEvent } = this.#program;
    onEvent?.({ kind: "crashed", name, why: exitWords(child), lastLines: await this.#lastWords(child) });
    const pauseMs = ranMs > STABLE_MS ? FIRST_PAUSE_MS : this.#pauseMs;
    this.#pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    const { signal } = this.#waiting;
    await pause(pauseMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    try {
      await this.#begin();
      onEvent?.({ kind: "back", name });
    } catch {
      if (this.#child !== undefined && !this.#closing) await this.#onExit(this.#child, 0);
    }
  }

  async #end(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    signalGroup(child, this.#program.endSignal ?? "SIGTERM");
    await Promise.race([this.#exited, pause(GRACE_MS, undefined, { ref: false })]);
    signalGroup(child, "SIGKILL");
    await this.#exited;
  }
}

function signalGroup(child: ChildProcess | undefined, signal: NodeJS.Signals): void {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: the whole group has gone
  }
}

function exitWords(child: ChildProcess): string {
  return child.signalCode ?? `status ${child.exitCode ?? "?"}`;
}
