/**
 * Which way a PAC file names. Its JavaScript comes from elsewhere: it runs in an interpreter of its own (QuickJS in
 * WebAssembly), with bounds on time and memory, and sees nothing but the functions that PAC defines.
 */
import { readFile } from "node:fs/promises";
import { get } from "node:http";
import { networkInterfaces } from "node:os";
import { detailOf, NetworkError } from "./problem.ts";
import { type Credentials, type HttpProxy, nameOf, type PacSource, type Target, targetOf } from "./proxy.ts";

/** "direct", or the proxy to ask. */
export type Way = "direct" | HttpProxy;

/** So long a file that was read, and a way that it named, are good. */
const KEEP_MS = 600_000;
const MAX_FILE_BYTES = 1024 * 1024;
const FETCH_TIMEOUT_MS = 5_000;
/** Look-ups of names included. */
const ANSWER_TIMEOUT_MS = 5_000;
/** Nothing else of this process runs meanwhile. */
const MAX_BUSY_MS = 250;
const MAX_MEMORY_BYTES = 16 * 1024 * 1024;
const MAX_WAYS = 8;

type Resolver = (url: string, host: string) => Promise<string>;

export class Pac {
  readonly #source: PacSource;
  readonly #credentials: Credentials | undefined;
  readonly #ways = new Map<string, { ways: Way[]; until: number }>();
  #resolver: { find: Promise<Resolver>; until: number } | undefined;

  constructor(source: PacSource, credentials?: Credentials) {
    this.#source = source;
    this.#credentials = credentials;
  }

  /** In the order to try. Rejects with PAC_UNREACHABLE or PAC_BROKEN; asked again, it tries again. */
  async ways(to: Target): Promise<Way[]> {
    const now = performance.now();
    const known = this.#ways.get(nameOf(to));
    if (known && known.until > now) return known.ways;
    if (!this.#resolver || this.#resolver.until <= now) {
      this.#resolver = { find: compile(this.#source), until: now + KEEP_MS };
    }
    try {
      const find = await this.#resolver.find;
      const ways = readAnswer(await find(`https://${nameOf(to)}/`, to.host), this.#credentials);
      this.#ways.set(nameOf(to), { ways, until: now + KEEP_MS });
      return ways;
    } catch (error) {
      this.forget();
      if (error instanceof NetworkError) throw error;
      throw new NetworkError("PAC_BROKEN", `${sourceName(this.#source)}: ${detailOf(error)}`, { cause: error });
    }
  }

  /** What was named did not work, or the network is another one: read it anew at the next question. */
  forget(): void {
    this.#resolver = undefined;
    this.#ways.clear();
  }
}

export const sourceName = (source: PacSource): string => ("file" in source ? source.file : source.url.href);

/** `PROXY a:8080; DIRECT`. Ways that we do not know are passed over. */
function readAnswer(answer: unknown, credentials: Credentials | undefined): Way[] {
  const ways = String(answer ?? "")
    .split(";", MAX_WAYS)
    .flatMap((part): Way[] => {
      const [kind = "", place = ""] = part.trim().split(/\s+/);
      if (kind.toUpperCase() === "DIRECT") return ["direct"];
      if (!/^(PROXY|HTTP)$/i.test(kind) || !URL.canParse(`http://${place}`)) return [];
      return [{ ...targetOf(new URL(`http://${place}`)), credentials }];
    });
  if (ways.length === 0) throw new Error(`it answered "${String(answer).slice(0, 100)}"`);
  return ways;
}

async function compile(source: PacSource): Promise<Resolver> {
  const text = await read(source);
  // a megabyte and a half of WebAssembly, only for those who have a PAC file
  const [{ QuickJS }, { createPacResolver }] = await Promise.all([import("quickjs-wasi"), import("pac-resolver")]);
  let busySince = 0;
  const begin = () => {
    busySince = performance.now();
  };
  const interpreter = await QuickJS.create({
    memoryLimit: MAX_MEMORY_BYTES,
    interruptHandler: () => performance.now() - busySince > MAX_BUSY_MS,
  });
  const { sandbox } = await import("pac-resolver");
  const slow = { dnsResolve: sandbox.dnsResolve, isInNet: sandbox.isInNet, isResolvable: sandbox.isResolvable };
  begin();
  const find = createPacResolver(interpreter, text, {
    sandbox: { ...sandbox, ...resuming(slow, begin), myIpAddress, shExpMatch, alert: () => undefined },
  });
  return (url, host) => {
    begin();
    return inTime(find(url, host));
  };
}

/** After each look-up the file's own time begins anew; all of them together have ANSWER_TIMEOUT_MS. */
function resuming<T extends Record<string, (...args: never[]) => Promise<unknown>>>(
  functions: T,
  begin: () => void,
): T {
  const wrapped = Object.entries(functions).map(([name, run]) => [
    name,
    async (...args: never[]) => {
      const result = await run(...args);
      begin();
      return result;
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}

async function inTime(answer: Promise<string>): Promise<string> {
  let late: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new Error("no answer in time")), ANSWER_TIMEOUT_MS);
  });
  return Promise.race([answer, timeout]).finally(() => clearTimeout(late));
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

/** The library would ask a public address on the internet for it. */
function myIpAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return all.find(({ internal, family }) => !internal && family === "IPv4")?.address ?? "127.0.0.1";
}

/** `*` and `?`, in time proportional to the product of the lengths; the library's regular expression has no such bound. */
export function shExpMatch(text: unknown, pattern: unknown): boolean {
  const [from, glob] = [String(text), String(pattern)];
  let [at, in_, star, retry] = [0, 0, -1, 0];
  while (at < from.length) {
    if (glob[in_] === "*") [star, retry, in_] = [in_, at, in_ + 1];
    else if (glob[in_] === "?" || (in_ < glob.length && glob[in_] === from[at])) [at, in_] = [at + 1, in_ + 1];
    else if (star >= 0) [in_, retry, at] = [star + 1, retry + 1, retry + 1];
    else return false;
  }
  while (glob[in_] === "*") in_ += 1;
  return in_ === glob.length;
}
