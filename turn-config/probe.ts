/** One conversation with a relay, over UDP, TCP or TLS: what a TURN client does, word by word, for checks and tests. */
import { createHmac } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect as connectTcp, isIPv6, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { ATTRIBUTE, METHOD } from "../signaling/protocol/stun.ts";
import {
  type Address,
  type Answer,
  type Attribute,
  type Credential,
  channelData,
  parse,
  peerAddress,
  readAddress,
  request,
  sendIndication,
  u32,
} from "./stun.ts";

/** Allocates from so many ports, should the relay still know each of them from somebody before (RFC 8656 §7.4: 437). */
const PORTS = 5;
/** First repetition of an unanswered request over UDP; each next one waits twice as long (RFC 8489 §6.2.1). */
const RETRY_MS = 250;
const DEFAULT_TIMEOUT_MS = 3_000;
export const TRANSPORT = { udp: 17, tcp: 6 } as const;

export type ProbeTransport = "udp" | "tcp" | "tls";
export type ProbeOptions = Address & {
  transport?: ProbeTransport;
  /** PEM; for TLS with CAs of one's own. */
  ca?: string | Buffer | string[];
  /** Connected already, through a proxy for instance: for TCP and TLS, used instead of a new connection. */
  socket?: Socket;
  servername?: string;
  /** TLS 1.2 unless told: coturn's own listener speaks nothing newer. */
  minVersion?: "TLSv1.2" | "TLSv1.3";
  timeoutMs?: number;
};
export type User = { username: string; password: string };

/** What signaling would hand out (draft-uberti-behave-turn-rest-00), with a name of our own. */
export function makeUser(secret: string, name: string, ttlS: number): User {
  const username = `${Math.floor(Date.now() / 1000) + ttlS}:${name}`;
  return { username, password: createHmac("sha1", secret).update(username).digest("base64") };
}

export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

type Wire = { send(bytes: Buffer): void; close(): Promise<void> };

/** Cuts TCP into messages: STUN says its length, ChannelData is padded to four (RFC 8656 §12.5). */
function cutter(take: (message: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4) {
      const isChannel = rest.readUInt8(0) >= 0x40;
      const size = rest.readUInt16BE(2) + (isChannel ? 4 : 20);
      const wire = (size + 3) & ~3;
      if (rest.length < wire) return;
      take(rest.subarray(0, size));
      rest = rest.subarray(wire);
    }
  };
}

function openUdp(to: Address, take: (message: Buffer) => void, fail: (error: Error) => void): Promise<Wire> {
  const socket = createSocket({ type: isIPv6(to.host) ? "udp6" : "udp4", recvBufferSize: 1 << 20 });
  socket.on("message", take);
  socket.on("error", fail);
  return new Promise((resolve, reject) => {
    const close = () => new Promise<void>((closed) => socket.close(() => closed()));
    const connected = (error?: Error) => {
      if (error) void close().then(() => reject(error));
      else resolve({ send: (bytes) => socket.send(bytes), close });
    };
    socket.connect(to.port, to.host, connected);
  });
}

function openStream(
  options: ProbeOptions,
  take: (message: Buffer) => void,
  fail: (error: Error) => void,
): Promise<Wire> {
  return new Promise((resolve, reject) => {
    const ready = () => {
      clearTimeout(late);
      resolve({ send, close });
    };
    const socket = open(options, ready);
    const late = setTimeout(
      () => socket.destroy(new NoAnswer("no connection")),
      options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    );
    const send = (bytes: Buffer) => void socket.write(Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]));
    const closed = new Promise<void>((done) => socket.once("close", () => done()));
    const close = () => {
      socket.destroy();
      return closed;
    };
    socket.on("data", cutter(take));
    socket.on("error", (error) => {
      clearTimeout(late);
      reject(error);
      fail(error);
    });
    socket.on("close", () => fail(new NoAnswer("connection closed")));
  });
}

function open(options: ProbeOptions, ready: () => void): Socket {
  const { host, port, ca, servername = "", minVersion, socket } = options;
  if (options.transport === "tls") {
    const trust = { ...(ca && { ca }), ...(minVersion && { minVersion }), ...(socket && { socket }) };
    return connectTls({ host, port, ...trust, servername }, ready);
  }
  if (!socket) return connectTcp({ host, port, noDelay: true }, ready);
  process.nextTick(ready);
  return socket;
}

export async function openProbe(options: ProbeOptions): Promise<Probe> {
  const probe = new Probe(options);
  await probe.open();
  return probe;
}

export class Probe {
  readonly #options: ProbeOptions;
  readonly #waiting = new Map<string, { resolve(answer: Answer): void; reject(error: Error): void }>();
  #wire: Wire | undefined;
  #failure: Error | undefined;
  #hasAllocation = false;
  #credential: Credential | undefined;
  /** Called with what a peer sent, by Data indication or by channel. */
  onData: (data: Buffer) => void = () => {};

  constructor(options: ProbeOptions) {
    this.#options = options;
  }

  /** Why the connection ended, once it has. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  get #isUdp(): boolean {
    return (this.#options.transport ?? "udp") === "udp";
  }

  async open(): Promise<void> {
    const take = (message: Buffer) => this.#take(message);
    const fail = (error: Error) => this.#fail(error);
    this.#wire = this.#isUdp ? await openUdp(this.#options, take, fail) : await openStream(this.#options, take, fail);
  }

  async close(): Promise<void> {
    await this.#wire?.close();
    this.#wire = undefined;
  }

  send(bytes: Buffer): void {
    this.#wire?.send(bytes);
  }

  /** Sends a request as it is and waits for its answer. */
  ask(method: number, attributes: readonly Attribute[], credential?: Credential): Promise<Answer> {
    const { bytes, transaction } = request(method, attributes, credential);
    const id = transaction.toString("hex");
    return new Promise<Answer>((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      const timers: NodeJS.Timeout[] = [];
      const settle = (act: () => void) => {
        for (const timer of timers) clearTimeout(timer);
        this.#waiting.delete(id);
        act();
      };
      this.#waiting.set(id, {
        resolve: (answer) => settle(() => resolve(answer)),
        reject: (error) => settle(() => reject(error)),
      });
      const timeoutMs = this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      timers.push(setTimeout(() => settle(() => reject(new NoAnswer("no answer"))), timeoutMs));
      for (let at = RETRY_MS; this.#isUdp && at < timeoutMs; at = at * 2 + RETRY_MS) {
        timers.push(setTimeout(() => this.send(bytes), at));
      }
      this.send(bytes);
    });
  }

  /** The answer to an Allocate without credentials: a challenge. */
  askChallenge(): Promise<Answer> {
    return this.#fromOwnPort(() => this.ask(METHOD.allocate, [udpTransport]));
  }

  /** Sends a request as `user`, fetching realm and nonce first; a stale nonce (438) is renewed once. */
  async askAs(user: User, method: number, attributes: readonly Attribute[]): Promise<Answer> {
    if (this.#credential?.username !== user.username || this.#credential.password !== user.password) {
      this.#credential = await this.#challenge(user, await this.askChallenge());
    }
    const answer = await this.ask(method, attributes, this.#credential);
    if (answer.code !== 438) return answer;
    this.#credential = await this.#challenge(user, answer);
    return this.ask(method, attributes, this.#credential);
  }

  async #challenge(user: User, answer: Answer): Promise<Credential> {
    const [realm, nonce] = [answer.attributes.get(ATTRIBUTE.realm), answer.attributes.get(ATTRIBUTE.nonce)];
    const known = this.#credential?.realm;
    if (nonce === undefined || (realm ?? known) === undefined)
      throw new NoAnswer(`no challenge (${answer.kind} ${answer.code})`);
    return { ...user, realm: realm?.toString() ?? known ?? "", nonce: nonce.toString() };
  }

  async allocate(user: User, extra: readonly Attribute[] = []): Promise<Answer> {
    const answer = await this.#fromOwnPort(() => this.askAs(user, METHOD.allocate, [udpTransport, ...extra]));
    this.#hasAllocation ||= answer.kind === "success";
    return answer;
  }

  permit(user: User, peer: Address): Promise<Answer> {
    return this.askAs(user, METHOD.createPermission, [peerAddress(peer)]);
  }

  bind(user: User, channel: number, peer: Address): Promise<Answer> {
    const number = Buffer.from([channel >> 8, channel & 0xff, 0, 0]);
    return this.askAs(user, METHOD.channelBind, [[ATTRIBUTE.channelNumber, number], peerAddress(peer)]);
  }

  /** Gives the allocation back (RFC 8656 §3.2). */
  release(user: User): Promise<Answer> {
    return this.askAs(user, METHOD.refresh, [[ATTRIBUTE.lifetime, u32(0)]]);
  }

  sendTo(peer: Address, data: Buffer): void {
    this.send(sendIndication(peer, data));
  }

  sendOn(channel: number, data: Buffer): void {
    this.send(channelData(channel, data));
  }

  /** The kernel may give us a port whose last owner left an allocation behind: asks from another one. The edge does it for streams. */
  async #fromOwnPort(ask: () => Promise<Answer>): Promise<Answer> {
    for (let port = 1; ; port += 1) {
      const answer = await ask();
      if (answer.code !== 437 || !this.#isUdp || this.#hasAllocation || port === PORTS) return answer;
      const before = this.#wire;
      this.#credential = undefined;
      await this.open();
      await before?.close();
    }
  }

  #take(message: Buffer): void {
    if (message.length >= 4 && message.readUInt8(0) >= 0x40) {
      this.onData(message.subarray(4, 4 + message.readUInt16BE(2)));
      return;
    }
    const answer = parse(message);
    if (answer === undefined) return;
    const data = answer.attributes.get(ATTRIBUTE.data);
    if (answer.kind === "indication" && data) this.onData(data);
    else this.#waiting.get(answer.transaction.toString("hex"))?.resolve(answer);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
  }
}

const udpTransport: Attribute = [ATTRIBUTE.requestedTransport, Buffer.from([TRANSPORT.udp, 0, 0, 0])];

/** Where an allocation relays. */
export function relayedAddress(answer: Answer): Address | undefined {
  return readAddress(answer, ATTRIBUTE.xorRelayedAddress);
}
