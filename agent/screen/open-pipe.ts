/** The pipe to the network process: inherited from it, or as the Windows helper, which another process started, connected to. */
import { Socket } from "node:net";

/** The file descriptor of the inherited pipe; 0–2 are left to the libraries' own chatter. */
const PIPE_FD = 3;

export interface OpenedPipe {
  readonly pipe: Socket;
  /** For the agent's log, also when the pipe is closed already. */
  readonly say: (words: string) => void;
  /** Asks for Ctrl+Alt+Del where somebody can give it. */
  readonly askForAttention?: (() => void) | undefined;
}

export async function openPipe(options: {
  helper?: string | undefined;
  pulse?: string | undefined;
  attention?: string | undefined;
}): Promise<OpenedPipe> {
  // whoever started us reads standard error
  if (options.helper === undefined)
    return { pipe: new Socket({ fd: PIPE_FD, readable: true, writable: true }), say: console.error };
  const { beHelper } = await import("../windows/helper/helper.ts");
  return beHelper({ stateDir: options.helper, pulse: options.pulse, attention: options.attention });
}
