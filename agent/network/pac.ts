/** Which way a PAC file names. The file is read here and asked in a thread, see pac-thread.ts. */
import { readFile } from "node:fs/promises";
import { get } from "node:http";
import { Worker } from "node:worker_threads";
import { Lately } from "./lately.ts";
import type { PacQuestion } from "./pac-thread.ts";
import { detailOf, NetworkError } from "./problem.ts";
import { type Credentials, type HttpProxy, nameOf, type PacSource, type Target, targetOf } from "./proxy.ts";

/** "direct", or the proxy to ask. */
export type Way = "direct" | HttpProxy;

/** Whoever answers for the file may name any proxy: IT says which ones may have our user and password. */
export type CredentialsFor = (host: string) => Credentials | undefined;

/** So long a file that was read, and a way that it named, are good. */
const KEEP_MS = 600_000;
const MAX_FILE_BYTES = 1024 * 1024;
const FETCH_TIMEOUT_MS = 5_000;
/** Look-ups of names included. */
const ANSWER_TIMEOUT_MS = 5_000;
const MAX_HEAP_MB = 64;
const MAX_WAYS = 8;
/** Places asked about: the server, and what it names as relays, of which it may name another port each time. */
const MAX_PLACES = 64;

export class Pac {
  readonly #source: PacSource;
  readonly #credentialsFor: CredentialsFor;
  readonly #ways = new Lately<Way[]>({ most: MAX_PLACES, keepMs: KEEP_MS });
  #file: { text: Promise<string>; until: number } | undefined;

  constructor(source: PacSource, credentialsFor: CredentialsFor = () => undefined) {
    this.#source = source;
    this.#credentialsFor = credentialsFor;
  }

  /** In the order to try. Rejects with PAC_UNREACHABLE or PAC_BROKEN; asked again, it tries again. */
  async ways(to: Target): Promise<Way[]> {
    const now = performance.now();
    const known = this.#ways.get(nameOf(to), now);
    if (known) return known;
    if (!this.#file || this.#file.until <= now) this.#file = { text: read(this.#source), until: now + KEEP_MS };
    try {
      const answer = await ask(await this.#file.text, `https://${nameOf(to)}/`, to.host);
      const ways = readAnswer(answer, this.#credentialsFor);
      this.#ways.set(nameOf(to), ways, now);
      return ways;
    } catch (error) {
      this.forget();
      if (error instanceof NetworkError) throw error;
      throw new NetworkError("PAC_BROKEN", `${sourceName(this.#source)}: ${detailOf(error)}`, { cause: error });
    }
  }

  /** What was named did not work, or the network is another one: read it anew at the next question. */
  forget(): void {
    this.#file = undefined;
    this.#ways.clear();
  }
}

export const sourceName = (source: PacSource): string => ("file" in source ? source.file : source.url.href);

/** `PROXY a:8080; DIRECT`. Ways that we do not know are passed over. */
function readAnswer(answer: unknown, credentialsFor: CredentialsFor): Way[] {
  const ways = String(answer ?? "")
    .split(";", MAX_WAYS)
    .flatMap((part): Way[] => {
      const [kind = "", place = ""] = part.trim().split(/\s+/);
      if (kind.toUpperCase() === "DIRECT") return ["direct"];
      if (!/^(PROXY|HTTP)$/i.test(kind) || !URL.canParse(`http://${place}`)) return [];
      const proxy = targetOf(new URL(`http://${place}`));
      return [{ ...proxy, credentials: credentialsFor(proxy.host) }];
    });
  if (ways.length === 0) throw new Error(`it answered "${String(answer).slice(0, 100)}"`);
  return ways;
}

/** In a thread of its own, which is ended when it takes too long: whatever the file does, our sessions go on meanwhile. */
function ask(text: string, url: string, host: string): Promise<unknown> {
  const program = new URL(import.meta.url.endsWith(".ts") ? "./pac-thread.ts" : "./pac-thread.js", import.meta.url);
  const question: PacQuestion = { text, url, host };
  const thread = new Worker(program, { workerData: question, resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } });
  let late: NodeJS.Timeout | undefined;
  return new Promise((resolve, reject) => {
    late = setTimeout(() => reject(new Error("no answer in time")), ANSWER_TIMEOUT_MS);
    thread.once("message", resolve);
    thread.once("error", reject);
  }).finally(() => {
    clearTimeout(late);
    void thread.terminate();
  });
}

async function read(source: PacSource): Promise<string> {
  try {
    return "file" in source ? await readFile(source.file, "utf8") : await download(source.url);
  } catch (error) {
    throw new NetworkError("PAC_UNREACHABLE", `${sourceName(source)}: ${detailOf(error)}`, { cause: error });
  }
}

/** The file itself is fetched without any proxy. */
function download(url: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { agent: false, signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) }, (response) => {
      if (response.statusCode !== 200) {
        response.destroy();
        return reject(new Error(`HTTP ${response.statusCode}`));
      }
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
        if (text.length > MAX_FILE_BYTES) response.destroy(new Error("the file is too long"));
      });
      response.on("error", reject);
      return response.on("end", () => resolve(text));
    });
    asked.on("error", (error) => reject(error.name === "AbortError" ? new Error("no answer") : error));
  });
}
