/** The desktop as a child process of ours: main.ts, spoken to over a pipe, and started again whenever it ends. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import { ChildDesktop } from "./child-desktop.ts";
import type { Desktop, OnReport } from "./desktop.ts";
import { DESKTOP_MAIN, desktopEnvironment, NODE_FLAGS } from "./launch.ts";
import type { DesktopLog, DesktopSource, DesktopSourceEvents } from "./process-source.ts";
import { RestartDelay } from "./restart-delay.ts";

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
  /** How long a lock may take before the process counts as hanging. */
  readonly lockTimeoutMs?: number | undefined;
  readonly log: DesktopLog;
  readonly onReport: OnReport;
}

/** So many in a row died young: that is said. */
const HOPELESS_DEATHS = 3;
const CLOSE_TIMEOUT_MS = 2000;
const MAX_LINE_CHARS = 500;

export function openDesktop({ onReport, ...options }: DesktopOptions): Desktop {
  return new ChildDesktop({
    source: new ChildSource(options),
    onReport,
    log: options.log,
    lockTimeoutMs: options.lockTimeoutMs,
  });
}

class ChildSource implements DesktopSource {
  readonly #options: Omit<DesktopOptions, "onReport">;
  #events: DesktopSourceEvents | undefined;
  #child: ChildProcess | undefined;
  readonly #delay = new RestartDelay();
  #restart: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: Omit<DesktopOptions, "onReport">) {
    this.#options = options;
  }

  start(events: DesktopSourceEvents): void {
    this.#events = events;
    this.#spawn();
  }

  #spawn(): void {
    const { nodePath = process.execPath, cacheFolder, log } = this.#options;
    const child = spawn(nodePath, [...NODE_FLAGS, DESKTOP_MAIN, ...this.#arguments()], {
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      env: desktopEnvironment(process.env, cacheFolder),
      windowsHide: true,
    });
    this.#child = child;
    this.#delay.born(Date.now());
    for (const output of [child.stdout, child.stderr]) logLines(output, (line) => log.warn(`desktop: ${line}`));
    child.once("error", (error) => this.#ended(child, error.message));
    child.once("exit", (code, signal) => this.#ended(child, signal ? `signal ${signal}` : `exit code ${code}`));
    this.#events?.arrived({ pipe: child.stdio[3] as Duplex, kill: () => void child.kill("SIGKILL") });
  }

  #arguments(): string[] {
    const { display, xauthority, testPattern } = this.#options;
    return [
      ...(display ? ["--display", display] : []),
      ...(xauthority ? ["--xauthority", xauthority] : []),
      ...(testPattern ? ["--test-pattern"] : []),
    ];
  }

  #ended(child: ChildProcess, cause: string): void {
    if (child !== this.#child) return;
    this.#child = undefined;
    (child.stdio[3] as Duplex | null)?.destroy();
    if (this.#closing) return;
    const wait = this.#delay.died(Date.now());
    this.#options.log.warn(`the desktop process ended (${cause}); it is started again in ${wait} ms`);
    this.#events?.left(cause);
    if (this.#delay.youngDeaths === HOPELESS_DEATHS)
      this.#events?.missing({ code: "internal", message: `The desktop process keeps ending: ${cause}.` });
    this.#restart = setTimeout(() => this.#spawn(), wait);
  }

  proved(): void {
    this.#delay.proved();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Ends the pipe: the child releases everything and exits. */
  async #close(): Promise<void> {
    clearTimeout(this.#restart);
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    (child.stdio[3] as Duplex).end();
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
