/**
 * When the page sends a heartbeat: often while it matters whether keys are held at the other end, or an answer is
 * awaited, else seldom: the line is thin.
 */
import { HEARTBEAT_ACTIVE_MS, HEARTBEAT_IDLE_MS, INPUT_RECENT_MS } from "../../signaling/protocol/limits.ts";

export interface HeartbeatOptions {
  /** Sends one. False when there is nobody to send it to: then none follows. */
  readonly send: () => boolean;
  /** A picture or an answer is awaited. */
  readonly isAwaited: () => boolean;
}

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #held = 0;
  #inputAt = 0;
  #next: ReturnType<typeof setTimeout> | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Keys and buttons that are down. */
  get held(): number {
    return this.#held;
  }

  /** When the person last did something, epoch ms; 0: never. */
  get inputAt(): number {
    return this.#inputAt;
  }

  /** The person does something. True after a pause: the next heartbeat is then due at once. */
  input(held: number): boolean {
    const isFirst = this.#held === 0 && Date.now() - this.#inputAt > INPUT_RECENT_MS;
    this.#held = held;
    this.#inputAt = Date.now();
    return isFirst;
  }

  /** Sends one now, and goes on. */
  beat(): void {
    clearTimeout(this.#next);
    if (!this.#options.send()) return;
    this.#next = setTimeout(() => this.beat(), this.#isUrgent() ? HEARTBEAT_ACTIVE_MS : HEARTBEAT_IDLE_MS);
  }

  /** With the path all that was held is let go. */
  stop(): void {
    clearTimeout(this.#next);
    this.#held = 0;
  }

  #isUrgent(): boolean {
    return this.#options.isAwaited() || this.#held > 0 || Date.now() - this.#inputAt < INPUT_RECENT_MS;
  }
}
