/**
 * Credentials for an office PC that wants to know whether it reaches its relay, without a session. They open an allocation and
 * nothing else: the relay relays only between its own allocations, and no viewer is told of this one.
 */
import { randomUUID } from "node:crypto";
import { SourceThrottle } from "../auth/throttle.ts";
import type { IceServers } from "../edge/ice-servers.ts";
import type { RelayPeers } from "../edge/relay-peers.ts";
import type { Log } from "../log.ts";
import type { RelayCheckRequest } from "../protocol/api.ts";
import { RequestError } from "../protocol/errors.ts";
import type { IceServer } from "../protocol/ice-server.ts";
import type { TerminalId } from "../protocol/ids.ts";
import { TURN_CREDENTIAL_TTL_MS } from "../protocol/limits.ts";
import { relayCheckText, verify } from "../protocol/signed.ts";
import type { Records } from "../records.ts";

/** A request is good for this long, and is remembered for as long so that it is good once. */
const WINDOW_MS = 60_000;
/** Per terminal and minute: a person who pulls cables and asks again and again. Bounds what is remembered, too. */
const PER_TERMINAL = { points: 20, durationS: 60 } as const;
/**
 * However often it asks, a terminal is told the same name for so long: the relay's quota is by name, and an allocation that
 * is not given back lives for ten minutes (RFC 8656 §3.2).
 */
const NAME_MS = 10 * 60_000;

export interface RelayChecksOptions {
  readonly records: Pick<Records, "terminal">;
  readonly iceServers: IceServers;
  /** Where the edges hear that the name of a check counts: as a session that has no other end. */
  readonly relayPeers?: Pick<RelayPeers, "begin" | "end">;
  /** Whether nobody did so within this time, on whatever node; left out: there is this one only. */
  readonly useOnce?: ((name: string, forMs: number) => Promise<boolean>) | undefined;
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
  /** terminal → the name it was told, and when it is told another one; forgotten when that is good no longer */
  readonly #told = new Map<TerminalId, { session: string; server: IceServer; until: number }>();

  constructor(options: RelayChecksOptions) {
    this.#options = options;
  }

  /** Throws AGENT_REFUSED (a terminal that is unknown or disabled, a wrong, old or repeated signature) or TOO_MANY_ATTEMPTS. */
  async issue(request: RelayCheckRequest): Promise<IceServer> {
    const { log } = this.#options;
    const fault = await this.#fault(request);
    if (fault) {
      log.info({ terminal: request.terminal, fault }, "relay check refused");
      throw new RequestError("AGENT_REFUSED", "not an enrolled terminal, or the request is old");
    }
    log.info({ terminal: request.terminal }, "relay check");
    return this.#nameOf(request.terminal);
  }

  /** What is remembered, for the figures. */
  get size(): number {
    return this.#used.size + this.#told.size;
  }

  #nameOf(terminal: TerminalId): IceServer {
    const { iceServers, relayPeers, urls, now } = this.#options;
    for (const [id, { until }] of this.#told) if (until + TURN_CREDENTIAL_TTL_MS <= now()) this.#forget(id);
    const told = this.#told.get(terminal);
    if (told && now() < told.until) return told.server;
    this.#forget(terminal);
    // good to the end for who is told it last
    const ttlMs = NAME_MS + TURN_CREDENTIAL_TTL_MS;
    const session = randomUUID();
    const server = iceServers.issue({ session, role: "agent", attempt: 1, urls, ttlMs });
    this.#told.set(terminal, { session, server, until: now() + NAME_MS });
    relayPeers?.begin(session);
    return server;
  }

  #forget(terminal: TerminalId): void {
    const { session } = this.#told.get(terminal) ?? {};
    this.#told.delete(terminal);
    if (session !== undefined) this.#options.relayPeers?.end(session);
  }

  async #fault(request: RelayCheckRequest): Promise<"time" | "terminal" | "signature" | "repeated" | undefined> {
    const { records, now } = this.#options;
    if (Math.abs(now() - request.at) > WINDOW_MS) return "time";
    const terminal = await records.terminal(request.terminal);
    if (!terminal) return "terminal";
    if (!(await verify(terminal.publicKey, request.signature, relayCheckText(request)))) return "signature";
    await this.#throttle.admit(request.terminal);
    return (await this.#isFirst(request)) ? undefined : "repeated";
  }

  /** Known by what was signed, not by the signature: ECDSA has many for one text. */
  async #isFirst({ terminal, nonce, at }: RelayCheckRequest): Promise<boolean> {
    const { useOnce } = this.#options;
    const now = this.#options.now();
    for (const [id, until] of this.#used) if (until < now) this.#used.delete(id);
    const id = `${terminal} ${nonce}`;
    if (this.#used.has(id)) return false;
    this.#used.set(id, at + WINDOW_MS);
    return useOnce ? useOnce(`relay-check ${id}`, 2 * WINDOW_MS) : true;
  }
}
