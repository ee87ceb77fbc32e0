/**
 * Credentials for an office PC that wants to know whether it reaches its relay, without a session. They open an allocation and
 * nothing else: the relay relays only between its own allocations, and no viewer is told of this one.
 */
import { randomUUID } from "node:crypto";
import { SourceThrottle } from "./auth/throttle.ts";
import type { IceServers } from "./ice-servers.ts";
import type { Log } from "./log.ts";
import type { RelayCheckRequest } from "./protocol/api.ts";
import { RequestError } from "./protocol/errors.ts";
import type { IceServer } from "./protocol/signal.ts";
import { relayCheckText, verify } from "./protocol/signed.ts";
import type { Records } from "./records.ts";

/** A request is good for this long, and is remembered for as long so that it is good once. */
const WINDOW_MS = 60_000;
/**
 * Per terminal: a person who pulls cables and asks again and again. An allocation lives as long as it is refreshed, so one PC could
 * otherwise fill the relay with names of its own. Bounds what is remembered, too.
 */
const PER_TERMINAL = { points: 5, durationS: 600 } as const;

export interface RelayChecksOptions {
  readonly records: Pick<Records, "terminal">;
  readonly iceServers: IceServers;
  /** The relay as agents reach it. */
  readonly urls: readonly string[];
  readonly log: Log;
  /** Epoch ms. */
  readonly now: () => number;
}

export class RelayChecks {
  readonly #options: RelayChecksOptions;
  readonly #throttle = new SourceThrottle(PER_TERMINAL);
  /** Requests that were honoured → when they may be forgotten. */
  readonly #used = new Map<string, number>();

  constructor(options: RelayChecksOptions) {
    this.#options = options;
  }

  /** Throws AGENT_REFUSED (a terminal that is unknown or disabled, a wrong, old or repeated signature) or TOO_MANY_ATTEMPTS. */
  async issue(request: RelayCheckRequest): Promise<IceServer> {
    const { iceServers, urls, log } = this.#options;
    const fault = await this.#fault(request);
    if (fault) {
      log.info({ terminal: request.terminal, fault }, "relay check refused");
      throw new RequestError("AGENT_REFUSED", "not an enrolled terminal, or the request is old");
    }
    log.info({ terminal: request.terminal }, "relay check");
    return iceServers.issue({ session: randomUUID(), role: "agent", attempt: 1, urls });
  }

  /** Requests that are remembered, for the figures. */
  get size(): number {
    return this.#used.size;
  }

  async #fault(request: RelayCheckRequest): Promise<"time" | "terminal" | "signature" | "repeated" | undefined> {
    const { records, now } = this.#options;
    if (Math.abs(now() - request.at) > WINDOW_MS) return "time";
    const terminal = await records.terminal(request.terminal);
    if (!terminal) return "terminal";
    if (!(await verify(terminal.publicKey, request.signature, relayCheckText(request)))) return "signature";
    await this.#throttle.admit(request.terminal);
    return this.#isFirst(request) ? undefined : "repeated";
  }

  /** Known by what was signed, not by the signature: ECDSA has many for one text. */
  #isFirst({ terminal, nonce, at }: RelayCheckRequest): boolean {
    const now = this.#options.now();
    for (const [id, until] of this.#used) if (until < now) this.#used.delete(id);
    const id = `${terminal} ${nonce}`;
    if (this.#used.has(id)) return false;
    this.#used.set(id, at + WINDOW_MS);
    return true;
  }
}
