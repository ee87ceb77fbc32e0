/**
 * The client half of signaling, the same for agent and page: one WebSocket that is opened again whenever it is lost.
 *
 *   closed ──start──▶ connecting ──open──▶ open
 *                        ▲                  │ lost
 *                        └──── waiting ◀────┘        close() from anywhere is final
 */
import type { z } from "zod";
import { MAX_MESSAGE_BYTES } from "../protocol/limits.ts";
import { parseMessage } from "../protocol/signal.ts";
import type { Backoff } from "./backoff.ts";
import { Watch, type WatchTimes } from "./watch.ts";

/** The part of the WHATWG WebSocket we use; the browser's and the one of `ws` both have it. */
export interface SocketLike {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: "open", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { code: number; reason: string }) => void): void;
  addEventListener(type: "error", listener: (event: unknown) => void): void;
}

export type ClientState =
  | { kind: "connecting" }
  | { kind: "open" }
  | { kind: "waiting"; retryInMs: number; closeCode: number; closeReason: string }
  /** Code and reason of the socket whose end was final; undefined before a start and after close(). */
  | { kind: "closed"; closeCode?: number; closeReason?: string };

export interface ClientOptions<Out, In> {
  /** Opens a fresh socket. May throw; that counts as a failed attempt. */
  readonly open: () => SocketLike;
  readonly incoming: z.ZodType<In>;
  readonly backoff: Backoff;
  readonly onMessage: (message: In) => void;
  readonly onState: (state: ClientState) => void;
  /** A frame that does not fit the schema; it is dropped. */
  readonly onProblem: (problem: string) => void;
  /** Close codes after which trying again is useless (e.g. 4401). The state becomes `closed`. */
  readonly finalCodes?: readonly number[];
  /** For a socket that cannot ping: what asks for a sign of life, and when. Any message is one. */
  readonly watch?: WatchTimes & { readonly ask: Out };
}

export class SignalingClient<Out extends object, In> {
  readonly #options: ClientOptions<Out, In>;
  readonly #watch: Watch | undefined;
  #socket: SocketLike | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #state: ClientState = { kind: "closed" };

  constructor(options: ClientOptions<Out, In>) {
    this.#options = options;
    const { watch } = options;
    if (!watch) return;
    this.#watch = new Watch({ ...watch, ask: () => this.send(watch.ask), dead: () => this.reconnect() });
  }

  get state(): ClientState {
    return this.#state;
  }

  start(): void {
    if (this.#state.kind === "closed") this.#connect();
  }

  /** Sends if the socket is open; otherwise false, and the caller asks again after the next `open`. */
  send(message: Out): boolean {
    if (this.#state.kind !== "open" || !this.#socket) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Drops the present socket and connects again at once, e.g. after the network changed or the PC woke up. */
  reconnect(): void {
    if (this.#state.kind === "closed") return;
    clearTimeout(this.#timer);
    this.#drop(1000, "reconnecting");
    this.#connect();
  }

  /** Something makes one doubt that the server is still reached: an open socket is asked for a sign of life at once. */
  probe(): void {
    if (this.#state.kind === "open") this.#watch?.probe();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#drop(1000, "closed");
    this.#enter({ kind: "closed" });
  }

  #connect(): void {
    this.#enter({ kind: "connecting" });
    let socket: SocketLike;
    try {
      socket = this.#options.open();
    } catch (error) {
      this.#wait(0, error instanceof Error ? error.message : "cannot open");
      return;
    }
    this.#socket = socket;
    const current = (): boolean => this.#socket === socket;
    socket.addEventListener("open", () => {
      if (!current()) return;
      this.#watch?.heard();
      this.#enter({ kind: "open" });
    });
    socket.addEventListener("message", ({ data }) => {
      if (!current()) return;
      this.#watch?.heard();
      this.#receive(data);
    });
    socket.addEventListener("error", () => {}); // `close` follows and says the rest
    socket.addEventListener("close", ({ code, reason }) => {
      if (current()) this.#wait(code, reason);
    });
  }

  #receive(data: unknown): void {
    if (typeof data !== "string" || data.length > MAX_MESSAGE_BYTES) {
      this.#options.onProblem("not a text frame of reasonable size");
      return;
    }
    const parsed = parseMessage(this.#options.incoming, data);
    if (parsed.ok) {
      this.#options.backoff.reset();
      this.#options.onMessage(parsed.message);
    } else this.#options.onProblem(parsed.problem);
  }

  #wait(closeCode: number, closeReason: string): void {
    this.#socket = undefined;
    this.#watch?.stop();
    if (this.#options.finalCodes?.includes(closeCode)) {
      this.#enter({ kind: "closed", closeCode, closeReason });
      return;
    }
    const retryInMs = this.#options.backoff.next();
    this.#timer = setTimeout(() => this.#connect(), retryInMs);
    this.#enter({ kind: "waiting", retryInMs, closeCode, closeReason });
  }

  #drop(code: number, reason: string): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#watch?.stop();
    socket?.close(code, reason);
  }

  #enter(state: ClientState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}
