/**
 * A program as a Windows service: start-pending ─▶ running ─▶ stop-pending ─▶ stopped. A start that fails, and an error that
 * nobody caught, end the process with a failure: the service control manager starts it again.
 */
import type { ServiceStatus } from "../../native/win32/service.ts";

export interface ServiceProgram {
  /** The service counts as running when this resolves. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Somebody logged on or off, locked, or another session came to the console. */
  sessionChange?(): void;
}

export interface ServiceLog {
  info(message: string): void;
  error(message: string): void;
}

/** The steps of start and stop are seconds; the manager is told that they may take this long, ms. */
const WAIT_HINT_MS = 20_000;

/** Resolves when the service has stopped: the process may exit with that code. */
export async function runService(name: string, program: ServiceProgram, log: ServiceLog): Promise<number> {
  const { runDispatcher } = await import("../../native/win32/service.ts");
  let exitCode = 0;
  let setStatus: (status: ServiceStatus) => void = () => undefined;
  let stopping = false;

  const stopped = (code: number): void => {
    exitCode = code;
    setStatus({ state: "stopped", exitCode: code });
  };
  const start = async (): Promise<void> => {
    setStatus({ state: "start-pending", checkPoint: 1, waitHintMs: WAIT_HINT_MS });
    try {
      await program.start();
      if (stopping) return;
      log.info(`service ${name} runs`);
      setStatus({ state: "running" });
    } catch (error) {
      log.error(`service ${name} cannot start: ${wordsOf(error)}`);
      stopped(1);
    }
  };
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    setStatus({ state: "stop-pending", checkPoint: 1, waitHintMs: WAIT_HINT_MS });
    log.info(`service ${name} stops`);
    await program.stop().catch((error: unknown) => log.error(`while stopping: ${wordsOf(error)}`));
    stopped(0);
  };

  await runDispatcher(name, {
    started: (set) => {
      setStatus = set;
      void start();
    },
    control: ({ kind }) => (kind === "stop" ? void stop() : program.sessionChange?.()),
  });
  return exitCode;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
