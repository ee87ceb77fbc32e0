/**
 * The last control messages once more, on the channel that waits for nothing: of what a line loses, the browser learns by a
 * time-out (400 ms and more, RFC 9260 §6.3), and until then a key that was let go is down at the office. As RFC 4103 §4 does
 * for typed text; the office PC takes each message once, by its number.
 *
 *   control  5 ─▶ lost    6 ─▶ waits behind 5
 *   pointer               [5 6] ─▶ both taken      … [5 6] ─▶ nothing new
 */
import type { ViewerControl, ViewerRepeat } from "../../signaling/protocol/channels.ts";
import { INPUT_RECENT_MS, MAX_REPEATED } from "../../signaling/protocol/limits.ts";

/** A frame and a half of a hand's: two of them and a line of 60 ms stay far below what a person notices in a key. */
const EVERY_MS = 60;
/** Where one packet in twenty is lost, all four copies are lost of one message in 160,000: nobody types so many in a day. */
const TIMES = 3;
/** Longer ones (text) go once: what comes after them waits for them anyway. */
const MAX_CHARS = 200;

interface Kept {
  readonly message: ViewerControl;
  left: number;
}

export class Repeats {
  readonly #send: (text: string) => boolean;
  /** Without a gap in their numbers, oldest first. */
  #kept: Kept[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #inputAt = Number.NEGATIVE_INFINITY;
  /** Only where the other end says that it takes them. */
  isWanted = false;

  constructor(send: (text: string) => boolean) {
    this.#send = send;
  }

  /** `chars`: of the message as it was sent. `now`: ms, monotonic. */
  add(message: ViewerControl, chars: number, now: number): void {
    if (message.type !== "heartbeat" && message.type !== "here") this.#inputAt = now;
    const isIdle = now - this.#inputAt > INPUT_RECENT_MS; // nothing is held, and the line is thin
    if (!this.isWanted || isIdle || chars > MAX_CHARS) {
      this.#kept = [];
      return;
    }
    this.#kept.push({ message, left: TIMES });
    if (this.#kept.length > MAX_REPEATED) this.#kept.shift();
    this.#timer ??= setTimeout(() => this.#repeat(), EVERY_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#kept = [];
    this.isWanted = false;
  }

  #repeat(): void {
    this.#timer = undefined;
    if (this.#kept.length === 0) return;
    const again: ViewerRepeat = { type: "again", control: this.#kept.map(({ message }) => message) };
    this.#send(JSON.stringify(again));
    for (const kept of this.#kept) kept.left -= 1;
    this.#kept = this.#kept.filter(({ left }) => left > 0);
    if (this.#kept.length > 0) this.#timer = setTimeout(() => this.#repeat(), EVERY_MS);
  }
}
