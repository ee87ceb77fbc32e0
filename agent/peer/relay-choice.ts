/**
 * The way to the relay: TURN over UDP, else TURN over TLS on the inside port (a designated LGWAN communication is often one
 * address and one TCP port). What worked is remembered, so that a PC without UDP does not wait for it each time.
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { IceServer } from "../../signaling/protocol/ice-server.ts";
import type { Log } from "../log.ts";
import { writePrivate } from "../trust/files.ts";
import type { Peer, RelayUrl } from "./peer.ts";
import { isUdp, relayProblem } from "./relay-url.ts";

const UDP_TIMEOUT_MS = 3_000;
const TLS_TIMEOUT_MS = 6_000;
/** After this long UDP is tried first again: the firewall may have changed. */
const REMEMBER_MS = 3_600_000;

const Memory = z.strictObject({ urls: z.array(z.string()), worked: z.string().optional(), at: z.number() });
type Memory = z.infer<typeof Memory>;

/** What the agent last knew of its relay, in `relay.json`. */
export class RelayMemory {
  readonly #path: string;
  #memory: Memory = { urls: [], at: 0 };
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(path: string) {
    this.#path = path;
  }

  async load(): Promise<Memory> {
    try {
      this.#memory = Memory.parse(JSON.parse(await readFile(this.#path, "utf8")));
    } catch {
      // none yet, or unreadable: it is only a hint
    }
    return this.#memory;
  }

  /** The given URLs, the one to try first in front. */
  order(relays: readonly RelayUrl[], now: number): RelayUrl[] {
    const { worked, at } = this.#memory;
    if (now - at > REMEMBER_MS) return [...relays];
    return relays.toSorted((a, b) => Number(b.url === worked) - Number(a.url === worked));
  }

  async worked(url: string, urls: readonly string[], now: number): Promise<void> {
    if (this.#closed) return;
    const known = this.#memory.worked === url && this.#memory.urls.join() === urls.join();
    if (known && now - this.#memory.at < REMEMBER_MS) return;
    this.#memory = { urls: [...urls], worked: url, at: now };
    const text = JSON.stringify(this.#memory);
    const written = this.#writing.then(() => writePrivate(this.#path, text));
    this.#writing = written.catch(() => {});
    await written;
  }

  /** Resolves when nothing will be written any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
  }
}

/** Tries one URL after the other. Rejects with words about each when none answers. */
export async function openThroughRelay(o: {
  iceServers: readonly IceServer[];
  /** Hosts that a relay may be on. */
  allowed: ReadonlySet<string>;
  memory: RelayMemory;
  open: (relay: RelayUrl, timeoutMs: number) => Promise<Peer>;
  /** False when the session ended while one way was tried: no other is then. */
  isWanted: () => boolean;
  log: Log;
}): Promise<Peer> {
  const relays = relayUrls(o.iceServers);
  const problems: string[] = [];
  for (const relay of o.memory.order(relays, Date.now())) {
    if (!o.isWanted()) throw new Error("the session ended meanwhile");
    const forbidden = relayProblem(relay.url, o.allowed);
    if (forbidden) {
      problems.push(`${relay.url}: ${forbidden}`);
      o.log.error(
        { relay: relay.url, problem: forbidden },
        "the server names a relay that this PC does not connect to",
      );
      continue;
    }
    try {
      const peer = await o.open(relay, isUdp(relay.url) ? UDP_TIMEOUT_MS : TLS_TIMEOUT_MS);
      const urls = relays.map(({ url }) => url);
      o.memory.worked(relay.url, urls, Date.now()).catch((error) => o.log.warn({ err: error }, "relay not remembered"));
      return peer;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      problems.push(`${relay.url}: ${problem}`);
      o.log.warn({ relay: relay.url, problem }, "relay not reached");
    }
  }
  throw new Error(problems.join("; ") || "the server named no relay");
}

export function relayUrls(servers: readonly IceServer[]): RelayUrl[] {
  return servers.flatMap(({ urls, username, credential }) =>
    urls.filter((url) => /^turns?:/.test(url)).map((url) => ({ url, username, credential })),
  );
}
