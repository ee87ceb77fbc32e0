/** The desktop process as the helper of the services: nobody reads its output, so its last words go to a file. */
import type { Socket } from "node:net";
import { desktopLogFolder } from "../../settings/paths.ts";
import { openLogFile } from "../log-file.ts";
import { AGENT_SERVICE } from "../services.ts";
import { connectToAgent } from "./connection.ts";

/** Whoever keeps us ends us after PULSE_TIMEOUT_MS without one. */
export const PULSE_MS = 2000;
export const PULSE_TIMEOUT_MS = 10_000;

export interface HelperOptions {
  readonly stateDir: string;
  /** Handles of events, see Signals in win32-process.ts. */
  readonly pulse: string | undefined;
  readonly attention: string | undefined;
}

export interface Helper {
  readonly pipe: Socket;
  /** Into the file. */
  readonly say: (words: string) => void;
  readonly askForAttention: (() => void) | undefined;
}

export async function beHelper({ stateDir, pulse, attention }: HelperOptions): Promise<Helper> {
  const file = openLogFile(desktopLogFolder(stateDir), "helper");
  const say = (words: string) => file.write(`${new Date().toISOString()} ${process.pid} ${words}\n`);
  process.on("uncaughtExceptionMonitor", (error) => say(`ended by an error: ${error.stack ?? error.message}`));
  const native = await import("../../native/win32/process.ts");
  if (pulse) {
    native.signal(pulse);
    setInterval(() => native.signal(pulse), PULSE_MS).unref();
  }
  const [{ pipeServer }, { viewService }] = await Promise.all([
    import("../../native/win32/pipe-server.ts"),
    import("../../native/win32/scm.ts"),
  ]);
  const pipe = await connectToAgent({
    stateDir,
    isServedByAgent: (path) => pipeServer(path) === viewService(AGENT_SERVICE)?.pid,
    refused: (path) => say(`${path} is not served by ${AGENT_SERVICE}: not connected`),
  });
  say("connected to the agent");
  pipe.once("close", () => say("the agent closed the pipe"));
  return { pipe, say, askForAttention: attention ? () => native.signal(attention) : undefined };
}
