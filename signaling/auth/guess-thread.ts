/** The thread of guess-checks.ts: a password comes in, whether somebody would guess it soon goes out. One at a time. */
import { parentPort } from "node:worker_threads";
import { isGuessable } from "./guessable.ts";

parentPort?.on("message", async (password: string) => parentPort?.postMessage(await isGuessable(password, [])));
