/**
 * A thread that answers one question to a PAC file. The file's JavaScript comes from elsewhere: it runs in an interpreter of
 * its own (QuickJS in WebAssembly) and sees nothing but the functions that PAC defines. Whoever started the thread ends it.
 */
import { networkInterfaces } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { createPacResolver, sandbox } from "pac-resolver";
import { QuickJS } from "quickjs-wasi";

export interface PacQuestion {
  /** The file. */
  readonly text: string;
  readonly url: string;
  readonly host: string;
}

const MAX_MEMORY_BYTES = 16 * 1024 * 1024;

const { text, url, host } = workerData as PacQuestion;
const interpreter = await QuickJS.create({ memoryLimit: MAX_MEMORY_BYTES });
const find = createPacResolver(interpreter, text, { sandbox: { ...sandbox, myIpAddress, alert: () => undefined } });
parentPort?.postMessage(await find(url, host));

/** The library would ask a public address on the internet for it. */
function myIpAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return all.find(({ internal, family }) => !internal && family === "IPv4")?.address ?? "127.0.0.1";
}
