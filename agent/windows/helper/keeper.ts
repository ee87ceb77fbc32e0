/**
 * Keeps one helper in the session at the console: starts it, starts it again when it ends or hangs, and when another session
 * comes to the console. Then the successor is started first: it makes the network process close its predecessor's pipe, which
 * lets go of everything that it holds and exits by itself.
 */

import { RestartDelay } from "../../desktop/restart-delay.ts";
import type { SessionProcess } from "../../native/win32/process.ts";

export interface HelperKeeperOptions {
  /** Undefined: no session is at the console now. */
  readonly session: () => number | undefined;
  /** Throws when it cannot. */
  readonly start: (session: number) => SessionProcess;
  /** A helper asks for Ctrl+Alt+Del. */
  readonly attention: () => void;
  readonly log: { info(message: string): void; error(message: string): void };
  /** Without a sign of life for so long the helper hangs, ms. */
  readonly silenceMs: number;
}

/** Between two sessions the console has none for a moment. */
const NO_SESSION_RETRY_MS = 500;
/** A predecessor that nobody told to go is ended after this. */
const LEAVE_MS = 3000;

export class HelperKeeper {
  readonly #options: HelperKeeperOptions;
  readonly #delay = new RestartDelay();
  readonly #running = new Map<SessionProcess, Promise<void>>();
  #current: { helper: SessionProcess; session: number } | undefined;
  #restart: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: HelperKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    clearTimeout(this.#restart);
    if (this.#closed) return;
    const { session: atConsole, start, log } = this.#options;
    const session = atConsole();
    if (session === undefined) {
      this.#restart = setTimeout(() => this.start(), NO_SESSION_RETRY_MS);
      return;
    }
    this.#delay.born(Date.now());
    try {
      const helper = start(session);
      const { refused, withoutUiAccess } = helper;
      const problems = withoutUiAccess === undefined ? refused : [...refused, `without UI access: ${withoutUiAccess}`];
      const why = problems.length > 0 ? ` (${problems.join("; ")})` : "";
      log.info(`helper ${helper.pid} started in session ${session} by ${helper.way}${why}`);
      this.#current = { helper, session };
      this.#running.set(helper, this.#watch(helper));
    } catch (error) {
      log.error(`the helper cannot be started: ${(error as Error).message}`);
      this.#startLater();
    }
  }

  #startLater(): void {
    const wait = this.#delay.died(Date.now());
    this.#restart = setTimeout(() => this.start(), wait);
  }

  async #watch(helper: SessionProcess): Promise<void> {
    const { silenceMs, attention, log } = this.#options;
    for (let sign = await helper.wait(silenceMs); sign !== "exited"; sign = await helper.wait(silenceMs)) {
      if (sign === "attention" && helper === this.#current?.helper) attention();
      if (sign !== "silent") continue;
      log.error(`helper ${helper.pid} hangs and is ended`);
      helper.terminate();
    }
    log.info(`helper ${helper.pid} ended with code ${helper.exitCode()}`);
    helper.close();
    this.#running.delete(helper);
    if (helper !== this.#current?.helper) return;
    this.#current = undefined;
    if (!this.#closed) this.#startLater();
  }

  /** Another session may be at the console now. */
  sessionChange(): void {
    const before = this.#current;
    const session = this.#options.session();
    if (!before || session === undefined || session === before.session) return;
    this.#options.log.info(`session ${session} is at the console now, in place of ${before.session}`);
    this.start();
    setTimeout(() => {
      if (this.#running.has(before.helper)) before.helper.terminate();
    }, LEAVE_MS).unref();
  }

  /** Resolves when all helpers are gone. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    for (const helper of this.#running.keys()) helper.terminate();
    await Promise.all(this.#running.values());
  }
}
