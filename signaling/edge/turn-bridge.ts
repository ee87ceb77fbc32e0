/**
 * One TURN client: its frames, taken out of the TCP (or TLS) stream, travel to the relay as UDP from a socket of their
 * own, and back. For the relay it is an ordinary UDP client; Nagle's algorithm and the relay's own TLS stay out of the way.
 */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import type { Socket } from "node:net";
import type { Counters, EdgeLimits } from "./limits.ts";
import { padded, readDatagram, TurnFraming } from "./turn-framing.ts";
import { fromClient, fromRelay, type GateState, isMedia, START } from "./turn-gate.ts";

/** A keyframe leaves the agent at up to 30 Mbit/s; what arrives while this process is busy must wait somewhere. */
const UDP_RECEIVE_BUFFER_BYTES = 1024 * 1024;

export type BridgeOptions = {
  socket: Socket;
  /** What was read to find out that this is TURN. */
  first: Buffer;
  relay: { host: string; port: number };
  isIssued: (username: string) => boolean;
  limits: EdgeLimits;
  counters: Counters;
  /** Once, when both sockets are gone. `reason` says why, in words; undefined: the client left. */
  onClosed: (reason: string | undefined) => void;
};

export class TurnBridge {
  readonly #options: BridgeOptions;
  readonly #udp: UdpSocket;
  readonly #framing = new TurnFraming();
  #gate: GateState = START;
  #connected = false;
  #shedding = false;
  #closed = false;
  #reason: string | undefined;
  /** Runs until the relay has granted an allocation. */
  readonly #deadline: NodeJS.Timeout;
  /** Runs anew with each word of the client; what the relay sends does not prove that anybody is there. */
  readonly #idle: NodeJS.Timeout;

  constructor(options: BridgeOptions) {
    this.#options = options;
    const { socket, relay, limits, counters } = options;
    const family = relay.host.includes(":") ? "udp6" : "udp4";
    this.#udp = createSocket({ type: family, recvBufferSize: UDP_RECEIVE_BUFFER_BYTES });
    this.#deadline = setTimeout(() => {
      counters.notAllocated += 1;
      this.close("no allocation in time");
    }, limits.allocateMs);
    this.#idle = setTimeout(() => {
      counters.idle += 1;
      this.close("idle");
    }, limits.turnIdleMs);
    socket.on("close", () => this.close());
    socket.on("end", () => this.close());
    this.#udp.on("error", () => this.#unreachable());
    this.#udp.on("message", (message) => this.#fromRelay(message));
    this.#udp.on("connect", () => {
      this.#connected = true;
      // nothing is read before the way on is open, so nothing waits here
      socket.on("data", (chunk: Buffer) => this.#fromClient(chunk));
      this.#fromClient(options.first);
      socket.resume();
    });
    // the address is numeric: no name is looked up for each client
    this.#udp.connect(relay.port, relay.host);
  }

  /** Ends both sides. Idempotent. */
  close(reason?: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reason = reason;
    clearTimeout(this.#deadline);
    clearTimeout(this.#idle);
    this.#options.socket.destroy();
    this.#udp.close(() => this.#options.onClosed(this.#reason));
  }

  /** ICMP port unreachable, reported on a connected socket: the relay is down, and the client should know at once. */
  #unreachable(): void {
    this.#options.counters.relayUnreachable += 1;
    this.close("relay unreachable");
  }

  #fromClient(chunk: Buffer): void {
    if (this.#closed) return;
    this.#idle.refresh();
    const { counters, isIssued } = this.#options;
    const { frames, error } = this.#framing.push(chunk);
    for (const frame of frames) {
      const verdict = fromClient(this.#gate, frame, isIssued);
      this.#gate = verdict.state;
      if (verdict.kind === "pass") this.#toRelay(frame.bytes);
      else if (verdict.kind === "drop") counters.dropped += 1;
      else {
        counters.closedByGate += 1;
        this.close(verdict.reason);
        return;
      }
    }
    if (error === undefined) return;
    counters.closedByFraming += 1;
    this.close(error);
  }

  #toRelay(bytes: Buffer): void {
    const { counters, limits } = this.#options;
    if (!this.#connected || this.#udp.getSendQueueSize() > limits.udpQueueBytes) {
      counters.udpDropped += 1;
      return;
    }
    counters.toRelay += 1;
    counters.toRelayBytes += bytes.length;
    this.#udp.send(bytes, (error) => {
      if (error !== null && !this.#closed) this.#sendFailed(error as NodeJS.ErrnoException);
    });
  }

  #sendFailed(error: NodeJS.ErrnoException): void {
    if (error.code === "ECONNREFUSED") this.#unreachable();
    else this.#options.counters.udpDropped += 1;
  }

  #fromRelay(message: Buffer): void {
    if (this.#closed) return;
    const frame = readDatagram(message);
    if (frame === undefined) return;
    const before = this.#gate.kind;
    this.#gate = fromRelay(this.#gate, frame);
    if (before !== this.#gate.kind) clearTimeout(this.#deadline);
    if (isMedia(frame) && this.#mustShed()) {
      this.#options.counters.shed += 1;
      return;
    }
    this.#toClient(frame.kind === "channel" ? padded(frame.bytes) : frame.bytes);
  }

  #mustShed(): boolean {
    const waiting = this.#options.socket.writableLength;
    const { shedBytes } = this.#options.limits;
    this.#shedding = waiting > (this.#shedding ? shedBytes / 2 : shedBytes);
    return this.#shedding;
  }

  #toClient(bytes: Buffer): void {
    const { socket, counters, limits } = this.#options;
    if (socket.writableLength > limits.hardBytes) {
      counters.closedSlow += 1;
      this.close("client does not read");
      return;
    }
    counters.toClient += 1;
    counters.toClientBytes += bytes.length;
    socket.write(bytes);
  }
}
