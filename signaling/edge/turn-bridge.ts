/**
 * One TURN client: its frames, taken out of the TCP (or TLS) stream, travel to the relay as UDP, and back. For the relay
 * it is an ordinary UDP client; Nagle's algorithm and the relay's own TLS stay out of the way.
 */
import type { Socket } from "node:net";
import type { Counters, EdgeLimits } from "./limits.ts";
import { allocateError, RelayLink } from "./relay-link.ts";
import { padded, type TurnFrame, TurnFraming } from "./turn-framing.ts";
import { fromClient, fromRelay, type GateState, isMedia, type MayReach, START } from "./turn-gate.ts";

/** RFC 8656 §19. */
const ALLOCATION_QUOTA_REACHED = 486;

export type BridgeOptions = {
  socket: Socket;
  /** What was read to find out that this is TURN. */
  first: Buffer;
  relay: { host: string; port: number };
  isIssued: (username: string) => boolean;
  /** Is the session of this issued name there? What the client says meanwhile waits. Without it: yes. */
  isThere?: (username: string) => Promise<boolean>;
  mayReach?: MayReach;
  limits: EdgeLimits;
  counters: Counters;
  /** It has said a name that was issued: why it may not stay, in words, or undefined. */
  admit?: (username: string) => string | undefined;
  /** The relay has no allocation left for it (486, RFC 8656 §19). */
  onQuota?: () => void;
  /** Once, when both sockets are gone. `reason` says why, in words; undefined: the client left. */
  onClosed: (reason: string | undefined) => void;
};

export class TurnBridge {
  readonly #options: BridgeOptions;
  readonly #link: RelayLink;
  readonly #framing = new TurnFraming();
  /** Runs until the relay has granted an allocation. */
  readonly #deadline: NodeJS.Timeout;
  /** Runs anew with each word of the client; what the relay sends does not prove that anybody is there. */
  readonly #idle: NodeJS.Timeout;
  #gate: GateState = START;
  /** Of its session: waiting for the word, and that it is there. */
  #session: "unasked" | "asked" | "there" = "unasked";
  #shedding = false;
  #closed = false;

  constructor(options: BridgeOptions) {
    this.#options = options;
    const { socket, relay, limits } = options;
    this.#deadline = setTimeout(() => this.#end("notAllocated", "no allocation in time"), limits.allocateMs);
    this.#idle = setTimeout(() => this.#end("idle", "idle"), limits.turnIdleMs);
    socket.on("end", () => this.close());
    socket.on("close", () => this.close());
    this.#link = new RelayLink({
      relay,
      queueBytes: limits.udpQueueBytes,
      onReady: () => this.#start(),
      onFrame: (frame) => this.#fromRelay(frame),
      onPortChange: () => {
        options.counters.portChanges += 1;
      },
      onUnreachable: () => this.#end("relayUnreachable", "relay unreachable"),
    });
  }

  /** The name it goes by, once it has said one that was issued. */
  get username(): string | undefined {
    return this.#gate.kind === "unknown" ? undefined : this.#gate.username;
  }

  /** Ends both sides. Idempotent. */
  close(reason?: string): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#deadline);
    clearTimeout(this.#idle);
    this.#options.socket.destroy();
    void this.#link.close().then(() => this.#options.onClosed(reason));
  }

  #end(counter: keyof Counters, reason: string): void {
    if (this.#closed) return;
    this.#options.counters[counter] += 1;
    this.close(reason);
  }

  /** Nothing is read before the way to the relay is open, so nothing has to wait here. */
  #start(): void {
    const { socket, first } = this.#options;
    socket.on("data", (chunk: Buffer) => this.#fromClient(chunk));
    this.#fromClient(first);
    if (this.#session !== "asked") socket.resume();
  }

  #fromClient(chunk: Buffer): void {
    if (this.#closed) return;
    this.#idle.refresh();
    const { frames, error } = this.#framing.push(chunk);
    this.#take(frames, error);
  }

  #take(frames: readonly TurnFrame[], error: string | undefined): void {
    for (const [at, frame] of frames.entries()) {
      const verdict = fromClient(this.#gate, frame, this.#options.isIssued, this.#options.mayReach);
      if (verdict.state.kind !== "unknown" && this.#session === "unasked") {
        this.#askFor(verdict.state.username, () => this.#take(frames.slice(at), error));
        return;
      }
      const refusal = this.#gate.kind === "unknown" && this.#admit(verdict.state);
      this.#gate = verdict.state;
      if (refusal) {
        this.#end("refusedTurn", refusal);
        return;
      }
      if (verdict.kind === "close") {
        this.#end("closedByGate", verdict.reason);
        return;
      }
      if (verdict.kind === "pass") this.#toRelay(frame.bytes);
      else this.#options.counters.dropped += 1;
    }
    if (error !== undefined) this.#end("closedByFraming", error);
  }

  /** Goes on when its session is known to be there, and reads nothing before. */
  #askFor(username: string, goOn: () => void): void {
    const { socket, isThere = async () => true } = this.#options;
    this.#session = "asked";
    socket.pause();
    void isThere(username).then((there) => {
      if (this.#closed) return;
      if (!there) return this.#end("withoutSession", "no session of this name");
      this.#session = "there";
      goOn();
      socket.resume();
    });
  }

  #admit(state: GateState): string | undefined {
    return state.kind === "unknown" ? undefined : this.#options.admit?.(state.username);
  }

  #toRelay(bytes: Buffer): void {
    const { counters } = this.#options;
    const sent = this.#gate.kind === "unknown" ? this.#link.ask(bytes) : this.#link.send(bytes);
    if (!sent) {
      counters.udpDropped += 1;
      return;
    }
    counters.toRelay += 1;
    counters.toRelayBytes += bytes.length;
  }

  #fromRelay(frame: TurnFrame): void {
    if (this.#closed) return;
    this.#link.settle();
    this.#gate = fromRelay(this.#gate, frame);
    if (this.#gate.kind === "allocated") clearTimeout(this.#deadline);
    if (allocateError(frame) === ALLOCATION_QUOTA_REACHED) {
      this.#options.counters.relayQuota += 1;
      this.#options.onQuota?.();
    }
    if (isMedia(frame) && this.#mustShed()) this.#options.counters.shed += 1;
    else this.#toClient(frame.kind === "channel" ? padded(frame.bytes) : frame.bytes);
  }

  #mustShed(): boolean {
    const { shedBytes } = this.#options.limits;
    this.#shedding = this.#options.socket.writableLength > (this.#shedding ? shedBytes / 2 : shedBytes);
    return this.#shedding;
  }

  #toClient(bytes: Buffer): void {
    const { socket, counters, limits } = this.#options;
    if (socket.writableLength > limits.hardBytes) {
      this.#end("closedSlow", "client does not read");
      return;
    }
    counters.toClient += 1;
    counters.toClientBytes += bytes.length;
    socket.write(bytes);
  }
}
