/** The helper's end of the pipe: waits until the network process serves it, and shows that it may speak there. */
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { readMeeting } from "./meeting.ts";

const RETRY_MS = 250;

/** Resolves when the secret was sent: with a wrong one the pipe closes at once. */
export async function connectToAgent(stateDir: string): Promise<Socket> {
  for (;;) {
    try {
      const { pipe, secret } = await readMeeting(stateDir);
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
