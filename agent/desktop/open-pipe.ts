/** The pipe to the network process: inherited from it, or as the Windows helper, which another process started, connected to. */
import { Socket } from "node:net";

/** The file descriptor of the inherited pipe; 0–2 are left to the libraries' own chatter. */
const PIPE_FD = 3;

export async function openPipe(options: { helper?: string | undefined; pulse?: string | undefined }): Promise<Socket> {
  if (options.helper === undefined) return new Socket({ fd: PIPE_FD, readable: true, writable: true });
  const { beHelper } = await import("../windows/helper.ts");
  return beHelper({ stateDir: options.helper, pulse: options.pulse });
}
