/**
 * What happens to the frames of one socket: counted, parsed, handled one after another, and every failure answered with a
 * code. A viewer's and an agent's socket differ only in their schema and in what handles the message.
 */
import type { z } from "zod";
import type { Log } from "../log.ts";
import { CLOSE, RequestError } from "../protocol/errors.ts";
import { SessionId } from "../protocol/ids.ts";
import { WS_HEARTBEAT_MS } from "../protocol/limits.ts";
import { type Parsed, parseMessage, type ToViewer } from "../protocol/signal.ts";
import type { Turns } from "./turns.ts";

/** Messages that wait for their handler. A viewer sends about 10 in a burst (answer and candidates). */
const MAX_WAITING = 64;
/** Messages per second, averaged over ten; far above what our own ends send. */
const MAX_RATE_PER_S = 20;
const BURST = MAX_RATE_PER_S * 10;
const REFILL = (MAX_RATE_PER_S * WS_HEARTBEAT_MS) / 1_000;
/** The same for characters: an offer is 4 kB, what comes back after a reconnection a few kB more. Counted before parsing. */
const MAX_CHARS_PER_S = 16 * 1024;
const CHARS_BURST = MAX_CHARS_PER_S * 20;
const CHARS_REFILL = (MAX_CHARS_PER_S * WS_HEARTBEAT_MS) / 1_000;

/** The one message that both ends can be sent. */
type ErrorMessage = Extract<ToViewer, { type: "error" }>;

export interface PumpOptions<T extends { type: string }> {
  readonly schema: z.ZodType<T>;
  /** True if it is dealt with already: what is answered before everything that waits. */
  readonly atOnce?: (message: T) => boolean;
  readonly handle: (message: T) => Promise<void>;
  readonly send: (error: ErrorMessage) => void;
  readonly close: (code: number, reason: string) => void;
  readonly log: () => Log;
  /** What it shares with other sockets, so that all of them together let others have their turn. */
  readonly turns?: Turns | undefined;
}

export class MessagePump<T extends { type: string }> {
  readonly #options: PumpOptions<T>;
  #waiting = 0;
  #allowance = BURST;
  #chars = CHARS_BURST;
  #over = false;
  #last: Promise<void> = Promise.resolve();

  constructor(options: PumpOptions<T>) {
    this.#options = options;
  }

  /** Call once per heartbeat. */
  refill(): void {
    this.#allowance = Math.min(BURST, this.#allowance + REFILL);
    this.#chars = Math.min(CHARS_BURST, this.#chars + CHARS_REFILL);
  }

  /** Takes one text frame. Too many at once close the socket; a bad one is answered and disturbs nothing. */
  take(text: string): void {
    if (this.#over) return; // what was under way when it was closed
    this.#allowance -= 1;
    this.#chars -= text.length;
    if (this.#allowance < 0 || this.#chars < 0 || this.#waiting >= MAX_WAITING) {
      this.#over = true;
      this.#options.close(CLOSE.tooMany, "too many messages");
      return;
    }
    const parsed = parseMessage(this.#options.schema, text);
    if (parsed.ok && this.#options.atOnce?.(parsed.message)) return;
    this.#waiting += 1;
    const { turns } = this.#options;
    this.#last = this.#last
      .then(() => (turns ? turns.run(() => this.#handle(parsed)) : this.#handle(parsed)))
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  async #handle(parsed: Parsed<T>): Promise<void> {
    const { handle, send } = this.#options;
    if (!parsed.ok) {
      send(this.#explain(new RequestError("BAD_MESSAGE", parsed.problem), parsed.about));
      return;
    }
    try {
      await handle(parsed.message);
    } catch (error) {
      send(this.#explain(error, parsed.message.type, sessionOf(parsed.message)));
    }
  }

  /** The one translator: a RequestError keeps its code; anything else is a bug, logged once and told as INTERNAL. */
  #explain(error: unknown, about?: string, session?: SessionId): ErrorMessage {
    const where = { ...(about === undefined ? {} : { about }), ...(session === undefined ? {} : { session }) };
    if (!(error instanceof RequestError)) {
      this.#options.log().error({ err: error, about }, "request failed");
      return { type: "error", code: "INTERNAL", message: "internal error", ...where };
    }
    const { code, message, details } = error;
    this.#options.log().info({ refused: code, about }, "request refused");
    return { type: "error", code, message: message.slice(0, 500), ...where, ...(details ? { details } : {}) };
  }
}

const sessionOf = (message: object): SessionId | undefined =>
  SessionId.safeParse((message as { session?: unknown }).session).data;
