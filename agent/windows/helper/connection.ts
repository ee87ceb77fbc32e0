/** The helper's end of the pipe: waits until the network process serves it, and shows that it may speak there. */
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { readRendezvous } from "./rendezvous.ts";

const RETRY_MS = 250;

export interface AgentPipeOptions {
  readonly stateDir: string;
  /** Whether the network process serves it: nobody else is told the secret, or shown the screen. May throw: not now. */
  readonly isServedByAgent: (pipe: string) => boolean;
  /** Another than that of Windows' pipes, for Unix sockets. */
  readonly folder?: string;
  /** Once for each pipe that somebody else serves. */
  readonly refused?: (pipe: string) => void;
}

/** Resolves when the secret was sent: with a wrong one the pipe closes at once. */
export async function connectToAgent({
  stateDir,
  isServedByAgent,
  folder,
  refused,
}: AgentPipeOptions): Promise<Socket> {
  let before: string | undefined;
  for (;;) {
    try {
      const { pipe, secret } = await readRendezvous(stateDir, folder);
      if (!isServedByAgent(pipe)) {
        if (pipe !== before) refused?.(pipe);
        before = pipe;
        throw new Error("the pipe is served by somebody else");
      }
      const socket = await connected(pipe);
      socket.write(secret);
      return socket;
    } catch {
      await sleep(RETRY_MS); // not started yet, or just being started anew
    }
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => {
      socket.off("error", reject);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}
