/**
 * The desktop of the network process, in a process of its own: commands go into its pipe, reports come out. A wrong
 * native call, a hung library or a hostile screen kills only that process; its successor is told the last wish.
 */
import type { Codec } from "../../signaling/protocol/signal.ts";
import type { Command, InputEvent, Protection } from "./commands.ts";
import type { Desktop, EncodeRequest, OnReport } from "./desktop.ts";
import { readReports, writeCommand } from "./pipe.ts";
import type { DesktopLog, DesktopProcess, DesktopSource } from "./process-source.ts";
import { Questions } from "./questions.ts";
import type { DesktopProblem, LockOutcome, LockState, Report } from "./reports.ts";

/** A picture takes 0.2 s on a slow day; a process that is silent for this long hangs in a library or on the X server. */
const ANSWER_TIMEOUT_MS = 10_000;
/**
 * Locking takes up to 6 s (session-lock.ts). Relay and answer take some seconds before it, and the page waits 12 s for its path, so
 * that whoever is refused for the lock is told so and not that the negotiation took too long.
 */
export const LOCK_TIMEOUT_MS = 8_000;
/** Asking one program takes up to 3 s. */
const LOCK_STATE_TIMEOUT_MS = 4_000;
/** Commands are small and read at once; this much unread means that the process hangs. */
const MAX_UNREAD_BYTES = 1 << 20;

export interface ChildDesktopOptions {
  readonly source: DesktopSource;
  readonly onReport: OnReport;
  readonly log: DesktopLog;
  /** How long a process may take to lock before it counts as hanging. */
  readonly lockTimeoutMs?: number | undefined;
}

export class ChildDesktop implements Desktop {
  readonly #source: DesktopSource;
  readonly #onReport: OnReport;
  readonly #log: DesktopLog;
  #process: DesktopProcess | undefined;
  /** Why none comes, while none does. */
  #missing: DesktopProblem | undefined;
  /** What the successor is told. */
  #protection: Protection | undefined;
  #codec: Codec | undefined;
  #asked: { quality: number } | undefined;
  #answerTimer: NodeJS.Timeout | undefined;
  readonly #locks: Questions<LockOutcome>;
  readonly #lockStates: Questions<LockState>;
  readonly #powers = new Questions<string>(LOCK_TIMEOUT_MS, "no desktop process answers");
  #notice = "";
  #closing: Promise<void> | undefined;

  constructor({ source, onReport, log, lockTimeoutMs }: ChildDesktopOptions) {
    this.#source = source;
    this.#onReport = onReport;
    this.#log = log;
    this.#locks = new Questions<LockOutcome>(lockTimeoutMs ?? LOCK_TIMEOUT_MS, "no-desktop");
    this.#lockStates = new Questions<LockState>(LOCK_STATE_TIMEOUT_MS, "open");
    source.start({
      arrived: (process) => this.#arrived(process),
      left: (cause) => this.#left(cause),
      missing: (problem) => {
        this.#missing = problem;
        this.#onReport({ type: "unusable", ...problem });
      },
    });
  }

  #arrived(process: DesktopProcess): void {
    this.#process = process;
    this.#missing = undefined;
    this.#listen(process);
    if (this.#protection) this.#send({ type: "protect", ...this.#protection });
    if (this.#notice) this.#send({ type: "notice", words: this.#notice });
    if (this.#codec) this.#send({ type: "open", codec: this.#codec });
    if (!this.#asked) return;
    this.#send({
      type: "encode",
      quality: this.#asked.quality,
      key: true,
      quick: false,
      moving: false,
      page: false,
      lineBps: 0,
    });
    this.#expectAnswer();
  }

  #listen(process: DesktopProcess): void {
    const reader = readReports();
    process.pipe.on("data", (piece: Uint8Array) => {
      if (process !== this.#process) return;
      try {
        for (const report of reader.push(piece)) this.#report(report);
      } catch (error) {
        this.#log.warn(`the desktop process said what it must not: ${String(error)}`);
        process.pipe.destroy();
        process.kill();
      }
    });
    process.pipe.on("error", () => undefined); // the end that follows says it
  }

  #report(report: Report): void {
    if (this.#closing) return;
    switch (report.type) {
      case "note":
        this.#log.info(`desktop: ${report.words}`);
        return;
      case "locked":
        this.#locks.answered(report.id, report.outcome);
        return;
      case "lock-state":
        this.#lockStates.answered(report.id, report.state);
        return;
      case "power":
        this.#powers.answered(report.id, report.why);
        return;
      case "picture":
        this.#answered();
        this.#source.proved();
        break;
      case "encode-failed":
        this.#answered();
        this.#codec = undefined;
        break;
      case "unusable":
        clearTimeout(this.#answerTimer); // it lives; the picture comes when the display does
        break;
    }
    this.#onReport(report);
  }

  #left(cause: string): void {
    this.#process = undefined;
    clearTimeout(this.#answerTimer);
    this.#giveUpQuestions();
    this.#onReport({ type: "restarting", cause });
  }

  #giveUpQuestions(): void {
    this.#powers.giveUp();
    this.#locks.giveUp();
    this.#lockStates.giveUp();
  }

  #send(command: Command): void {
    const process = this.#process;
    if (!process || process.pipe.destroyed || this.#closing) return;
    process.pipe.write(writeCommand(command));
    if (process.pipe.writableLength > MAX_UNREAD_BYTES) process.kill();
  }

  open({ codec }: { codec: Codec }): void {
    this.#codec = codec;
    this.#send({ type: "open", codec });
    const problem = this.#missing;
    if (problem) setImmediate(() => this.#closing || this.#onReport({ type: "unusable", ...problem }));
  }

  #answered(): void {
    this.#asked = undefined;
    clearTimeout(this.#answerTimer);
  }

  #expectAnswer(): void {
    clearTimeout(this.#answerTimer);
    this.#answerTimer = setTimeout(() => this.#process?.kill(), ANSWER_TIMEOUT_MS);
  }

  encode({ quality, key, quick = false, moving = false, page = false, lineBps = 0 }: EncodeRequest): void {
    this.#asked = { quality };
    this.#expectAnswer();
    this.#send({ type: "encode", quality, key, quick, moving, page, lineBps: Math.round(lineBps) });
  }

  inject(event: InputEvent): void {
    this.#send(event);
  }

  releaseAll(): void {
    this.#send({ type: "release-all" });
  }

  forgetText(): void {
    this.#send({ type: "forget-text" });
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

  lock(): Promise<LockOutcome> {
    return this.#ask(this.#locks, "lock");
  }

  lockState(): Promise<LockState> {
    return this.#ask(this.#lockStates, "lock-state");
  }

  notice(words: string): void {
    this.#notice = words;
    this.#send({ type: "notice", words });
  }

  powerOff({ inS, words }: { inS: number; words: string }): Promise<string> {
    if (!this.#process || this.#closing) return Promise.resolve(this.#powers.unanswered);
    const { id, answer } = this.#powers.ask(() => this.#log.warn("the desktop process does not switch the PC off"));
    this.#send({ type: "power-off", id, inS, words });
    return answer;
  }

  stayOn(): void {
    this.#send({ type: "stay-on" });
  }

  /** A process that does not answer hangs in a native call, or is stopped: it is ended, and its successor is asked the next time. */
  #ask<T>(questions: Questions<T>, type: "lock" | "lock-state"): Promise<T> {
    const process = this.#process;
    if (!process || this.#closing) return Promise.resolve(questions.unanswered);
    const { id, answer } = questions.ask(() => {
      this.#log.warn("the desktop process does not answer whether the PC is locked: it is ended");
      process.kill();
    });
    this.#send({ type, id });
    return answer;
  }

  close(): Promise<void> {
    clearTimeout(this.#answerTimer);
    this.#closing ??= this.#source.close().finally(() => this.#giveUpQuestions());
    return this.#closing;
  }
}
