/**
 * On Windows the cover's windows live in a thread of their own: the main thread must stay free to move to another desktop (the
 * lock screen), which Windows refuses to a thread that has windows; and they must answer Windows while a picture is encoded.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { DesktopFailure } from "../../desktop/problem.ts";
import type { Cover, CoverHandlers } from "./cover.ts";

const PROGRAM = new URL(
  import.meta.url.endsWith(".ts") ? "./windows-thread.ts" : "./cover-thread.js", // in a bundle all is in one folder
  import.meta.url,
);

export type ToThread = { kind: "verify" } | { kind: "close" };
export type FromThread = { kind: "verdict"; problem: string | undefined } | { kind: "failed"; message: string };

/** Throws DesktopFailure "no-cover": Windows before 10 2004, for one, cannot keep a window out of a capture. */
export async function openWindowsCover(words: string, handlers: CoverHandlers): Promise<Cover> {
  const cover = new WindowsCover(words, handlers);
  const problem = await cover.verify();
  if (problem === undefined) return cover;
  await cover.close();
  throw new DesktopFailure("no-cover", problem);
}

class WindowsCover implements Cover {
  readonly #thread: Worker;
  readonly #ended: Promise<unknown>;
  #answer: ((problem: string | undefined) => void) | undefined;
  #over: string | undefined;
  #closed = false;

  constructor(words: string, handlers: CoverHandlers) {
    this.#thread = new Worker(PROGRAM, { workerData: words });
    this.#thread.on("message", (message: FromThread) => this.#told(message));
    this.#thread.on("error", (error) => this.#end(error.message));
    this.#ended = once(this.#thread, "exit").then(() => {
      this.#end("The thread of the cover ended.");
      if (!this.#closed) handlers.changed();
    });
  }

  #told(message: FromThread): void {
    if (message.kind === "failed") this.#end(message.message);
    else this.#answered(message.problem);
  }

  #end(cause: string): void {
    this.#over ??= cause;
    this.#answered(this.#over);
  }

  #answered(problem: string | undefined): void {
    this.#answer?.(problem);
    this.#answer = undefined;
  }

  verify(): Promise<string | undefined> {
    if (this.#over !== undefined) return Promise.resolve(this.#over);
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#say({ kind: "verify" });
    });
  }

  #say(message: ToThread): void {
    this.#thread.postMessage(message);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#over === undefined) this.#say({ kind: "close" });
    await this.#ended;
  }
}
