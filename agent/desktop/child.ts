/**
 * The desktop of the network process: runs main.ts as a child process and speaks to it over a pipe. A wrong native
 * call, a hung library or a hostile screen kills only the child; its successor is told the last wish.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Codec } from "../../signaling/protocol/signal.ts";
import type { Desktop, DesktopHandlers, EncodeRequest, InputEvent, Protection } from "./desktop.ts";
import { type Command, type Report, readReports, writeCommand } from "./pipe.ts";

export interface DesktopLog {
  info(message: string): void;
  warn(message: string): void;
}

export interface DesktopOptions {
  /** X display, e.g. ":0"; without it the session's own. */
  readonly display?: string | undefined;
  /** Its authority file; without it what XAUTHORITY says. */
  readonly xauthority?: string | undefined;
  /** Shows a test pattern instead of a screen, and injects nothing. */
  readonly testPattern?: boolean | undefined;
  /** A folder of our own for Node's compile cache: starts faster, and saves 19 MB of memory. */
  readonly cacheFolder?: string | undefined;
  readonly nodePath?: string | undefined;
  readonly log: DesktopLog;
  readonly handlers: DesktopHandlers;
}

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
/** Waits before the next start while children die young. */
const RESTART_MS = [0, 250, 500, 1000, 2000, 5000, 10_000] as const;
/** A child that lived this long was a good one. */
const GOOD_LIFE_MS = 10_000;
/** So many in a row died young: that is said. */
const HOPELESS_DEATHS = 3;
/** A picture takes 0.2 s on a slow day; a child that is silent for this long hangs in a library or on the X server. */
const ANSWER_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2000;
/** Commands are small and read at once; this much unread means that the child hangs. */
const MAX_UNREAD_BYTES = 1 << 20;
const MAX_LINE_CHARS = 500;
/**
 * glibc (mallopt(3)): an arena for each of libuv's threads would keep what libaom once used; and left alone, glibc stops giving
 * large blocks back once some were freed: an encoder that is closed would keep 60 MB.
 */
const MALLOC = { MALLOC_ARENA_MAX: "1", MALLOC_MMAP_THRESHOLD_: "262144", MALLOC_TRIM_THRESHOLD_: "262144" };
/** Young-generation heap in MB: what we handle is in native memory, so the smallest is enough. */
const NODE_FLAGS = ["--max-semi-space-size=1", "--max-old-space-size=128"];

export function openDesktop(options: DesktopOptions): Desktop {
  return new DesktopChild(options);
}

class DesktopChild implements Desktop {
  readonly #options: DesktopOptions;
  readonly #handlers: DesktopHandlers;
  #child: ChildProcess | undefined;
  #pipe: Duplex | undefined;
  #bornAt = 0;
  #youngDeaths = 0;
  #restart: NodeJS.Timeout | undefined;
  /** What the successor is told. */
  #protection: Protection | undefined;
  #codec: Codec | undefined;
  #asked: { quality: number } | undefined;
  #answerTimer: NodeJS.Timeout | undefined;
  readonly #locks = new Map<number, (done: boolean) => void>();
  #nextLock = 1;
  #closing: Promise<void> | undefined;

  /** A new report does not compile until it is heard here. */
  readonly #reports: { [K in Report["type"]]: (report: Extract<Report, { type: K }>) => void } = {
    screen: ({ width, height }) => this.#handlers.screen({ width, height }),
    changed: ({ share, at }) => this.#handlers.changed({ share, at }),
    picture: ({ type: _, ...picture }) => {
      this.#answered();
      this.#youngDeaths = 0;
      this.#handlers.picture(picture);
    },
    "encode-failed": ({ code, message }) => {
      this.#answered();
      this.#codec = undefined;
      this.#handlers.encodeFailed({ code, message });
    },
    "pointer-shape": ({ type: _, ...shape }) => this.#handlers.pointerShape(shape),
    "pointer-hidden": () => this.#handlers.pointerShape(undefined),
    "pointer-position": ({ x, y }) => this.#handlers.pointerPosition({ x, y }),
    "secure-desktop": ({ shown }) => this.#handlers.secureDesktop(shown),
    office: ({ type: _, ...state }) => this.#handlers.office(state),
    note: ({ words }) => this.#options.log.info(`desktop: ${words}`),
    unusable: ({ code, message }) => {
      clearTimeout(this.#answerTimer); // it lives; the picture comes when the display does
      this.#handlers.unusable({ code, message });
    },
    locked: ({ id, done }) => {
      this.#locks.get(id)?.(done);
      this.#locks.delete(id);
    },
    covered: ({ ok, reason }) => this.#handlers.covered({ ok, reason }),
  };

  constructor(options: DesktopOptions) {
    this.#options = options;
    this.#handlers = options.handlers;
    this.#start();
  }

  #start(): void {
    const { nodePath = process.execPath, log } = this.#options;
    const child = spawn(nodePath, [...NODE_FLAGS, MAIN, ...this.#arguments()], {
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      env: this.#environment(),
      windowsHide: true,
    });
    this.#child = child;
    this.#bornAt = Date.now();
    this.#pipe = child.stdio[3] as Duplex;
    this.#listen(this.#pipe, child);
    for (const output of [child.stdout, child.stderr]) logLines(output, (line) => log.warn(`desktop: ${line}`));
    child.once("error", (error) => this.#ended(child, error.message));
    child.once("exit", (code, signal) => this.#ended(child, signal ? `signal ${signal}` : `exit code ${code}`));
    if (this.#protection) this.#send({ type: "protect", ...this.#protection });
    if (this.#codec) this.#send({ type: "open", codec: this.#codec });
    if (!this.#asked) return;
    this.#send({ type: "encode", quality: this.#asked.quality, key: true, quick: false });
    this.#expectAnswer();
  }

  #arguments(): string[] {
    const { display, xauthority, testPattern } = this.#options;
    return [
      ...(display ? ["--display", display] : []),
      ...(xauthority ? ["--xauthority", xauthority] : []),
      ...(testPattern ? ["--test-pattern"] : []),
    ];
  }

  /** The child belongs to the session as we do, so it inherits our environment: DISPLAY, XAUTHORITY, the session bus. */
  #environment(): NodeJS.ProcessEnv {
    const { cacheFolder } = this.#options;
    return {
      ...process.env,
      ...MALLOC,
      ...(cacheFolder ? { NODE_COMPILE_CACHE: cacheFolder } : {}),
    };
  }

  #listen(pipe: Duplex, child: ChildProcess): void {
    const reader = readReports();
    pipe.on("data", (piece: Uint8Array) => {
      if (child !== this.#child) return;
      try {
        for (const report of reader.push(piece)) this.#report(report);
      } catch (error) {
        this.#options.log.warn(`the desktop process said what it must not: ${String(error)}`);
        pipe.destroy();
        child.kill("SIGKILL");
      }
    });
    pipe.on("error", () => undefined); // the exit that follows says it
  }

  #report(report: Report): void {
    if (!this.#closing) (this.#reports[report.type] as (report: Report) => void)(report);
  }

  #ended(child: ChildProcess, cause: string): void {
    if (child !== this.#child) return;
    this.#child = undefined;
    clearTimeout(this.#answerTimer);
    this.#pipe?.destroy();
    this.#pipe = undefined;
    for (const resolve of this.#locks.values()) resolve(false);
    this.#locks.clear();
    if (this.#closing) return;
    if (Date.now() - this.#bornAt >= GOOD_LIFE_MS) this.#youngDeaths = 0;
    const wait = RESTART_MS[Math.min(this.#youngDeaths++, RESTART_MS.length - 1)] ?? 0;
    this.#options.log.warn(`the desktop process ended (${cause}); it is started again in ${wait} ms`);
    this.#handlers.restarting(cause);
    if (this.#youngDeaths === HOPELESS_DEATHS)
      this.#handlers.unusable({ code: "internal", message: `The desktop process keeps ending: ${cause}.` });
    this.#restart = setTimeout(() => this.#start(), wait);
  }

  #send(command: Command): void {
    const pipe = this.#pipe;
    if (!pipe || pipe.destroyed || this.#closing) return;
    pipe.write(writeCommand(command));
    if (pipe.writableLength > MAX_UNREAD_BYTES) this.#child?.kill("SIGKILL");
  }

  open({ codec }: { codec: Codec }): void {
    this.#codec = codec;
    this.#send({ type: "open", codec });
  }

  #answered(): void {
    this.#asked = undefined;
    clearTimeout(this.#answerTimer);
  }

  #expectAnswer(): void {
    clearTimeout(this.#answerTimer);
    this.#answerTimer = setTimeout(() => this.#child?.kill("SIGKILL"), ANSWER_TIMEOUT_MS);
  }

  encode({ quality, key, quick = false }: EncodeRequest): void {
    this.#asked = { quality };
    this.#expectAnswer();
    this.#send({ type: "encode", quality, key, quick });
  }

  inject({ kind, ...event }: InputEvent): void {
    this.#send({ type: kind, ...event } as Command);
  }

  releaseAll(): void {
    this.#send({ type: "release-all" });
  }

  pause(): void {
    this.#codec = undefined;
    this.#answered();
    this.#send({ type: "pause" });
  }

  protect(protection: Protection): void {
    this.#protection = protection;
    this.#send({ type: "protect", ...protection });
  }

  lock(): Promise<boolean> {
    if (!this.#pipe || this.#closing) return Promise.resolve(false);
    const id = this.#nextLock++;
    return new Promise((resolve) => {
      this.#locks.set(id, resolve);
      this.#send({ type: "lock", id });
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Ends the pipe: the child releases everything and exits. */
  async #close(): Promise<void> {
    clearTimeout(this.#restart);
    clearTimeout(this.#answerTimer);
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    this.#pipe?.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), CLOSE_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  }
}

function logLines(output: Readable | null, log: (line: string) => void): void {
  output?.setEncoding("utf8").on("data", (text: string) => {
    for (const line of text.split("\n")) if (line.trim()) log(line.slice(0, MAX_LINE_CHARS));
  });
}
