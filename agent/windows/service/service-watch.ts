/** Starts a service again that ended by itself, where the service control manager has not done it. */
import type { HeldProcess } from "../../native/win32/process.ts";
import type { ServiceView } from "../../native/win32/scm.ts";

export interface ServiceWatchOptions {
  readonly name: string;
  readonly view: (name: string) => ServiceView | undefined;
  readonly start: (name: string) => void;
  /** Undefined: there is no such process any more. */
  readonly hold: (pid: number) => HeldProcess | undefined;
  readonly log: { info(message: string): void; error(message: string): void };
  readonly lookEveryMs?: number;
}

const LOOK_EVERY_MS = 1000;
/**
 * Looks in a row that must find it failed: the manager's own restart, after a second, comes first. Twice as many each time that it
 * fails again soon, up to a minute.
 */
const FAILED_LOOKS = { first: 2, most: 60 } as const;
/** What a service that was never started since the PC was has for an exit code. */
const ERROR_SERVICE_NEVER_STARTED = 1077;

/** Returns what ends it. A service that somebody stopped ended without an error, and stays stopped. */
export function watchService({
  name,
  view,
  start,
  hold,
  log,
  lookEveryMs = LOOK_EVERY_MS,
}: ServiceWatchOptions): () => void {
  let failed = 0;
  let well = 0;
  let patience: number = FAILED_LOOKS.first;
  // Wine's manager does not notice the death of a process, and another one may have its number a moment later
  let held: { pid: number; process: HeldProcess | undefined } | undefined;
  const hasDied = (pid: number): boolean => {
    if (pid === 0) return false;
    if (held?.pid !== pid) {
      held?.process?.close();
      held = { pid, process: hold(pid) };
    }
    return held.process?.hasExited() ?? true;
  };
  const look = (): void => {
    try {
      const service = view(name);
      failed = service && (hasFailed(service) || hasDied(service.pid)) ? failed + 1 : 0;
      well = service?.state === "running" ? well + 1 : 0;
      if (well > FAILED_LOOKS.most) patience = FAILED_LOOKS.first;
      if (failed < patience) return;
      log.info(`${name} ended by itself (${service?.exitCode}) and is started again`);
      failed = 0;
      held?.process?.close();
      held = undefined;
      patience = Math.min(patience * 2, FAILED_LOOKS.most);
      start(name);
    } catch (error) {
      log.error(`${name} cannot be looked after: ${(error as Error).message}`);
    }
  };
  const timer = setInterval(look, lookEveryMs);
  return () => {
    clearInterval(timer);
    held?.process?.close();
  };
}

function hasFailed({ state, exitCode }: ServiceView): boolean {
  return state === "stopped" && exitCode !== 0 && exitCode !== ERROR_SERVICE_NEVER_STARTED;
}
