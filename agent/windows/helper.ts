/** The desktop process as the helper of the services: nobody reads its output, so its last words go to a file. */
import type { Socket } from "node:net";
import { connectToAgent } from "./helper-connection.ts";
import { openLogFile } from "./log-file.ts";
import { desktopLogFolder } from "./places.ts";

/** Whoever keeps us ends us after PULSE_TIMEOUT_MS without one. */
export const PULSE_MS = 2000;
export const PULSE_TIMEOUT_MS = 10_000;

/** `say`: into the file. */
export async function beHelper({
  stateDir,
  pulse,
}: {
  stateDir: string;
  pulse: string | undefined;
}): Promise<{ pipe: Socket; say: (words: string) => void }> {
  const file = openLogFile(desktopLogFolder(stateDir), "helper");
  const say = (words: string) => file.write(`${new Date().toISOString()} ${process.pid} ${words}\n`);
  process.on("uncaughtExceptionMonitor", (error) => say(`ended by an error: ${error.stack ?? error.message}`));
  if (pulse) {
    const native = await import("../desktop/native/win32-process.ts");
    native.pulse(pulse);
    setInterval(() => native.pulse(pulse), PULSE_MS).unref();
  }
  const pipe = await connectToAgent(stateDir);
  say("connected to the agent");
  pipe.once("close", () => say("the agent closed the pipe"));
  return { pipe, say };
}
