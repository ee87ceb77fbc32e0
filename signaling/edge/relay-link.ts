/**
 * The UDP side of one TURN client: a socket of its own towards the relay.
 *
 * The relay knows a client by its address and port, and keeps an allocation for up to ten minutes after its client has
 * vanished. When the kernel gives a new client such a port again, the relay answers its first Allocate with 437
 * (Allocation Mismatch, RFC 8656 §7.2). The question is then asked again from another port; the client notices nothing.
 */
import { createSocket, type Socket } from "node:dgram";
import { ATTRIBUTE, CLASS, METHOD } from "../protocol/stun.ts";
import { attributes, readDatagram, type TurnFrame } from "./turn-framing.ts";

/** A keyframe leaves the agent at up to 30 Mbit/s; what arrives while this process is busy must wait somewhere. */
const RECEIVE_BUFFER_BYTES = 1024 * 1024;
/** Some hundred forgotten allocations among 28,000 ports: a second change is rare, and a fourth means something else. */
const MAX_PORT_CHANGES = 3;

export type RelayLinkOptions = {
  relay: { host: string; port: number };
  /** Most that may wait to be sent, in bytes. */
  queueBytes: number;
  onReady: () => void;
  onFrame: (frame: TurnFrame) => void;
  onPortChange: () => void;
  /** ICMP says that nobody listens there, or the socket failed. */
  onUnreachable: () => void;
};

/** RFC 8656 §19. */
const ALLOCATION_MISMATCH = 437;

/** Why the relay refused an allocation (RFC 8489 §14.8: hundreds, then the rest); undefined for any other frame. */
export function allocateError(frame: TurnFrame): number | undefined {
  if (frame.kind !== "stun" || frame.class !== CLASS.error || frame.method !== METHOD.allocate) return undefined;
  const code = attributes(frame.bytes)?.find(({ type }) => type === ATTRIBUTE.errorCode)?.value;
  return code === undefined || code.length < 4 ? undefined : (code.readUInt8(2) & 7) * 100 + code.readUInt8(3);
}

export class RelayLink {
  readonly #options: RelayLinkOptions;
  #socket: Socket;
  #connected = false;
  #closed: Promise<void> | undefined;
  /** The Allocate without a name, kept while a mismatch may still come. */
  #question: Buffer | undefined;
  #changes = 0;

  constructor(options: RelayLinkOptions) {
    this.#options = options;
    this.#socket = this.#open(options.onReady);
  }

  /** False: dropped, because the relay does not keep up. */
  send(bytes: Buffer): boolean {
    if (this.#closed || !this.#connected) return false;
    if (this.#socket.getSendQueueSize() > this.#options.queueBytes) return false;
    this.#socket.send(bytes, (error) => {
      if (error !== null && (error as NodeJS.ErrnoException).code === "ECONNREFUSED") this.#unreachable();
    });
    return true;
  }

  /** Sends the client's first question, which may have to be asked again. */
  ask(bytes: Buffer): boolean {
    this.#question = Buffer.from(bytes);
    return this.send(bytes);
  }

  /** The relay knows the client by now: its port is settled. */
  settle(): void {
    this.#question = undefined;
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => this.#socket.close(() => resolve()));
    return this.#closed;
  }

  #open(ready: () => void): Socket {
    const { relay, onFrame } = this.#options;
    const type = relay.host.includes(":") ? "udp6" : "udp4";
    const socket = createSocket({ type, recvBufferSize: RECEIVE_BUFFER_BYTES });
    const isCurrent = () => !this.#closed && socket === this.#socket;
    socket.on("error", () => isCurrent() && this.#unreachable());
    socket.on("connect", () => {
      if (!isCurrent()) return;
      this.#connected = true;
      ready();
    });
    socket.on("message", (message) => {
      const frame = isCurrent() ? readDatagram(message) : undefined;
      if (frame === undefined) return;
      if (this.#question && allocateError(frame) === ALLOCATION_MISMATCH && this.#changes < MAX_PORT_CHANGES)
        this.#changePort(this.#question);
      else onFrame(frame);
    });
    socket.connect(relay.port, relay.host);
    return socket;
  }

  #changePort(question: Buffer): void {
    this.#changes += 1;
    this.#options.onPortChange();
    this.#connected = false;
    const old = this.#socket;
    this.#socket = this.#open(() => {
      old.close(); // only now, or the kernel could give the same port again
      this.send(question);
    });
  }

  #unreachable(): void {
    if (!this.#closed) this.#options.onUnreachable();
  }
}
