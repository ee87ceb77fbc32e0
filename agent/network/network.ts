/**
 * Every TCP connection that the agent opens goes through here: the server's WebSocket and requests, TURN over TLS. UDP cannot: a
 * proxy does not carry it.
 *
 *   ways(target) ──direct──▶ TCP ───────────────────┐
 *        └───────proxy──▶ TCP to it ──CONNECT──▶ 200 ┴──▶ TLS 1.3, whose certificate must come from a CA we trust
 */
import { Agent } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import {
  type ConnectionOptions,
  connect as connectTls,
  createSecureContext,
  type DetailedPeerCertificate,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from "node:tls";
import { loadAuthorities } from "./authorities.ts";
import { Pac, sourceName, type Way } from "./pac.ts";
import { NetworkError } from "./problem.ts";
import { nameOf, type ProxySetting, type Target } from "./proxy.ts";
import { connectStraight, connectThrough } from "./tunnel.ts";

const CONNECT_TIMEOUT_MS = 10_000;
const MAX_CHAIN = 10;
/** The server, and what else is asked by HTTPS. */
const MAX_KNOWN = 8;

export interface NetworkSettings {
  readonly proxy: ProxySetting;
  /** Which proxies of a PAC file may have its user and password; none unless told. */
  readonly proxyHosts?: readonly string[] | undefined;
  /** A PEM file, or "windows"; undefined: only the CA pinned at enrolment. */
  readonly caFile: string | undefined;
}

export class Network {
  /** CAs that IT trusts besides the pinned one, PEM. */
  readonly authorities: readonly string[];
  /** For `https.request` and `ws`. */
  readonly agent: Agent;
  readonly #setting: ProxySetting;
  readonly #pac: Pac | undefined;

  private constructor(setting: ProxySetting, proxyHosts: readonly string[], authorities: readonly string[]) {
    this.#setting = setting;
    this.authorities = authorities;
    const credentials = setting.kind === "pac" ? setting.credentials : undefined;
    const credentialsFor = (host: string) => (proxyHosts.includes(host.toLowerCase()) ? credentials : undefined);
    this.#pac = setting.kind === "pac" ? new Pac(setting.source, credentialsFor) : undefined;
    this.agent = new NetworkAgent(this);
  }

  /** Rejects with words when `caFile` cannot be used. Connects nowhere yet. */
  static async open({ proxy, proxyHosts = [], caFile }: NetworkSettings): Promise<Network> {
    return new Network(proxy, proxyHosts, await loadAuthorities(caFile));
  }

  /** Whose certificates count. `pinned`: the CA of the enrolment. An empty list trusts nobody. */
  trusted(pinned: string | undefined): string[] {
    return [...(pinned === undefined ? [] : [pinned]), ...this.authorities];
  }

  /** The setting in a few words, without passwords. */
  describe(): string {
    const setting = this.#setting;
    if (setting.kind === "direct") return "direct";
    return setting.kind === "proxy" ? nameOf(setting.proxy) : `PAC ${sourceName(setting.source)}`;
  }

  /** In the order to try; a PAC file is asked. Rejects with a NetworkError. */
  async ways(to: Target): Promise<readonly Way[]> {
    if (this.#pac) return this.#pac.ways(to);
    return this.#setting.kind === "proxy" ? [this.#setting.proxy] : ["direct"];
  }

  /** Plain TCP as far as the target. Rejects with the problem of the last way that was tried. */
  async connect(to: Target, timeoutMs = CONNECT_TIMEOUT_MS): Promise<Socket> {
    const until = performance.now() + timeoutMs;
    let problem: unknown;
    for (const way of await this.ways(to)) {
      const leftMs = until - performance.now();
      if (leftMs <= 0) break;
      try {
        return await (way === "direct" ? connectStraight(to, leftMs) : connectThrough(way, to, leftMs));
      } catch (error) {
        problem = error;
      }
    }
    this.#pac?.forget();
    throw problem ?? new NetworkError("NO_ANSWER", `no answer from ${nameOf(to)}`);
  }

  /** The certificates that somebody shows who answers there, the server's first. Nothing is sent and nobody is trusted. */
  async shownChain(to: Target, timeoutMs = CONNECT_TIMEOUT_MS): Promise<DetailedPeerCertificate[]> {
    const socket = await this.connect(to, timeoutMs);
    return new Promise((resolve, reject) => {
      const tls = connectTls({ socket, host: to.host, minVersion: "TLSv1.3", rejectUnauthorized: false });
      tls.setTimeout(timeoutMs, () => tls.destroy(new NetworkError("NO_ANSWER", `no answer from ${nameOf(to)}`)));
      tls.once("error", reject);
      tls.once("secureConnect", () => {
        const chain: DetailedPeerCertificate[] = [];
        let shown: DetailedPeerCertificate | undefined = tls.getPeerCertificate(true);
        while (shown?.raw && !chain.includes(shown) && chain.length < MAX_CHAIN) {
          chain.push(shown);
          shown = shown.issuerCertificate;
        }
        tls.destroy();
        resolve(chain);
      });
    });
  }
}

interface Acquaintance {
  readonly secureContext: SecureContext;
  /** Of the last connection (RFC 8446 § 2.2). */
  session?: Buffer | undefined;
}

/**
 * Opens a connection of its own for each request. One that goes to the same place under the same CAs as an earlier one resumes its
 * TLS session: when a server comes back, all office PCs knock at once.
 */
class NetworkAgent extends Agent {
  readonly #network: Network;
  /** By place and CAs; those known longest give way. */
  readonly #known = new Map<string, Acquaintance>();

  constructor(network: Network) {
    super({ keepAlive: false });
    this.#network = network;
  }

  override createConnection(
    options: ConnectionOptions,
    done?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const to = { host: options.host ?? "", port: Number(options.port ?? 443) };
    this.#network.connect(to).then(
      (socket) => done?.(null, this.#secure(options, nameOf(to), socket)),
      (error: Error) => (done as ((error: Error) => void) | undefined)?.(error),
    );
    return undefined;
  }

  #secure(options: ConnectionOptions, place: string, socket: Socket): TLSSocket {
    const { ca, minVersion, servername } = options;
    const key = JSON.stringify([place, servername, minVersion, ca]);
    const known = this.#known.get(key) ?? this.#meet(key, { ca, minVersion });
    const { secureContext, session } = known;
    const secured = connectTls({ ...options, socket, secureContext, ...(session && { session }) });
    secured.on("session", (latest) => {
      known.session = latest;
    });
    // a ticket that somebody on the way cannot stand must not keep us away for ever
    secured.once("error", () => {
      known.session = undefined;
    });
    return secured;
  }

  #meet(key: string, options: SecureContextOptions): Acquaintance {
    const [longest] = this.#known.keys();
    if (longest !== undefined && this.#known.size >= MAX_KNOWN) this.#known.delete(longest);
    const known = { secureContext: createSecureContext(options) };
    this.#known.set(key, known);
    return known;
  }
}
