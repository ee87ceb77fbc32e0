/**
 * What nobody caught is a bug, and what the program believes after it cannot be relied on: it is said once, what is open is
 * closed in order as far as that goes, and the process ends with a failure, so that whoever supervises it starts it anew.
 */
import type { EventEmitter } from "node:events";

/** For what is being written; a service manager waits longer than this before it kills. */
const BOUND_MS = 5_000;

export interface LastResortOptions {
  readonly log: { fatal(fields: object, message: string): void };
  /** In order; may take BOUND_MS. */
  readonly close: () => Promise<void>;
  readonly boundMs?: number;
  /** For tests. */
  readonly process?: Pick<EventEmitter, "on"> & { exit(code: number): void };
}

/** Node hands over what a promise rejects with unheard here too, unless somebody listens for that. */
export function lastResort({ log, close, boundMs = BOUND_MS, process: self = process }: LastResortOptions): void {
  let isEnding = false;
  self.on("uncaughtException", (error: unknown, origin: unknown) => {
    if (isEnding) return;
    isEnding = true;
    log.fatal({ err: error, origin }, "ended by an error that nobody caught");
    const end = () => self.exit(1);
    setTimeout(end, boundMs);
    Promise.resolve().then(close).then(end, end);
  });
}
